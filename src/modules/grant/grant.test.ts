import { expect, test } from "vitest";
import { given, past, testNow } from "../../../test/harness/given.ts";
import { type TokenId, tokenId } from "../../kernel/ids.ts";
import { addSeconds } from "../../kernel/time.ts";
import type { TokenKind } from "../../kernel/token.ts";
import { authRequest } from "../auth-request/auth-request.events.ts";
import { exchangeCode } from "./exchange-code.ts";
import { grant } from "./grant.events.ts";
import { refreshGrant } from "./refresh-grant.ts";
import { revokeGrant } from "./revoke-grant.ts";

const oidc = { kind: "system", name: "oidc", memberships: [] } as const;
const lifetimes = { accessTokenSeconds: 60, refreshIdleSeconds: 600, refreshAbsoluteSeconds: 1_000 };
const facts = {
  mintToken: (kind: TokenKind) => {
    const id: TokenId = tokenId.parse(`${kind}-new`);
    return { id, text: `${kind} text`, hash: new Uint8Array(32) };
  },
  verifyCodeChallenge: (verifier: string, challenge: string) => challenge === `challenge of ${verifier}`,
};

const asked = {
  clientId: "client",
  redirectUri: "https://app.example.com/callback",
  responseType: "code",
  responseMode: "query",
  scope: ["openid", "offline_access"],
  audience: ["client"],
  state: null,
  nonce: "n",
  codeChallenge: "challenge of v",
  prompt: [],
  maxAgeSeconds: null,
  uiLocales: [],
  acrValues: [],
  hintUserId: null,
  orgId: null,
  browserId: null,
  loginClientId: null,
} as const;
const minute = addSeconds(testNow, 60);

const withCode = (...more: (readonly ["auth_request.code.exchanged", { grantId: string }])[]) =>
  past(
    authRequest,
    "V2_1",
    null,
    [
      "auth_request.added",
      {
        ...asked,
        scope: [...asked.scope],
        audience: [...asked.audience],
        prompt: [],
        uiLocales: [],
        acrValues: [],
        expiresAt: minute,
      },
      { loginHint: null },
    ],
    ["auth_request.session.linked", { sessionId: "s", userId: "ada", authTime: testNow, amr: ["pwd"] }],
    ["auth_request.code.added", { tokenId: "code-1", expiresAt: minute }],
    ...more,
  );

const redemption = {
  authRequestId: "V2_1",
  codeId: "code-1",
  isAlive: true,
  clientId: "client",
  redirectUri: asked.redirectUri,
  codeVerifier: "v",
  lifetimes,
};

test("a code is redeemed for a grant with an access and a refresh token", async () => {
  const { events, tokens, result } = await given(withCode()).when(exchangeCode, oidc, redemption, facts).decided();
  expect(events.map(({ type }) => type)).toEqual([
    "auth_request.code.exchanged",
    "auth_request.succeeded",
    "oidc_session.added",
    "oidc_session.access_token.added",
    "oidc_session.refresh_token.added",
  ]);
  expect(tokens?.map((write) => write.do === "put" && write.row.kind)).toEqual(["access", "refresh"]);
  expect(result).toMatchObject({ is: "granted", userId: "ada", sessionId: "s", nonce: "n" });
  expect(JSON.stringify(events?.map(({ payload, personal }) => [payload, personal]))).not.toContain("text");
});

test("RFC 6749 §4.1.2: a code that was redeemed names the grant to revoke, whoever presents it", async () => {
  const replay = given(withCode(["auth_request.code.exchanged", { grantId: "g" }]));
  for (const more of [{}, { clientId: "other" }, { isAlive: false }]) {
    await replay
      .when(exchangeCode, oidc, { ...redemption, ...more }, facts)
      .thenResult({ is: "replayed", grantId: "g" } as never); // the union's branded id
  }
});

test.each([
  ["another client", { clientId: "other" }],
  ["another redirect URI", { redirectUri: "https://app.example.com/other" }],
  ["another code", { codeId: "code-2" }],
  ["a wrong verifier", { codeVerifier: "w" }],
  ["no verifier", { codeVerifier: null }],
  ["a code that is dead by what it stands on", { isAlive: false }],
])("a code is refused to %s, and stays unused", async (_name, more) => {
  const { events, tokens, result } = await given(withCode())
    .when(exchangeCode, oidc, { ...redemption, ...more }, facts)
    .decided();
  expect([events, tokens, result.is]).toEqual([[], undefined, "refused"]);
});

const granted = (refreshId = "refresh-1") =>
  past(
    grant,
    "g",
    null,
    [
      "oidc_session.added",
      {
        userId: "ada",
        sessionId: "s",
        clientId: "client",
        authRequestId: "V2_1",
        scope: ["openid", "email", "offline_access"],
        audience: ["client"],
        nonce: "n",
        authTime: testNow,
        amr: ["pwd"],
      },
    ],
    [
      "oidc_session.refresh_token.added",
      { tokenId: refreshId, idleExpiresAt: addSeconds(testNow, 10), absoluteExpiresAt: addSeconds(testNow, 100) },
    ],
  );
const refreshing = { grantId: "g", tokenId: "refresh-1", clientId: "client", scope: null, lifetimes };

test("a refresh token is rotated, never beyond the end of its family", async () => {
  await given(granted())
    .when(refreshGrant, oidc, refreshing, facts)
    .thenEvents(
      [
        "oidc_session.refresh_token.renewed",
        { tokenId: "refresh-new", idleExpiresAt: addSeconds(testNow, 100), isAgain: false, confirmation: null },
      ],
      [
        "oidc_session.access_token.added",
        { tokenId: "access-new", scope: ["openid", "email", "offline_access"], expiresAt: minute },
      ],
    );
});

test("RFC 9700 §4.14.2: a refresh token that is not the current one revokes the family", async () => {
  const decision = await given(granted("refresh-2")).when(refreshGrant, oidc, refreshing, facts).decided();
  expect(decision.events.map(({ type, payload }) => [type, payload])).toEqual([
    ["oidc_session.revoked", { reason: "refresh_token_reused" }],
  ]);
  expect(decision.tokens).toEqual([{ do: "drop_all", of: { grantId: "g" } }]);
  expect(decision.result).toEqual({ is: "reused" });
});

test("a wider scope is refused without using the token up; another client reveals nothing and revokes nothing", async () => {
  const wider = given(granted()).when(refreshGrant, oidc, { ...refreshing, scope: ["openid", "phone"] }, facts);
  await wider.thenEvents();
  expect((await wider.decided()).result).toEqual({ is: "scope_exceeded" });
  const other = given(granted("refresh-2")).when(refreshGrant, oidc, { ...refreshing, clientId: "other" }, facts);
  await other.thenEvents();
  expect((await other.decided()).result).toMatchObject({ is: "refused" });
});

test("a grant is revoked once", async () => {
  const revocation = { grantId: "g", reason: "client" } as const;
  await given(granted())
    .when(revokeGrant, oidc, revocation, {})
    .thenEvents(["oidc_session.revoked", { reason: "client" }]);
  const past_ = granted();
  const revoked = { ...past_, events: [...past_.events, ["oidc_session.revoked", { reason: "client" }] as const] };
  await given(revoked).when(revokeGrant, oidc, revocation, {}).thenEvents();
});
