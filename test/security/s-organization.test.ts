import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testPassword } from "../harness/client.ts";
import {
  askToken,
  basicOf,
  openProvider,
  type Provider,
  redeem,
  requestOf,
  type TestClient,
  visitor,
} from "../harness/conformance.ts";

/**
 * Flaw class S: the scope that names an organization was not held to on every way. `own` is of the organization that is
 * asked for, `foreign` of another one; both may sign in here in every other respect.
 */
let provider: Provider;
let client: TestClient;
let own: { readonly userId: string; readonly userName: string; readonly password: string };
let foreign: typeof own;
let foreignOrg: string;

const byId = () => `urn:zitadel:iam:org:id:${provider.orgId}`;

beforeAll(async () => {
  provider = await openProvider();
  const { directory } = provider;
  client = await provider.addClient(
    {
      grantTypes: [
        "OIDC_GRANT_TYPE_AUTHORIZATION_CODE",
        "OIDC_GRANT_TYPE_REFRESH_TOKEN",
        "OIDC_GRANT_TYPE_DEVICE_CODE",
        "OIDC_GRANT_TYPE_TOKEN_EXCHANGE",
      ],
      responseTypes: ["OIDC_RESPONSE_TYPE_CODE"],
    },
    { additionalGrantTypes: ["urn:openid:params:grant-type:ciba"], backchannelTokenDeliveryMode: "poll" },
  );
  own = await provider.addPerson();
  foreignOrg = await directory.addOrg("Elsewhere");
  const userId = await directory.addUser(foreignOrg, { userName: "foreigner" });
  foreign = { userId, userName: "foreigner", password: testPassword };
});
afterAll(() => provider?.stop());

const post = (path: string, form: Record<string, string>) =>
  fetch(`${provider.munot.url}${path}`, {
    method: "POST",
    headers: { authorization: basicOf(client) },
    body: new URLSearchParams(form),
  });

describe("a sign-in for one organization", () => {
  test("its own user signs in, and the tokens say so", async () => {
    const { parameters } = await visitor(provider, own).authorize(requestOf(client, { scope: `openid ${byId()}` }));
    const { body } = await redeem(provider, client, parameters["code"] ?? "");
    const info = await (await provider.userinfo(String(body["access_token"]))).json();
    expect(info).toMatchObject({ "urn:zitadel:iam:org:id": provider.orgId });
  });

  test("a session of somebody else answers neither silently, nor by itself, nor when it is chosen", async () => {
    const browser = visitor(provider, foreign);
    expect((await browser.authorize(requestOf(client))).parameters["code"]).toMatch(/^ac_/);
    const scope = `openid ${byId()}`;
    expect((await browser.authorize(requestOf(client, { scope, prompt: "none" }))).parameters["error"]).toBe(
      "login_required",
    );

    const begun = await browser.get(
      `${provider.metadata["authorization_endpoint"]}?${new URLSearchParams(requestOf(client, { scope }))}`,
    );
    const page = await browser.get(begun.location ?? "");
    expect([page.status, page.html.includes('name="loginName"')]).toEqual([200, true]);
    const accounts = await browser.get((begun.location ?? "").replace("/ui/login", "/ui/login/accounts"));
    const session = /name="choose" value="([^"]+)"/.exec(accounts.html)?.[1] ?? "";
    const chosen = await browser.submit(accounts, { choose: session });
    expect(chosen.location).toBeNull();
    // Nobody of that name is known here.
    const named = await browser.submit(page, { loginName: foreign.userName });
    expect(named.status).toBe(422);
    // Nor does the password page, sent without being asked, lead on.
    const password = await browser.post("/ui/login/password", {
      csrf: /name="csrf" value="([^"]+)"/.exec(page.html)?.[1] ?? "",
      authRequestId: /name="authRequestId" value="([^"]+)"/.exec(page.html)?.[1] ?? "",
      loginName: foreign.userName,
      password: foreign.password,
    });
    expect(password.location).toBeNull();
  });

  test("a login built on the API cannot answer it with somebody else", async () => {
    const { munot, directory } = provider;
    const begun = await fetch(
      `${provider.metadata["authorization_endpoint"]}?${new URLSearchParams(requestOf(client, { scope: `openid ${byId()}` }))}`,
      { redirect: "manual" },
    );
    const authRequestId = new URL(begun.headers.get("location") ?? "", munot.url).searchParams.get("authRequest");
    const answer = await directory.call(munot.loginClientPat, "oidc.v2.OIDCService/CreateCallback", {
      authRequestId,
      session: await directory.addSession(foreign.userId),
    });
    expect(answer.code).toBe("permission_denied");
  });

  test("a device is not let in by somebody else (RFC 8628)", async () => {
    const { munot, directory } = provider;
    // The device endpoint's answer is a JSON object (RFC 8628 §3.2).
    const asked = (await (
      await post("/oauth/v2/device_authorization", { scope: `openid ${byId()}` })
    ).json()) as Record<string, string>;
    const found = await directory.must(munot.loginClientPat, "oidc.v2.OIDCService/GetDeviceAuthorizationRequest", {
      userCode: asked["user_code"],
    });
    const { id } = found["deviceAuthorizationRequest"] as { id: string };
    const decide = async (userId: string) =>
      (
        await directory.call(munot.loginClientPat, "oidc.v2.OIDCService/AuthorizeOrDenyDeviceAuthorization", {
          deviceAuthorizationId: id,
          session: await directory.addSession(userId),
        })
      ).code;
    expect(await decide(foreign.userId)).toBe("permission_denied");
    expect(await decide(own.userId)).toBe("ok");
  });

  test("nobody else is asked for it out of band (CIBA)", async () => {
    const ask = (person: typeof own) =>
      post("/oauth/v2/bc-authorize", { scope: `openid ${byId()}`, login_hint: person.userName });
    expect((await ask(own)).status).toBe(200);
    const { munot, directory } = provider;
    const answer = await ask(foreign);
    // CIBA Core 1.0 §7.3 and §13: a JSON object.
    const body = (await answer.json()) as Record<string, string>;
    if (answer.status === 200) {
      const decided = await directory.call(
        munot.loginClientPat,
        "oidc.v2.OIDCService/AuthorizeOrDenyDeviceAuthorization",
        {
          deviceAuthorizationId: body["auth_req_id"],
          session: await directory.addSession(foreign.userId),
        },
      );
      expect(decided.code).not.toBe("ok");
    } else expect(body["error"]).toBe("unknown_user_id");
  });

  test("a service account of another organization gets no token for it", async () => {
    const { munot, directory } = provider;
    const ask = async (orgId: string, name: string) => {
      const userId = await directory.addMachine(orgId, name);
      const made = await directory.must(munot.ownerPat, "user.v2.UserService/AddSecret", { userId });
      return askToken(provider, {
        grant_type: "client_credentials",
        client_id: name,
        client_secret: String(made["clientSecret"]),
        scope: `openid ${byId()}`,
      });
    };
    expect((await ask(provider.orgId, "robot-of-ours")).status).toBe(200);
    expect((await ask(foreignOrg, "robot-of-theirs")).body).toMatchObject({ error: "invalid_grant" });
  });

  test("an exchange does not widen a token to another organization (RFC 8693)", async () => {
    const { parameters } = await visitor(provider, foreign).authorize(requestOf(client));
    const { body } = await redeem(provider, client, parameters["code"] ?? "");
    const exchanged = await askToken(
      provider,
      {
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token: String(body["access_token"]),
        subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
        scope: `openid ${byId()}`,
      },
      { authorization: basicOf(client) },
    );
    expect(exchanged.status).toBe(400);
  });

  test("a refresh after the organization's primary domain has changed gives nothing more for the old one", async () => {
    const { munot, directory } = provider;
    const organizationId = await directory.addOrg("Moving");
    const listed = await directory.must(munot.ownerPat, "org.v2.OrganizationService/ListOrganizations", {
      queries: [{ idQuery: { id: organizationId } }],
    });
    const [{ primaryDomain }] = listed["result"] as [{ primaryDomain: string }];
    const userId = await directory.addUser(organizationId, { userName: "mover" });
    const mover = { userId, userName: "mover", password: testPassword };
    const scope = `openid offline_access urn:zitadel:iam:org:domain:primary:${primaryDomain}`;
    const { parameters } = await visitor(provider, mover).authorize(requestOf(client, { scope }));
    const { body } = await redeem(provider, client, parameters["code"] ?? "");
    expect(body["refresh_token"]).toEqual(expect.any(String));
    await directory.must(munot.ownerPat, "org.v2beta.OrganizationService/UpdateOrganization", {
      id: organizationId,
      name: "Moved",
    });
    const form = { grant_type: "refresh_token", refresh_token: String(body["refresh_token"]) };
    expect((await askToken(provider, form, { authorization: basicOf(client) })).body).toMatchObject({
      error: "invalid_grant",
    });
  });
});
