import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { issuer, openOidc } from "../../../test/harness/oidc.ts";
import { setSettings } from "../../../test/harness/signer.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { ClientId } from "../../kernel/ids.ts";

const shop = "https://api.example.com/shop";
const stock = "https://api.example.com/stock";
const outside = "https://outside.example/api";

describeOnBothDatabases("resources and authorization details", (open) => {
  const start = async () => {
    const oidc = await openOidc(open);
    const [app, shopApi, stockApi, ada] = [
      await oidc.addApp("app", { accessTokenType: "jwt" }),
      await oidc.addApi("shop"),
      await oidc.addApi("stock"),
      await oidc.addUser("ada"),
    ];
    await setSettings(oidc, shopApi, { resources: [shop] });
    await setSettings(oidc, stockApi, { resources: [stock] });
    const authorizeFor = (
      client: ClientId,
      resources: readonly string[],
      more: Readonly<Record<string, string>> = {},
    ) =>
      oidc.app.inject({
        url: `/oauth/v2/authorize?${new URLSearchParams([...Object.entries({ ...oidc.usual(client), ...more }), ...resources.map((one): [string, string] => ["resource", one])])}`,
      });
    const codeFor = async (resources: readonly string[], more: Readonly<Record<string, string>> = {}) => {
      const begun = await authorizeFor(app.clientId, resources, more);
      return (await oidc.answer(begun, ada)).code;
    };
    const tokenWith = (form: Readonly<Record<string, string>>, resources: readonly string[]) =>
      oidc.app.inject({
        method: "POST",
        url: "/oauth/v2/token",
        payload: new URLSearchParams([
          ...Object.entries(form),
          ...resources.map((one): [string, string] => ["resource", one]),
        ]).toString(),
        headers: { "content-type": "application/x-www-form-urlencoded" },
      });
    const introspect = async (api: typeof shopApi, token: string) => {
      const basic = Buffer.from(`${api.clientId}:${api.secret}`).toString("base64");
      return (await oidc.post("/oauth/v2/introspect", { token }, { authorization: `Basic ${basic}` })).json();
    };
    return { ...oidc, client: app, shopApi, stockApi, ada, authorizeFor, codeFor, tokenWith, introspect };
  };

  test("resources are the audience, all of it: each API knows its own token and no other (RFC 8707 §2)", async () => {
    const oidc = await start();
    const tokens = (await oidc.redeem(oidc.client.clientId, await oidc.codeFor([shop]))).json();
    expect(decodeJwt(tokens.access_token).aud).toEqual([shop, oidc.shopApi.clientId]);
    expect(decodeJwt(tokens.id_token).aud).toEqual([oidc.client.clientId]);
    expect(await oidc.introspect(oidc.shopApi, tokens.access_token)).toMatchObject({ active: true });
    expect(await oidc.introspect(oidc.stockApi, tokens.access_token)).toEqual({ active: false });
    expect((await oidc.userinfo(tokens.access_token)).statusCode).toBe(200);
  });

  test("a code and a refresh token give tokens for less, never for more (§2.2)", async () => {
    const oidc = await start();
    const form = oidc.redeeming(oidc.client.clientId, await oidc.codeFor([shop, stock]));
    const beyond = await oidc.tokenWith(form, [outside]);
    expect(beyond.json().error).toBe("invalid_target");
    const first = (await oidc.tokenWith(form, [shop])).json();
    expect(decodeJwt(first.access_token).aud).toEqual([shop, oidc.shopApi.clientId]);
    const again = { grant_type: "refresh_token", client_id: oidc.client.clientId };
    const second = (await oidc.tokenWith({ ...again, refresh_token: first.refresh_token }, [stock])).json();
    expect(decodeJwt(second.access_token).aud).toEqual([stock, oidc.stockApi.clientId]);
    const third = (await oidc.tokenWith({ ...again, refresh_token: second.refresh_token }, [])).json();
    expect(decodeJwt(third.access_token).aud).toEqual(expect.arrayContaining([shop, stock]));

    const shopOnly = oidc.redeeming(oidc.client.clientId, await oidc.codeFor([shop]));
    expect((await oidc.tokenWith(shopOnly, [stock])).json().error).toBe("invalid_target");
    const usual = oidc.redeeming(oidc.client.clientId, await oidc.codeFor([]));
    expect((await oidc.tokenWith(usual, [shop])).json().error).toBe("invalid_target");
  });

  test("only what is registered is a target; one API's name cannot be taken by another", async () => {
    const oidc = await start();
    const errorOf = async (resource: string) =>
      new URL((await oidc.authorizeFor(oidc.client.clientId, [resource])).headers.location ?? "").searchParams.get(
        "error",
      );
    for (const bad of [outside, `${shop}#x`, "shop", `${shop}/`])
      expect([bad, await errorOf(bad)]).toEqual([bad, "invalid_target"]);
    await setSettings(oidc, oidc.client, { resources: [outside, shop] });
    const tokens = (await oidc.redeem(oidc.client.clientId, await oidc.codeFor([outside]))).json();
    expect(decodeJwt(tokens.access_token).aud).toEqual([outside]);
    await expect(setSettings(oidc, oidc.stockApi, { resources: [shop] })).rejects.toMatchObject({
      code: "application.resource_taken",
    });
    await setSettings(oidc, oidc.shopApi, {});
    await setSettings(oidc, oidc.stockApi, { resources: [shop] });
    const moved = (await oidc.redeem(oidc.client.clientId, await oidc.codeFor([shop]))).json();
    expect(decodeJwt(moved.access_token).aud).toEqual([shop, oidc.stockApi.clientId]);
  });

  test("Munot's own names are nobody's to register: its API and its projects stay what they are", async () => {
    const oidc = await start();
    const ownProject = "urn:zitadel:iam:org:project:id:zitadel:aud";
    await setSettings(oidc, oidc.stockApi, { resources: [issuer, `${issuer}/`, ownProject] });
    const audienceOf = async (resource: string) => {
      const tokens = (await oidc.redeem(oidc.client.clientId, await oidc.codeFor([resource]))).json();
      return decodeJwt(tokens.access_token).aud;
    };
    expect(await audienceOf(issuer)).toEqual([issuer, oidc.ownProjectId]);
    expect(await audienceOf(`${issuer}/`)).toEqual([`${issuer}/`, oidc.ownProjectId]);
    expect(await audienceOf(ownProject)).not.toContain(oidc.stockApi.clientId);
  });

  test("authorization details of registered types are granted, told everywhere, and narrowed (RFC 9396)", async () => {
    const oidc = await start();
    await setSettings(oidc, oidc.client, { authorizationDetailsTypes: ["payment", "account"] });
    const [payment, account] = [
      { type: "payment", amount: "10.00" },
      { type: "account", actions: ["read"] },
    ];
    const asking = { authorization_details: JSON.stringify([payment, account]) };
    const code = await oidc.codeFor([], asking);
    const form = oidc.redeeming(oidc.client.clientId, code);
    const more = { authorization_details: JSON.stringify([{ ...payment, amount: "99.00" }]) };
    expect((await oidc.tokenWith({ ...form, ...more }, [])).json().error).toBe("invalid_authorization_details");
    const only = { authorization_details: JSON.stringify([account]) };
    const tokens = (await oidc.tokenWith({ ...form, ...only }, [])).json();
    expect(tokens.authorization_details).toEqual([account]);
    expect(decodeJwt(tokens.access_token)["authorization_details"]).toEqual([account]);
    expect(await oidc.introspect(oidc.shopApi, tokens.access_token)).toMatchObject({
      authorization_details: [account],
    });
    const renewed = (await oidc.refresh(oidc.client.clientId, tokens.refresh_token)).json();
    expect(renewed.authorization_details).toEqual([payment, account]);

    const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
    const bad = [
      "x",
      "{}",
      "[]",
      '[{"a":1}]',
      '[{"type":"other"}]',
      "[1]",
      JSON.stringify([{ type: "payment", deep: deep(50) }]),
    ];
    for (const authorization_details of bad) {
      const answer = await oidc.authorizeFor(oidc.client.clientId, [], { authorization_details });
      expect([authorization_details, answer.headers.location]).toEqual([
        authorization_details,
        expect.stringContaining("error=invalid_authorization_details"),
      ]);
    }
  });
});
