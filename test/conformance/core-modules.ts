import { expect, test } from "vitest";
import { partsOf } from "../../src/modules/auth-request/response-type.events.ts";
import {
  type Answer,
  askToken,
  basicOf,
  halfHashOf,
  type Json,
  type Parameters,
  type Person,
  type Provider,
  pkcePair,
  redeem,
  requestOf,
  type TestClient,
  visitor,
} from "../harness/conformance.ts";

export type Variant = { readonly responseType: string; readonly responseMode: "default" | "form_post" };

type World = {
  readonly provider: Provider;
  readonly client: TestClient;
  /** another application of the same provider */
  readonly other: TestClient;
  readonly person: Person;
  readonly signedIn: ReturnType<typeof visitor>;
};

/** Values of an answer's members that must be texts. */
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/**
 * The modules that the OpenID Foundation's basic, implicit, hybrid and form post plans share, for one response type and mode,
 * written from what OpenID Connect Core 1.0 asks for. Those that need a code or an access token are there where one is.
 */
export const coreModules = ({ responseType, responseMode }: Variant, world: () => World): void => {
  const parts = partsOf(responseType);
  const isCodeFlow = responseType === "code";
  const by = responseMode === "form_post" ? "form_post" : isCodeFlow ? "query" : "fragment";
  const hasToken = parts.code || parts.accessToken;
  const asked = (more: Readonly<Record<string, string | undefined>> = {}) =>
    requestOf(world().client, {
      response_type: responseType,
      ...(responseMode === "form_post" ? { response_mode: "form_post" } : {}),
      ...more,
    });

  /** Everything that an answer must be, and what comes of it at the token endpoint. */
  const checkAnswer = async (request: Parameters, answer: Answer, client: TestClient = world().client) => {
    const { provider } = world();
    const { parameters } = answer;
    expect(parameters.error, parameters.error_description).toBeUndefined();
    expect(answer.by).toBe(by);
    expect(parameters.state).toBe(request.state);
    expect(parameters.iss).toBe(provider.issuer);
    expect(["code", "id_token", "access_token"].filter((name) => parameters[name] !== undefined)).toEqual([
      ...(parts.code ? ["code"] : []),
      ...(parts.idToken ? ["id_token"] : []),
      ...(parts.accessToken ? ["access_token"] : []),
    ]);
    const front = parts.idToken ? await provider.verifyIdToken(parameters.id_token, client) : null;
    if (front !== null) {
      expect(front.nonce).toBe(request.nonce);
      expect(front.at_hash).toBe(parts.accessToken ? halfHashOf(text(parameters.access_token)) : undefined);
      expect(front.c_hash).toBe(parts.code ? halfHashOf(text(parameters.code)) : undefined);
    }
    if (parts.accessToken) expect(parameters).toMatchObject({ token_type: "Bearer", expires_in: /^\d+$/ });
    const redeemed = parts.code ? await redeem(provider, client, text(parameters.code)) : null;
    if (redeemed !== null) expect(redeemed.status, JSON.stringify(redeemed.body)).toBe(200);
    const back = redeemed === null ? null : await provider.verifyIdToken(text(redeemed.body.id_token), client);
    if (back !== null) expect(back.nonce).toBe(request.nonce);
    if (front !== null && back !== null) expect([back.iss, back.sub]).toEqual([front.iss, front.sub]);
    const idToken = back ?? front ?? {};
    return {
      parameters,
      idToken,
      front,
      tokens: redeemed?.body ?? null,
      accessToken: tokenOf(parameters, redeemed?.body),
    };
  };
  const tokenOf = (parameters: Parameters, body: Json | undefined): string =>
    text(parameters.access_token ?? body?.access_token);

  /** A request that succeeds with the sessions of the browser that is signed in. */
  const succeeds = async (more: Readonly<Record<string, string | undefined>> = {}) => {
    const request = asked(more);
    return checkAnswer(request, await world().signedIn.authorize(request));
  };
  const refused = async (request: Parameters, browser = world().signedIn) => {
    const answer = await browser.authorize(request);
    expect(answer.by).toBe(by);
    expect(answer.parameters).toMatchObject({ state: request.state, iss: world().provider.issuer });
    for (const name of ["code", "id_token", "access_token"]) expect(answer.parameters[name]).toBeUndefined();
    return answer.parameters.error;
  };
  /** What the client learns of the user: from userinfo where there is a token, else from the ID token (Core §5.4). */
  const learned = async (done: Awaited<ReturnType<typeof succeeds>>): Promise<Json> => {
    if (!hasToken) return done.idToken;
    // OpenID Connect Core 1.0 §5.3.2: a JSON object.
    const claims = (await (await world().provider.userinfo(done.accessToken)).json()) as Json;
    expect(claims.sub).toBe(done.idToken.sub);
    return claims;
  };

  test("oidcc-server: a request ends with exactly what was asked for, tied together and signed", async () => {
    const { person, provider } = world();
    const request = asked();
    const fresh = visitor(provider, person);
    const answer = await fresh.authorize(request);
    expect(answer.passwords).toBe(1);
    const { idToken } = await checkAnswer(request, answer);
    expect(idToken).toMatchObject({ sub: person.userId, azp: world().client.clientId });
  });

  test("oidcc-response-type-missing: a request without response_type is an error", async () => {
    const { provider, person, client } = world();
    const answer = await visitor(provider, person).authorize(requestOf(client, { response_type: undefined }));
    expect(answer.parameters.error).toBe("invalid_request");
  });

  test("oidcc-idtoken-signature: the ID token is signed by a published key that its header names", async () => {
    const { idToken } = await succeeds();
    expect(idToken.sub).toBe(world().person.userId);
  });

  test("oidcc-idtoken-unsigned: an ID token is never without a signature", () => {
    const algorithms = world().provider.metadata.id_token_signing_alg_values_supported;
    expect(algorithms).toEqual(expect.arrayContaining(["RS256"]));
    expect(algorithms).not.toContain("none");
  });

  if (hasToken) {
    test("oidcc-userinfo-get: userinfo by GET with the token in the header", async () => {
      const { accessToken, idToken } = await succeeds();
      const answer = await world().provider.userinfo(accessToken);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([
        200,
        expect.stringMatching(/^application\/json/),
      ]);
      expect(await answer.json()).toMatchObject({ sub: idToken.sub });
    });

    test("oidcc-userinfo-post-header: userinfo by POST with the token in the header", async () => {
      const { accessToken, idToken } = await succeeds();
      const answer = await world().provider.userinfo(accessToken, { method: "POST" });
      expect(await answer.json()).toMatchObject({ sub: idToken.sub });
    });

    test("oidcc-userinfo-post-body: userinfo by POST with the token in the form", async () => {
      const { accessToken, idToken } = await succeeds();
      const answer = await fetch(String(world().provider.metadata.userinfo_endpoint), {
        method: "POST",
        body: new URLSearchParams({ access_token: accessToken }),
      });
      expect(await answer.json()).toMatchObject({ sub: idToken.sub });
    });
  }

  if (parts.idToken) {
    test("oidcc-ensure-request-without-nonce-fails: an ID token through the browser needs a nonce", async () => {
      expect(await refused(asked({ nonce: undefined }))).toBe("invalid_request");
    });
  } else {
    test("oidcc-ensure-request-without-nonce-succeeds-for-code-flow: no nonce asked for, none given", async () => {
      const { idToken } = await succeeds({ nonce: undefined });
      expect(idToken.nonce).toBeUndefined();
    });
  }

  const profile = {
    name: "Vera Winzer",
    given_name: "Vera",
    family_name: "Winzer",
    nickname: "Vee",
    gender: "female",
    locale: "de",
  };
  const email = { email_verified: true };
  const phone = { phone_number: "+41791234567", phone_number_verified: true };

  test("oidcc-scope-profile: the claims of the scope profile, and no others", async () => {
    const done = await succeeds({ scope: "openid profile" });
    const claims = await learned(done);
    expect(claims).toMatchObject({
      ...profile,
      preferred_username: expect.any(String),
      updated_at: expect.any(Number),
    });
    expect(claims).not.toHaveProperty("email");
    if (hasToken) expect(done.idToken).not.toHaveProperty("name");
  });

  test("oidcc-scope-email: the claims of the scope email", async () => {
    const claims = await learned(await succeeds({ scope: "openid email" }));
    expect(claims).toMatchObject({ ...email, email: `${world().person.userName}@rp.example` });
    expect(claims).not.toHaveProperty("name");
  });

  test("oidcc-scope-phone: the claims of the scope phone", async () => {
    expect(await learned(await succeeds({ scope: "openid phone" }))).toMatchObject(phone);
  });

  test("oidcc-scope-address: the scope is accepted, and an address that is not known is left out", async () => {
    const claims = await learned(await succeeds({ scope: "openid address" }));
    expect(claims).not.toHaveProperty("address");
  });

  test("oidcc-scope-all: all standard scopes at once", async () => {
    const claims = await learned(await succeeds({ scope: "openid profile email phone address" }));
    expect(claims).toMatchObject({ ...profile, ...email, ...phone });
  });

  test("oidcc-ensure-other-scope-order-succeeds: openid need not be the first scope", async () => {
    expect(await learned(await succeeds({ scope: "email openid" }))).toMatchObject(email);
  });

  test.each(["page", "popup"])("oidcc-display-%s: display is accepted", async (display) => {
    await succeeds({ display });
  });

  test("oidcc-prompt-login: the person signs in again, and auth_time says so", async () => {
    const { person, provider } = world();
    const browser = visitor(provider, person);
    const first = await checkAnswer(...(await both(browser.authorize, asked())));
    const request = asked({ prompt: "login" });
    const answer = await browser.authorize(request);
    expect(answer.passwords).toBe(1);
    const second = await checkAnswer(request, answer);
    expect(second.idToken.sub).toBe(first.idToken.sub);
    expect(Number(second.idToken.auth_time)).toBeGreaterThanOrEqual(Number(first.idToken.auth_time));
  });

  test("oidcc-prompt-none-not-logged-in: without a session an error, and no page", async () => {
    const { person, provider } = world();
    expect(await refused(asked({ prompt: "none" }), visitor(provider, person))).toBe("login_required");
  });

  test("oidcc-prompt-none-logged-in: the same session answers without asking", async () => {
    const first = await succeeds();
    const request = asked({ prompt: "none" });
    const answer = await world().signedIn.authorize(request);
    const { idToken } = await checkAnswer(request, answer);
    expect([idToken.sub, idToken.auth_time]).toEqual([first.idToken.sub, first.idToken.auth_time]);
  });

  test("oidcc-max-age-1: an older authentication is not enough", async () => {
    const { person, provider } = world();
    const browser = visitor(provider, person);
    const first = await checkAnswer(...(await both(browser.authorize, asked())));
    // Zero seconds stand for one that have passed: nothing has to wait.
    const request = asked({ max_age: "0" });
    const answer = await browser.authorize(request);
    expect(answer.passwords).toBe(1);
    const second = await checkAnswer(request, answer);
    expect(Number(second.idToken.auth_time)).toBeGreaterThanOrEqual(Number(first.idToken.auth_time));
  });

  test("oidcc-max-age-10000: a recent authentication is, and auth_time is there", async () => {
    const first = await succeeds({ max_age: "15000" });
    const second = await succeeds({ max_age: "10000" });
    expect([second.idToken.sub, second.idToken.auth_time]).toEqual([first.idToken.sub, first.idToken.auth_time]);
    expect(first.idToken.auth_time).toEqual(expect.any(Number));
  });

  test("oidcc-ensure-request-with-unknown-parameter-succeeds: unknown parameters are ignored", async () => {
    await succeeds({ extra: "foobar" });
  });

  test("oidcc-id-token-hint: the user of the hint answers without asking; nobody else may", async () => {
    const { provider, signedIn, person } = world();
    const first = await signedIn.authorize(asked());
    const { tokens, parameters } = await checkAnswer(
      asked({ state: first.parameters.state, nonce: undefined }),
      first,
    ).catch(() => ({ tokens: null, parameters: first.parameters }));
    const hint = text(tokens?.id_token ?? parameters.id_token) || (await idTokenOf());
    const request = asked({ prompt: "none", id_token_hint: hint });
    const { idToken } = await checkAnswer(request, await signedIn.authorize(request));
    expect(idToken.sub).toBe(person.userId);
    const stranger = await provider.addPerson();
    const others = visitor(provider, stranger);
    await others.authorize(asked());
    expect(await refused(asked({ prompt: "none", id_token_hint: hint }), others)).toBe("login_required");
  });
  const idTokenOf = async (): Promise<string> => {
    const { client, provider, signedIn } = world();
    const answer = await signedIn.authorize(requestOf(client));
    return text((await redeem(provider, client, text(answer.parameters.code))).body.id_token);
  };

  test("oidcc-login-hint: the hint stands in the sign-in's form", async () => {
    const { person, provider } = world();
    const request = asked({ login_hint: person.userName });
    const browser = visitor(provider, person);
    const begun = await browser.get(`${provider.metadata.authorization_endpoint}?${new URLSearchParams(request)}`);
    const page = await browser.get(begun.location ?? "");
    expect(page.html).toContain(`value="${person.userName}"`);
    await checkAnswer(request, await browser.authorize(request));
  });

  test("oidcc-ui-locales: the pages speak the language asked for", async () => {
    const { person, provider } = world();
    const request = asked({ ui_locales: "xx de en" });
    const browser = visitor(provider, person);
    const begun = await browser.get(`${provider.metadata.authorization_endpoint}?${new URLSearchParams(request)}`);
    expect((await browser.get(begun.location ?? "")).html).toContain('<html lang="de"');
    await succeeds({ ui_locales: "se" });
  });

  test("oidcc-claims-locales: claims_locales is accepted", async () => {
    await succeeds({ claims_locales: "se" });
  });

  test("oidcc-ensure-request-with-acr-values-succeeds: acr is one that was asked for", async () => {
    const supported = world().provider.metadata.acr_values_supported as readonly string[];
    const { idToken } = await succeeds({ acr_values: supported.join(" ") });
    expect(supported).toContain(idToken.acr);
    const { idToken: unknown } = await succeeds({ acr_values: "1 2" });
    expect(["1", "2"]).not.toContain(unknown.acr);
  });

  test("oidcc-claims-essential: a claim that is asked for by itself comes alone", async () => {
    const where = hasToken ? "userinfo" : "id_token";
    const done = await succeeds({ claims: JSON.stringify({ [where]: { name: { essential: true } } }) });
    const claims = await learned(done);
    expect(claims.name).toBe("Vera Winzer");
    expect(claims).not.toHaveProperty("given_name");
    if (hasToken) expect(done.idToken).not.toHaveProperty("name");
  });

  test("oidcc-ensure-registered-redirect-uri: an unregistered redirect URI gets a page for the person", async () => {
    const answer = await world().signedIn.authorize(asked({ redirect_uri: "https://rp.example/other" }));
    expect([answer.by, answer.status]).toEqual(["page", 400]);
    expect(answer.html).toContain("<html");
  });

  test("oidcc-ensure-redirect-uri-in-authorization-request: the redirect URI is required", async () => {
    const answer = await world().signedIn.authorize(asked({ redirect_uri: undefined }));
    expect([answer.by, answer.status]).toEqual(["page", 400]);
  });

  test("oidcc-ensure-post-request-succeeds: the request may come by POST", async () => {
    const { person, provider } = world();
    const request = asked();
    await checkAnswer(request, await visitor(provider, person).authorize(request, { method: "POST" }));
  });

  test("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: what it says is asked for", async () => {
    const request = asked();
    const unsigned = `${encode({ alg: "none" })}.${encode({ state: "of-the-object" })}.`;
    const answer = await world().signedIn.authorize({ ...request, request: unsigned });
    await checkAnswer({ ...request, state: "of-the-object" }, answer);
  });

  test("oidcc-ensure-request-object-with-redirect-uri: the one of the object counts, the one beside it does not", async () => {
    const request = asked();
    const unsigned = `${encode({ alg: "none" })}.${encode({ redirect_uri: request.redirect_uri })}.`;
    const beside = { ...request, redirect_uri: "https://evil.example/callback", request: unsigned };
    await checkAnswer(request, await world().signedIn.authorize(beside));
    const elsewhere = `${encode({ alg: "none" })}.${encode({ redirect_uri: "https://evil.example/callback" })}.`;
    expect((await world().signedIn.authorize({ ...request, request: elsewhere })).by).toBe("page");
  });

  test("oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported: only from registered places", async () => {
    const answer = await world().signedIn.authorize({ ...asked(), request_uri: "https://rp.example/request.jwt" });
    expect(answer.by).toBe("page");
  });

  if (!parts.code) return;

  test("oidcc-codereuse: a code works once", async () => {
    const { provider, client } = world();
    const { parameters } = await succeeds();
    const again = await redeem(provider, client, text(parameters.code));
    expect([again.status, again.body.error]).toEqual([400, "invalid_grant"]);
  });

  test("oidcc-codereuse-30seconds: what the code gave is revoked when it comes again", async () => {
    const { provider, client } = world();
    const { parameters, tokens } = await succeeds();
    const token = text(tokens?.access_token);
    expect((await provider.userinfo(token)).status).toBe(200);
    expect((await redeem(provider, client, text(parameters.code))).body.error).toBe("invalid_grant");
    expect((await provider.userinfo(token)).status).toBe(401);
  });

  test("oidcc-server-client-secret-post: the secret may come in the form", async () => {
    const { provider, client, signedIn } = world();
    const request = asked();
    const { parameters } = await signedIn.authorize(request);
    const answer = await askToken(provider, {
      grant_type: "authorization_code",
      code: text(parameters.code),
      redirect_uri: client.redirectUri,
      client_id: client.clientId,
      client_secret: client.clientSecret,
    });
    expect(answer.status).toBe(200);
    expect(await provider.verifyIdToken(text(answer.body.id_token), client)).toMatchObject({ nonce: request.nonce });
  });

  test("oidcc-refresh-token: a refresh token gives a new ID token of the same sign-in, and only to its client", async () => {
    const { provider, client, other } = world();
    const { tokens, idToken } = await succeeds({ scope: "openid offline_access", prompt: "consent" });
    const form = { grant_type: "refresh_token", refresh_token: text(tokens?.refresh_token) };
    const stolen = await askToken(provider, form, { authorization: basicOf(other) });
    expect([stolen.status, stolen.body.error]).toEqual([400, "invalid_grant"]);
    const { status, body } = await askToken(provider, form, { authorization: basicOf(client) });
    expect(status, JSON.stringify(body)).toBe(200);
    const renewed = await provider.verifyIdToken(text(body.id_token), client);
    for (const name of ["iss", "sub", "aud", "auth_time", "azp"]) expect(renewed[name]).toEqual(idToken[name]);
  });

  test("oidcc-ensure-request-with-valid-pkce-succeeds: a challenge is checked with its verifier", async () => {
    const { provider, client, signedIn } = world();
    const { verifier, challenge } = pkcePair();
    const pkce = { code_challenge: challenge, code_challenge_method: "S256" };
    const { parameters } = await signedIn.authorize(asked(pkce));
    const done = await redeem(provider, client, text(parameters.code), { code_verifier: verifier });
    expect(done.status).toBe(200);
    const second = await signedIn.authorize(asked(pkce));
    const wrong = await redeem(provider, client, text(second.parameters.code), { code_verifier: pkcePair().verifier });
    expect(wrong.body.error).toBe("invalid_grant");
  });
};

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const both = async (
  authorize: (request: Parameters) => Promise<Answer>,
  request: Parameters,
): Promise<[Parameters, Answer]> => [request, await authorize(request)];
