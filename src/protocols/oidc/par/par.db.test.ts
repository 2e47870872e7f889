import { expect, test } from "vitest";
import { challenge, issuer, openOidc, redirectUri } from "../../../../test/harness/oidc.ts";
import { newSigner, setSettings } from "../../../../test/harness/signer.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import { applicationId, type ClientId, type UserId, userId } from "../../../kernel/ids.ts";
import { deactivateApplication } from "../../../modules/application/deactivate-application.ts";
import { completeAuthRequest } from "../../../modules/auth-request/complete-auth-request.ts";
import { createSession } from "../../../modules/session/create-session.ts";

const parUrl = `${issuer}/oauth/v2/par`;
const password = "Rheinfall-1589!";

describeOnBothDatabases("pushed authorization requests (RFC 9126)", (open) => {
  const start = async () => {
    const oidc = await openOidc(open);
    const [web, other, ada] = [
      await oidc.addApp("web", { authMethod: "post" }),
      await oidc.addApp("other", { authMethod: "post" }),
      await oidc.addUser("ada"),
    ];
    const proven = { client_id: web.clientId, client_secret: web.secret };
    const push = (more: Readonly<Record<string, string>> = {}, headers: Readonly<Record<string, string>> = {}) =>
      oidc.post("/oauth/v2/par", { ...oidc.usual(web.clientId), ...proven, ...more }, headers);
    const pushed = async (more: Readonly<Record<string, string>> = {}) => (await push(more)).json().request_uri;
    const bring = (requestUri: string, client: ClientId = web.clientId, more: Readonly<Record<string, string>> = {}) =>
      oidc.authorize({ client_id: client, request_uri: requestUri, ...more });
    const idOf = (answer: Awaited<ReturnType<typeof bring>>) =>
      new URL(answer.headers.location ?? "", issuer).searchParams.get("authRequest");
    const signIn = async (user: UserId) => {
      const { result } = await oidc.run(createSession, oidc.as(oidc.login), {
        checks: { user: { userId: user }, password: { password } },
      });
      if (result.is !== "written") throw new Error("not signed in");
      return { sessionId: result.sessionId, userId: user, proof: { by: "token" as const, token: result.token } };
    };
    const complete = (authRequestId: string | null, session: Awaited<ReturnType<typeof signIn>>) =>
      oidc.run(completeAuthRequest, oidc.as(oidc.login), { authRequestId: authRequestId ?? "", ...session });
    return { ...oidc, web, other, ada, proven, push, pushed, bring, idOf, signIn, complete };
  };

  test("a pushed request is brought by its reference and ends in tokens; nothing beside the reference counts", async () => {
    const oidc = await start();
    const answer = await oidc.push();
    expect([answer.statusCode, answer.json().expires_in]).toEqual([201, 60]);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.json().request_uri).toMatch(/^urn:ietf:params:oauth:request_uri:pr_\d+\.[\w-]{43}$/);
    const begun = await oidc.bring(answer.json().request_uri, oidc.web.clientId, { state: "another", scope: "openid" });
    expect(begun.headers.location).toMatch(/^\/ui\/login\?authRequest=V2_/);
    const { result } = await oidc.complete(oidc.idOf(begun), await oidc.signIn(oidc.ada));
    expect(result.requested).toMatchObject({ state: "the-state", scope: expect.arrayContaining(["email"]) });
    const secret = { client_secret: oidc.web.secret };
    expect((await oidc.redeem(oidc.web.clientId, result.code ?? "", secret)).statusCode).toBe(200);
    const discovery = (await oidc.app.inject({ url: "/.well-known/openid-configuration" })).json();
    expect(discovery.pushed_authorization_request_endpoint).toBe(parUrl);
  });

  test("the client must prove itself, and its request is checked as if a browser had brought it", async () => {
    const oidc = await start();
    const refused: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      invalid_client: { client_secret: "wrong" },
      invalid_request: { redirect_uri: "https://evil.example/callback" },
      invalid_scope: { scope: "nothing-known" },
      unsupported_response_type: { response_type: "code code2" },
      invalid_target: { resource: "https://unknown.example" },
    };
    for (const [error, more] of Object.entries(refused)) expect((await oidc.push(more)).json().error).toBe(error);
    expect((await oidc.push({ request_uri: "urn:ietf:params:oauth:request_uri:x" })).json().error).toBe(
      "invalid_request",
    );
    expect((await oidc.push({ code_challenge: challenge, code_challenge_method: "plain" })).json().error).toBe(
      "invalid_request",
    );
    const got = await oidc.app.inject({ url: "/oauth/v2/par" });
    expect(got.statusCode).toBeGreaterThanOrEqual(400);
    expect((await oidc.push({ state: "x".repeat(70_000) })).json().error).toBe("invalid_request");
  });

  test("a reference is its client's alone, for a minute, and only as it was given", async () => {
    const oidc = await start();
    const page = async (uri: string, client = oidc.web.clientId) => (await oidc.bring(uri, client)).body;
    const uri = await oidc.pushed();
    expect(await page(uri, oidc.other.clientId)).toBe("page: request");
    expect(await page(`${uri.slice(0, -1)}${uri.endsWith("A") ? "B" : "A"}`)).toBe("page: request");
    expect(await page(`${uri}A`)).toBe("page: request");
    expect(await page("urn:ietf:params:oauth:request_uri:pr_1.x")).toBe("page: request");
    expect((await oidc.bring(uri)).statusCode).toBe(303);
    oidc.pass(61);
    expect(await page(uri)).toBe("page: request");
  });

  test("it may be loaded again until it is answered, and is answered once, however many at a time", async () => {
    const oidc = await start();
    const uri = await oidc.pushed();
    const ids = await Promise.all(Array.from({ length: 5 }, async () => oidc.idOf(await oidc.bring(uri))));
    expect(new Set(ids).size).toBe(5);
    const session = await oidc.signIn(oidc.ada);
    const done = await Promise.allSettled(ids.map((id) => oidc.complete(id, session)));
    expect(done.filter(({ status }) => status === "fulfilled").length).toBe(1);
    const codes = done.flatMap((one) => (one.status === "rejected" ? one.reason.code : []));
    expect(codes).toEqual(Array.from({ length: 4 }, () => "auth_request.done"));
    expect((await oidc.bring(uri)).body).toBe("page: request");
  });

  test("who must push cannot send a request by the browser (§6)", async () => {
    const oidc = await start();
    await setSettings(oidc, oidc.web, { requirePushedAuthorizationRequests: true });
    const plain = await oidc.authorize(oidc.usual(oidc.web.clientId));
    expect(plain.headers.location).toMatch(new RegExp(`^${redirectUri}\\?error=invalid_request`));
    expect((await oidc.bring(await oidc.pushed())).headers.location).toMatch(/authRequest=/);
  });

  test("a DPoP proof with it binds the code, and must be of the key that dpop_jkt names (RFC 9449 §10.1)", async () => {
    const oidc = await start();
    const [key, other] = [await newSigner(), await newSigner()];
    const now = () => Math.floor(oidc.as(oidc.login).now / 1_000_000);
    const proof = async (by: typeof key, url = parUrl) => ({ dpop: await by.proof({ url, now: now() }) });
    expect((await oidc.push({ dpop_jkt: other.jkt }, await proof(key))).json().error).toBe("invalid_dpop_proof");
    expect((await oidc.push({}, { dpop: "nothing" })).json().error).toBe("invalid_dpop_proof");
    const answer = await oidc.push({}, await proof(key));
    expect(answer.headers["dpop-nonce"]).toBeDefined();
    const begun = await oidc.bring(answer.json().request_uri);
    const { result } = await oidc.complete(oidc.idOf(begun), await oidc.signIn(userId.parse(oidc.ada)));
    const secret = { client_secret: oidc.web.secret };
    const redeem = async (headers: Readonly<Record<string, string>>) =>
      oidc.redeem(oidc.web.clientId, result.code ?? "", secret, headers);
    const tokenUrl = `${issuer}/oauth/v2/token`;
    expect((await redeem(await proof(other, tokenUrl))).json().error).toBe("invalid_grant");
    expect((await redeem(await proof(key, tokenUrl))).json().token_type).toBe("DPoP");
  });

  test("what stops the client stops what it pushed", async () => {
    const oidc = await start();
    const uri = await oidc.pushed();
    await oidc.run(deactivateApplication, oidc.as(oidc.owner), {
      projectId: oidc.projectId,
      applicationId: applicationId.parse(oidc.web.applicationId),
    });
    expect((await oidc.bring(uri)).body).toBe("page: clientUnknown");
    expect((await oidc.push()).json().error).toBe("invalid_client");
  });
});
