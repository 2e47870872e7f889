import { createPrivateKey } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { directoryOf, expirationDate } from "../../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";

onEachDatabase("users over REST", (database) => {
  let munot: RunningMunot;
  let orgId: string;
  beforeAll(async () => {
    munot = await startMunot({ database });
    orgId = await directoryOf(munot).addOrg("acme");
  });
  afterAll(() => munot?.stop());

  const send = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${munot.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${munot.ownerPat}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // Munot answers REST with a JSON object.
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  test("a service account's key file holds a private key, and its keys are found and removed", async () => {
    const robot = await directoryOf(munot).addMachine(orgId, "robot");
    const added = await send("POST", `/v2/users/${robot}/keys`, { expirationDate });
    const file = JSON.parse(Buffer.from(String(added.body.keyContent), "base64").toString("utf8"));
    expect(file).toMatchObject({ type: "serviceaccount", keyId: added.body.keyId, userId: robot });
    expect(createPrivateKey(file.key).asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });

    const filters = [{ userIdFilter: { id: robot } }];
    const found = await send("POST", "/v2/users/keys/search", { filters });
    expect(found.body.result).toMatchObject([{ id: file.keyId, userId: robot, organizationId: orgId, expirationDate }]);
    expect((await send("DELETE", `/v2/users/${robot}/keys/${file.keyId}`)).status).toBe(200);
    expect((await send("POST", "/v2/users/keys/search", { filters })).body.result ?? []).toEqual([]);
  });

  test("a person is changed in part; the code that comes back proves the address", async () => {
    const ada = await directoryOf(munot).addUser(orgId, { userName: "ada" });
    const email = { email: "ada@new.example", returnCode: {} };
    const updated = await send("PATCH", `/v2/users/${ada}`, { human: { profile: { nickName: "Al" }, email } });
    expect(updated).toMatchObject({ status: 200, body: { emailCode: expect.stringMatching(/^[0-9A-Z]{8}$/) } });
    const verify = (verificationCode: unknown) => send("POST", `/v2/users/${ada}/email/verify`, { verificationCode });
    expect((await verify("NOT-IT")).status).toBe(400);
    expect((await verify(updated.body.emailCode)).status).toBe(200);
    expect((await verify(updated.body.emailCode)).status).toBe(400);
    expect((await send("GET", `/v2/users/${ada}`)).body.user).toMatchObject({
      human: { profile: { nickName: "Al" }, email: { email: "ada@new.example", isVerified: true } },
    });
  });

  test("metadata is set, searched and deleted", async () => {
    const mary = await directoryOf(munot).addUser(orgId, { userName: "mary" });
    const value = Buffer.from("v1").toString("base64");
    await send("POST", `/v2/users/${mary}/metadata`, { metadata: [{ key: "team", value }] });
    const search = () => send("POST", `/v2/users/${mary}/metadata/search`, {});
    expect((await search()).body.metadata).toMatchObject([{ key: "team", value }]);
    expect((await send("DELETE", `/v2/users/${mary}/metadata?keys=team`)).status).toBe(200);
    expect((await search()).body.metadata ?? []).toEqual([]);
  });
});
