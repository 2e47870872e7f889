import { decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { directoryOf, signInByApi } from "../../harness/client.ts";
import { munotCommand } from "../../harness/command.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";

onEachDatabase("munot keys rotate, beside the running server", (database) => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({ database });
  });
  afterAll(() => munot?.stop());

  type Listed = { readonly keys: readonly { readonly kid: string; readonly alg: string }[] };
  const published = async () => {
    const answer = await fetch(`${munot.url}/oauth/v2/keys`);
    return ((await answer.json()) as Listed).keys; // RFC 7517 §5
  };

  test("a key that nobody can know yet is published and signs nothing; tokens verify all the while", async () => {
    const { addOrg, addProject, addClient, addUser } = directoryOf(munot);
    const orgId = await addOrg("Acme");
    const client = await addClient(await addProject(orgId, "Notes"), "Notes");
    const userId = await addUser(orgId, { userName: "ada" });
    const signedBy = async () => {
      const { tokens } = await signInByApi(munot, client, userId);
      return decodeProtectedHeader(tokens.id_token);
    };
    const before = await signedBy();
    const keys = await published();
    // The first start made two: the one that signs, and the one in reserve, which is minutes too young to follow it.
    expect(keys.map(({ alg }) => alg)).toEqual(["RS256", "RS256"]);
    const same = await munotCommand(munot, "keys", "rotate");
    expect([same.code, same.output]).toEqual([
      0,
      expect.stringMatching(/: \d+ is published; call this again in 10 minutes/),
    ]);
    const other = await munotCommand(munot, "keys", "rotate", "--algorithm", "PS256");
    expect([other.code, other.output]).toEqual([0, expect.stringContaining("is published")]);
    expect((await published()).map(({ alg }) => alg)).toEqual(["RS256", "RS256", "PS256"]);
    expect(await signedBy()).toEqual(before);
    expect((await munotCommand(munot, "keys")).output).toMatch(/PS256 2048 +initial/);
  });

  test("an algorithm that there is none of is named with those that there are", async () => {
    const { code, output } = await munotCommand(munot, "keys", "rotate", "--algorithm", "HS256");
    expect([code, output]).toEqual([2, expect.stringContaining("RS256, RS384")]);
  });
});
