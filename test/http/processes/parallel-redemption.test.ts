import { afterAll, beforeAll, expect, test } from "vitest";
import { directoryOf, type OidcClient, redirectUri, rpcClient, testPassword } from "../../harness/client.ts";
import { type RunningProcesses, startProcesses } from "../../harness/processes.ts";

const deviceCode = "urn:ietf:params:oauth:grant-type:device_code";
const attempts = 12;

let munot: RunningProcesses;
let client: OidcClient;
let userId: string;

type Answer = { readonly status: number; readonly body: Readonly<Record<string, string>> };

const post = async (node: number, path: string, form: Readonly<Record<string, string>>): Promise<Answer> => {
  const answer = await fetch(`${munot.nodes[node % munot.nodes.length]?.url}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: `Basic ${Buffer.from(`${client.clientId}:${client.clientSecret}`).toString("base64")}`,
    },
    body: new URLSearchParams(form),
  });
  // Answers of these endpoints are JSON objects (RFC 6749 §5.1, §5.2).
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
};
const token = (node: number, form: Readonly<Record<string, string>>) => post(node, "/oauth/v2/token", form);
/** The same request at the same moment, in turn to one process and the other. */
const race = (form: Readonly<Record<string, string>>): Promise<readonly Answer[]> =>
  Promise.all(Array.from({ length: attempts }, (_, index) => token(index, form)));
const userinfo = async (accessToken = ""): Promise<number> =>
  (await fetch(`${munot.url}/oidc/v1/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } })).status;
const given = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 200);

const loginClient = (method: string, message: object) =>
  rpcClient(munot.url).must(munot.loginClientPat, method, message);
const session = async () => {
  const { sessionId, sessionToken } = await loginClient("session.v2.SessionService/CreateSession", {
    checks: { user: { userId }, password: { password: testPassword } },
  });
  return { sessionId, sessionToken };
};
const codeForm = async () => {
  const verifier = "v".repeat(43);
  const challenge = Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))).toString(
    "base64url",
  );
  const query = new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid offline_access",
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  const begun = await fetch(`${munot.url}/oauth/v2/authorize?${query}`, { redirect: "manual" });
  const authRequestId = new URL(begun.headers.get("location") ?? "", munot.url).searchParams.get("authRequest");
  const { callbackUrl } = await loginClient("oidc.v2.OIDCService/CreateCallback", {
    authRequestId,
    session: await session(),
  });
  return {
    grant_type: "authorization_code",
    code: new URL(String(callbackUrl)).searchParams.get("code") ?? "",
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
};

beforeAll(async () => {
  munot = await startProcesses();
  const directory = directoryOf(munot);
  const orgId = await directory.addOrg("Acme");
  const projectId = await directory.addProject(orgId, "Notes");
  client = await directory.addClient(projectId, "Notes", {
    grantTypes: ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE", "OIDC_GRANT_TYPE_REFRESH_TOKEN", "OIDC_GRANT_TYPE_DEVICE_CODE"],
  });
  userId = await directory.addUser(orgId, { userName: "ada" });
});
afterAll(() => munot?.stop());

test("one code on two processes: one redemption wins, and the others revoke what it gave (RFC 6749 §4.1.2)", async () => {
  const won = given(await race(await codeForm()));
  expect(won).toHaveLength(1);
  expect(await userinfo(won[0]?.body["access_token"])).toBe(401);
});

test("one refresh token on two processes: one use wins, and the others end the family", async () => {
  const first = (await token(0, await codeForm())).body;
  const won = given(await race({ grant_type: "refresh_token", refresh_token: first["refresh_token"] ?? "" }));
  expect(won).toHaveLength(1);
  for (const { body } of [{ body: first }, ...won]) {
    expect(await userinfo(body["access_token"])).toBe(401);
    const again = await token(1, { grant_type: "refresh_token", refresh_token: body["refresh_token"] ?? "" });
    expect(again.body).toMatchObject({ error: "invalid_grant" });
  }
});

test("one device code on two processes: one redemption wins, and the others revoke what it gave", async () => {
  const asked = await post(0, "/oauth/v2/device_authorization", { scope: "openid offline_access" });
  const found = await loginClient("oidc.v2.OIDCService/GetDeviceAuthorizationRequest", {
    userCode: asked.body["user_code"],
  });
  // GetDeviceAuthorizationRequestResponse in JSON.
  const { id } = found["deviceAuthorizationRequest"] as { readonly id: string };
  await loginClient("oidc.v2.OIDCService/AuthorizeOrDenyDeviceAuthorization", {
    deviceAuthorizationId: id,
    session: await session(),
  });
  const won = given(await race({ grant_type: deviceCode, device_code: asked.body["device_code"] ?? "" }));
  expect(won).toHaveLength(1);
  expect(await userinfo(won[0]?.body["access_token"])).toBe(401);
});

test("one device code that waits, asked for on two processes: each hears of the other's pace", async () => {
  const asked = await post(1, "/oauth/v2/device_authorization", { scope: "openid" });
  const answers = await race({ grant_type: deviceCode, device_code: asked.body["device_code"] ?? "" });
  const errors = answers.map(({ body }) => body["error"]);
  expect(errors.filter((error) => error === "authorization_pending")).toHaveLength(1);
  expect(errors.filter((error) => error === "slow_down")).toHaveLength(attempts - 1);
});
