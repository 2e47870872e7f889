import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { challenge, openOidc, redirectUri } from "../../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import { clientSettings } from "../../../modules/application/client-settings.events.ts";
import { setClientSettings } from "../../../modules/application/set-client-settings.ts";

/** Values that a parameter has, should have, or must not have. */
const values: Readonly<Record<string, readonly string[]>> = {
  response_type: ["code", "id_token", "token id_token", "code token", "none", "code code", "id_token\u0009code", "x"],
  response_mode: ["query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "web_message"],
  scope: ["openid", "openid offline_access", "profile", "openid urn:zitadel:iam:org:id:1", '"', "x".repeat(500)],
  redirect_uri: [
    redirectUri,
    `${redirectUri}?x`,
    "https://evil.example/callback",
    "javascript:alert(1)",
    `${redirectUri}#x`,
  ],
  state: ["s", "a b&c=d#e", "\u202e\r\nset-cookie: x=y", "ä€😀", "x".repeat(2_049)],
  nonce: ["n", "x".repeat(2_049), "\u0000"],
  prompt: ["none", "login", "none login", "consent", "create", "x"],
  max_age: ["0", "1", "-1", "1e3", "99999999999999999999"],
  code_challenge: [challenge, "short", `${challenge}=`],
  code_challenge_method: ["S256", "plain"],
  claims: ["{}", "{", '{"id_token":{"sub":{"value":1}}}', '{"userinfo":{"__proto__":null}}', "null"],
  acr_values: ["phr", "1 2", " "],
  id_token_hint: ["x", "a.b.c", "..", "x".repeat(9_000)],
  login_hint: ["ada", "\u0000", "x".repeat(3_000)],
  ui_locales: ["de", "* de", "x".repeat(100)],
  request: ["x", "e30.e30."],
  request_uri: ["urn:ietf:params:oauth:request_uri:x", "http://127.0.0.1/", "x"],
  resource: ["https://api.example/", "x", "#"],
  authorization_details: ["[]", "{", '[{"type":"x"}]'],
  dpop_jkt: ["x", "A".repeat(43)],
  display: ["page"],
};

const names = Object.keys(values);
const pair = fc
  .constantFrom(...names)
  .chain((name) =>
    fc.tuple(fc.constant(name), fc.oneof(fc.constantFrom(...(values[name] ?? [])), fc.string({ maxLength: 8 }))),
  );

describeOnBothDatabases("requests that nobody would send", (open) => {
  let oidc: Awaited<ReturnType<typeof openOidc>>;
  let client: string;
  beforeAll(async () => {
    oidc = await openOidc(open);
    const app = await oidc.addApp("app", {
      responseTypes: ["code", "id_token", "id_token token"],
      grantTypes: ["authorization_code", "implicit", "refresh_token"],
    });
    client = app.clientId;
    await oidc.run(setClientSettings, oidc.as(oidc.owner), {
      projectId: oidc.projectId,
      applicationId: app.applicationId,
      settings: clientSettings.parse({ additionalResponseTypes: ["none", "code token"] }),
    });
  });

  test("whatever comes, it is answered: a page, or a redirect to a registered URI or our own pages, and no failure", async () => {
    const usual = { redirect_uri: redirectUri, response_type: "code", scope: "openid" };
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { maxLength: 8 }), fc.boolean(), async (pairs, isPost) => {
        const given = new Set(pairs.map(([name]) => name));
        const rest = Object.entries(usual).filter(([name]) => !given.has(name));
        const sent = new URLSearchParams([["client_id", client], ...rest, ...pairs]).toString();
        const answer = isPost
          ? await oidc.post("/oauth/v2/authorize", Object.fromEntries(new URLSearchParams(sent)))
          : await oidc.app.inject(`/oauth/v2/authorize?${sent}`);
        const { location } = answer.headers;
        expect([303, 400], sent).toContain(answer.statusCode);
        if (answer.statusCode === 400) expect(location).toBeUndefined();
        else {
          const isOurs =
            /^\/ui\/login\?authRequest=V2_\d+$|^https:\/\/id\.example\.com\/oauth\/v2\/authorize\/callback\?response=/;
          const back = location?.startsWith(`${redirectUri}?`) || location?.startsWith(`${redirectUri}#`);
          expect(back || isOurs.test(location ?? ""), `${sent} -> ${location}`).toBe(true);
          expect(location, sent).not.toMatch(/error=server_error|access_token=|[\r\n]/);
        }
      }),
      { numRuns: 150 },
    );
  });
});
