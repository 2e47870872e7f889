import { expect, test } from "vitest";
import { openOidc } from "../../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import { clientSettings } from "../../../modules/application/client-settings.events.ts";
import { setClientSettings } from "../../../modules/application/set-client-settings.ts";
import { setLifetimes } from "../../../modules/instance/set-lifetimes.ts";

describeOnBothDatabases("how long what is issued is valid", (open) => {
  test("as the instance says, and where the application says something else, as that says", async () => {
    const oidc = await openOidc(open);
    const [usual, short, ada] = [await oidc.addApp("usual"), await oidc.addApp("short"), await oidc.addUser("ada")];
    await oidc.run(setLifetimes, oidc.as(oidc.owner), {
      accessTokenSeconds: 600,
      idTokenSeconds: 120,
      refreshIdleSeconds: 1_000,
      refreshAbsoluteSeconds: 1_500,
    });
    await oidc.run(setClientSettings, oidc.as(oidc.owner), {
      projectId: oidc.projectId,
      applicationId: short.applicationId,
      settings: clientSettings.parse({ accessTokenSeconds: 60, refreshIdleSeconds: 100 }),
    });
    const signIn = async ({ clientId }: typeof usual) =>
      (await oidc.redeem(clientId, (await oidc.signInWith(clientId, ada)).code)).json();
    const [ofUsual, ofShort] = [await signIn(usual), await signIn(short)];
    expect([ofUsual.expires_in, ofShort.expires_in]).toEqual([600, 60]);
    for (const { id_token } of [ofUsual, ofShort]) {
      const { exp, iat } = JSON.parse(Buffer.from(id_token.split(".")[1], "base64url").toString());
      expect(exp - iat).toBe(120);
    }
    oidc.pass(101);
    expect((await oidc.refresh(short.clientId, ofShort.refresh_token)).json()).toMatchObject({
      error: "invalid_grant",
    });
    oidc.pass(800);
    const renewed = (await oidc.refresh(usual.clientId, ofUsual.refresh_token)).json();
    expect(renewed).toMatchObject({ expires_in: 600 });
    oidc.pass(700);
    expect((await oidc.refresh(usual.clientId, renewed.refresh_token)).json()).toMatchObject({
      error: "invalid_grant",
    });
  });
});
