import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { issuer, openOidc, redirectUri } from "../../../../test/harness/oidc.ts";
import { newSigner, type Signer, setSettings } from "../../../../test/harness/signer.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";

const tokenUrl = `${issuer}/oauth/v2/token`;
const userinfoUrl = `${issuer}/oidc/v1/userinfo`;

describeOnBothDatabases("DPoP (RFC 9449)", (open) => {
  const start = async () => {
    const oidc = await openOidc(open);
    const [app, ada, key] = [await oidc.addApp("app"), await oidc.addUser("ada"), await newSigner()];
    const now = () => Math.floor(oidc.as(oidc.login).now / 1_000_000);
    const code = async (more: Readonly<Record<string, string>> = {}) =>
      (await oidc.signInWith(app.clientId, ada, more)).code;
    const redeem = async (text: string, proof: string | null, client = app.clientId) =>
      oidc.token(
        {
          grant_type: "authorization_code",
          client_id: client,
          code: text,
          redirect_uri: redirectUri,
          code_verifier: "a-verifier-of-forty-three-characters-or-more",
        },
        proof === null ? {} : { dpop: proof },
      );
    const refresh = (token: string, proof: string | null) =>
      oidc.token(
        { grant_type: "refresh_token", client_id: app.clientId, refresh_token: token },
        proof === null ? {} : { dpop: proof },
      );
    const atToken = (by: Signer, ...more: [object?, object?]) =>
      by.proof({ url: tokenUrl, now: now() }, more[0] as never, more[1] as never);
    const atUserinfo = (by: Signer, token: string, ...more: [object?, object?]) =>
      by.proof({ url: userinfoUrl, method: "GET", token, now: now() }, more[0] as never, more[1] as never);
    const userinfo = (scheme: string, token: string, proof: string | null) =>
      oidc.app.inject({
        url: "/oidc/v1/userinfo",
        headers: { authorization: `${scheme} ${token}`, ...(proof === null ? {} : { dpop: proof }) },
      });
    return {
      ...oidc,
      web: oidc.app,
      plainRedeem: oidc.redeem,
      api: await oidc.addApi("api"),
      app,
      ada,
      key,
      now,
      code,
      redeem,
      refresh,
      atToken,
      atUserinfo,
      userinfo,
    };
  };

  test("a proof binds the tokens: only its key opens userinfo, and introspection names it", async () => {
    const oidc = await start();
    const tokens = (await oidc.redeem(await oidc.code(), await oidc.atToken(oidc.key))).json();
    expect(tokens.token_type).toBe("DPoP");
    const { access_token: token } = tokens;
    const seen = await oidc.userinfo("DPoP", token, await oidc.atUserinfo(oidc.key, token));
    expect([seen.statusCode, seen.json().sub]).toEqual([200, oidc.ada]);
    expect(seen.headers["dpop-nonce"]).toMatch(/^[\w-]{22}$/);
    expect((await oidc.userinfo("dpop", token, await oidc.atUserinfo(oidc.key, token))).statusCode).toBe(200);

    const asBearer = await oidc.userinfo("Bearer", token, null);
    expect([asBearer.statusCode, asBearer.headers["www-authenticate"]]).toEqual([
      401,
      expect.stringMatching(/^DPoP error="invalid_token", algs="RS256/),
    ]);
    expect((await oidc.userinfo("DPoP", token, null)).statusCode).toBe(401);
    const other = await newSigner();
    expect((await oidc.userinfo("DPoP", token, await oidc.atUserinfo(other, token))).statusCode).toBe(401);
    const basic = Buffer.from(`${oidc.api.clientId}:${oidc.api.secret}`).toString("base64");
    const about = await oidc.post("/oauth/v2/introspect", { token }, { authorization: `Basic ${basic}` });
    expect(about.json()).toMatchObject({ active: true, token_type: "DPoP", cnf: { jkt: oidc.key.jkt } });
  });

  test("a JWT access token says whose key it is bound to", async () => {
    const oidc = await start();
    const app = await oidc.addApp("jwt", { accessTokenType: "jwt" });
    const { code } = await oidc.signInWith(app.clientId, oidc.ada);
    const { access_token: token } = (await oidc.redeem(code, await oidc.atToken(oidc.key), app.clientId)).json();
    expect(decodeJwt(token)).toMatchObject({ cnf: { jkt: oidc.key.jkt } });
    expect((await oidc.userinfo("DPoP", token, await oidc.atUserinfo(oidc.key, token))).statusCode).toBe(200);
    expect((await oidc.userinfo("Bearer", token, null)).statusCode).toBe(401);
  });

  test("§4.3: whatever is wrong with a proof, it opens nothing", async () => {
    const oidc = await start();
    const { access_token: token } = (await oidc.redeem(await oidc.code(), await oidc.atToken(oidc.key))).json();
    const good = () => oidc.atUserinfo(oidc.key, token);
    const cut = (text: string) => `${text.slice(0, -6)}${text.slice(-6) === "AAAAAA" ? "BBBBBB" : "AAAAAA"}`;
    const bad: Readonly<Record<string, string>> = {
      "two proofs": `${await good()}, ${await good()}`,
      "no JWT": "proof",
      "another type": await oidc.atUserinfo(oidc.key, token, {}, { typ: "JWT" }),
      "no type": await oidc.atUserinfo(oidc.key, token, {}, { typ: undefined }),
      "no key": await oidc.atUserinfo(oidc.key, token, {}, { jwk: undefined }),
      "a private key": await oidc.atUserinfo(oidc.key, token, {}, { jwk: oidc.key.privateJwk }),
      "another key in the header": await oidc.atUserinfo(oidc.key, token, {}, { jwk: (await newSigner()).jwk }),
      "another signature": cut(await good()),
      "another method": await oidc.atUserinfo(oidc.key, token, { htm: "POST" }),
      "no method": await oidc.atUserinfo(oidc.key, token, { htm: undefined }),
      "another URL": await oidc.atUserinfo(oidc.key, token, { htu: tokenUrl }),
      "another host": await oidc.atUserinfo(oidc.key, token, { htu: "https://evil.example/oidc/v1/userinfo" }),
      "no jti": await oidc.atUserinfo(oidc.key, token, { jti: undefined }),
      "an old one": await oidc.atUserinfo(oidc.key, token, { iat: oidc.now() - 120 }),
      "one of tomorrow": await oidc.atUserinfo(oidc.key, token, { iat: oidc.now() + 3_600 }),
      "no iat": await oidc.atUserinfo(oidc.key, token, { iat: undefined }),
      "an expired one": await oidc.atUserinfo(oidc.key, token, { exp: oidc.now() - 60 }),
      "no ath": await oidc.atUserinfo(oidc.key, token, { ath: undefined }),
      "another token's ath": await oidc.atUserinfo(oidc.key, "at_1.x"),
      "a nonce of nobody": await oidc.atUserinfo(oidc.key, token, { nonce: "nonce" }),
    };
    for (const [what, proof] of Object.entries(bad)) {
      const answer = await oidc.userinfo("DPoP", token, proof);
      expect([what, answer.statusCode, answer.headers["www-authenticate"]]).toEqual([
        what,
        401,
        expect.stringMatching(/^DPoP error="(invalid_dpop_proof|use_dpop_nonce|invalid_token)"/),
      ]);
    }
    const fine = [{ iat: oidc.now() - 10 }, { iat: oidc.now() + 10 }, { htu: `${userinfoUrl}?a=b#c` }, { more: 1 }];
    for (const claims of fine) {
      const answer = await oidc.userinfo("DPoP", token, await oidc.atUserinfo(oidc.key, token, claims));
      expect([claims, answer.statusCode]).toEqual([claims, 200]);
    }
    const spelled = "HTTPS://ID.example.com:443/oidc/./v1/user%69nfo";
    expect(
      (await oidc.userinfo("DPoP", token, await oidc.atUserinfo(oidc.key, token, { htu: spelled }))).statusCode,
    ).toBe(200);
  });

  test("a proof works once, also when it comes many times at once (§11.1)", async () => {
    const oidc = await start();
    const { access_token: token } = (await oidc.redeem(await oidc.code(), await oidc.atToken(oidc.key))).json();
    const proof = await oidc.atUserinfo(oidc.key, token);
    const answers = await Promise.all(Array.from({ length: 6 }, () => oidc.userinfo("DPoP", token, proof)));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 401, 401, 401, 401, 401]);
  });

  test("a code that names a key is redeemed by its holder only (§10)", async () => {
    const oidc = await start();
    const bound = () => oidc.code({ dpop_jkt: oidc.key.jkt });
    expect((await oidc.redeem(await bound(), await oidc.atToken(await newSigner()))).json().error).toBe(
      "invalid_grant",
    );
    expect((await oidc.redeem(await bound(), null)).json().error).toBe("invalid_grant");
    expect((await oidc.redeem(await bound(), await oidc.atToken(oidc.key))).statusCode).toBe(200);
    await expect(oidc.code({ dpop_jkt: "short" })).rejects.toThrow("invalid_request");
  });

  test("refresh tokens of public clients are bound, a confidential client may take another key (§5)", async () => {
    const oidc = await start();
    const tokens = (await oidc.redeem(await oidc.code(), await oidc.atToken(oidc.key))).json();
    expect((await oidc.refresh(tokens.refresh_token, null)).json().error).toBe("invalid_grant");
    expect((await oidc.refresh(tokens.refresh_token, await oidc.atToken(await newSigner()))).json().error).toBe(
      "invalid_grant",
    );
    const renewed = await oidc.refresh(tokens.refresh_token, await oidc.atToken(oidc.key));
    expect([renewed.statusCode, renewed.json().token_type]).toEqual([200, "DPoP"]);

    const web = await oidc.addApp("web", { authMethod: "post" });
    const { code } = await oidc.signInWith(web.clientId, oidc.ada);
    const secret = { client_secret: web.secret };
    const first = (await oidc.plainRedeem(web.clientId, code, secret, { dpop: await oidc.atToken(oidc.key) })).json();
    const again = (proof: string | null) =>
      oidc.token(
        { grant_type: "refresh_token", client_id: web.clientId, refresh_token: first.refresh_token, ...secret },
        proof === null ? {} : { dpop: proof },
      );
    expect((await again(null)).json().error).toBe("invalid_grant");
    expect((await again(await oidc.atToken(await newSigner()))).statusCode).toBe(200);
  });

  test("a client that asked for bound tokens gets no others (§5.2)", async () => {
    const oidc = await start();
    await setSettings(oidc, oidc.app, { dpopBoundAccessTokens: true });
    const code = await oidc.code();
    const bare = await oidc.redeem(code, null);
    expect([bare.statusCode, bare.json().error]).toEqual([400, "invalid_request"]);
    expect((await oidc.redeem(code, await oidc.atToken(oidc.key))).statusCode).toBe(200);
  });

  test("a proof with the server's nonce is taken, one with another gets a new one; it can be required (§8)", async () => {
    const oidc = await start();
    const nonceOf = async () => {
      const answer = await oidc.redeem(await oidc.code(), await oidc.atToken(oidc.key));
      return String(answer.headers["dpop-nonce"]);
    };
    const nonce = await nonceOf();
    expect((await oidc.redeem(await oidc.code(), await oidc.atToken(oidc.key, { nonce }))).statusCode).toBe(200);
    oidc.pass(400);
    const late = await oidc.redeem(await oidc.code(), await oidc.atToken(oidc.key, { nonce }));
    expect([late.statusCode, late.json().error]).toEqual([400, "use_dpop_nonce"]);
    expect(late.headers["dpop-nonce"]).toMatch(/^[\w-]{22}$/);
    expect(late.headers["dpop-nonce"]).not.toBe(nonce);

    const strict = await openOidc(open, { nonceRequired: true });
    const [app, ada] = [await strict.addApp("app"), await strict.addUser("ada")];
    const { code } = await strict.signInWith(app.clientId, ada);
    const redeem = async (claims: Readonly<Record<string, unknown>>) => {
      const now = Math.floor(strict.as(strict.login).now / 1_000_000);
      return strict.redeem(app.clientId, code, {}, { dpop: await oidc.key.proof({ url: tokenUrl, now }, claims) });
    };
    const refused = await redeem({});
    expect(refused.json().error).toBe("use_dpop_nonce");
    expect((await redeem({ nonce: refused.headers["dpop-nonce"] })).statusCode).toBe(200);
  });

  test("scripts may send proofs and read nonces (§8.3, §9)", async () => {
    const oidc = await start();
    const origin = "https://app.example.com";
    const asked = await oidc.web.inject({ method: "OPTIONS", url: "/oauth/v2/token", headers: { origin } });
    expect(asked.headers["access-control-allow-headers"]).toContain("dpop");
    const answer = await oidc.token(
      { grant_type: "authorization_code", client_id: oidc.app.clientId, code: "x", redirect_uri: redirectUri },
      { dpop: await oidc.atToken(oidc.key), origin },
    );
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-expose-headers": "DPoP-Nonce, WWW-Authenticate",
    });
  });
});
