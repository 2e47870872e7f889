import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { issuer, openOidc } from "../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../test/harness/store.ts";
import { setClientSettings } from "./modules/application/set-client-settings.ts";
import { signingUseReader } from "./modules/application/signing-use.queries.ts";
import { instanceReader } from "./modules/instance/instance.queries.ts";
import { webKeyReader } from "./modules/web-key/web-key.queries.ts";
import { rotateAll, rotateDueKeys } from "./rotate-keys.ts";

const day = 86_400;

describeOnBothDatabases("rotation of signing keys", (open) => {
  const openRotating = async () => {
    const oidc = await openOidc(open);
    const { db } = oidc;
    const readers = {
      instances: instanceReader({ db }),
      webKeys: webKeyReader({ db }),
      signingUse: signingUseReader({ db }),
    };
    // Only what a rotation reads of the composition root.
    const core = {
      run: oidc.run,
      readers,
      now: () => oidc.as(oidc.owner).now,
      alone: <T>(work: () => Promise<T>) => work(),
    } as unknown as Parameters<typeof rotateDueKeys>[0];
    const [app, ada] = [await oidc.addApp("app"), await oidc.addUser("ada")];
    const failures: unknown[] = [];
    const rotate = async () => {
      await rotateDueKeys(core, 90, (error) => failures.push(error));
      expect(failures).toEqual([]);
    };
    const idToken = async (): Promise<string> => {
      const { code } = await oidc.signInWith(app.clientId, ada);
      return (await oidc.redeem(app.clientId, code)).json().id_token;
    };
    const states = async () => (await readers.webKeys.list(oidc.as(oidc.owner))).map(({ state }) => state);
    const verifies = async (token: string) =>
      jwtVerify(token, createLocalJWKSet((await oidc.app.inject({ url: "/oauth/v2/keys" })).json()), {
        issuer,
        currentDate: new Date(oidc.as(oidc.owner).now / 1_000),
      }).then(
        () => true,
        () => false,
      );
    return { ...oidc, core, client: app, rotate, idToken, states, verifies };
  };

  test("the reserve takes over when it is time; what was signed before verifies until it has expired", async () => {
    const house = await openRotating();
    await house.rotate();
    expect(await house.states()).toEqual(["active", "initial"]);
    house.pass(90 * day - 3_600);
    await house.rotate();
    const before = await house.idToken();
    expect(decodeProtectedHeader(before).kid).toBe("key-1");
    house.pass(3_601);
    await house.rotate();
    expect(await house.states()).toEqual(["inactive", "active", "initial"]);
    expect(decodeProtectedHeader(await house.idToken()).kid).not.toBe("key-1");
    expect(await house.verifies(before)).toBe(true);
    await house.rotate();
    expect(await house.states()).toEqual(["inactive", "active", "initial"]);
    house.pass(30 * day);
    await house.rotate();
    expect(await house.states()).toEqual(["active", "initial"]);
  });

  test("a key stays for as long as the longest token that an application has", async () => {
    const house = await openRotating();
    await house.run(setClientSettings, house.as(house.owner), {
      projectId: house.projectId,
      applicationId: house.client.applicationId,
      settings: { accessTokenSeconds: 60 * day },
    });
    await house.rotate();
    house.pass(90 * day);
    await house.rotate();
    house.pass(31 * day);
    await house.rotate();
    expect(await house.states()).toEqual(["inactive", "active", "initial"]);
    house.pass(30 * day);
    await house.rotate();
    expect(await house.states()).toEqual(["active", "initial"]);
  });

  test("asked for by hand, another kind is published first and signs the second time", async () => {
    const house = await openRotating();
    const [first] = await rotateAll(house.core, { algorithm: "PS256" });
    expect(first).toContain("is published");
    expect(decodeProtectedHeader(await house.idToken()).alg).toBe("RS256");
    house.pass(601);
    const [second] = await rotateAll(house.core, { algorithm: "PS256" });
    expect(second).toContain("signs now");
    expect(decodeProtectedHeader(await house.idToken()).alg).toBe("PS256");
  });
});
