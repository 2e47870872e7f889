import { create } from "@bufbuild/protobuf";
import { ErrorReason, Prompt } from "@zitadel/proto/zitadel/oidc/v2/authorization_pb.js";
import { OIDCService } from "@zitadel/proto/zitadel/oidc/v2/oidc_service_pb.js";
import { expect, test } from "vitest";
import { housePassword, openHouse } from "../../../test/harness/house.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import { clientId } from "../../kernel/ids.ts";
import { createSession } from "../session/create-session.ts";
import { authRequestReader } from "./auth-request.queries.ts";
import { decoupledReader } from "./decoupled.queries.ts";
import { oidcService } from "./oidc.rpc.ts";
import { startAuthRequest } from "./start-auth-request.ts";

const issuer = "http://localhost:8080";

describeOnBothDatabases("OIDCService", (open) => {
  const prepare = async () => {
    const house = await openHouse(open);
    const service = oidcService({
      run: house.run,
      authRequests: authRequestReader({ db: house.db }),
      sessions: house.sessions,
      decoupled: decoupledReader({ db: house.db }),
      hashUserCode: (code) => code,
      answers: {
        completed: async (_ctx, from, { requested, code }) =>
          `${requested.redirectUri}?${new URLSearchParams({ code: code ?? "", state: requested.state ?? "", iss: from })}`,
        failed: async (_ctx, from, to, { error, errorDescription = "" }) =>
          `${to.redirectUri}?${new URLSearchParams({ error, error_description: errorDescription, state: to.state ?? "", iss: from })}`,
      },
    });
    // biome-ignore lint/suspicious/noExplicitAny: answers are compared by their shape
    const call = async (method: keyof typeof OIDCService.method, request: object, actor: Actor): Promise<any> => {
      const built = service.methods.get(method);
      if (built === undefined) throw new Error(`no ${method}`);
      const at = { ctx: house.as(actor), orgHeader: null, publicUrl: issuer, acceptLanguage: "" };
      return built(create(OIDCService.method[method].input, request), at);
    };
    const userId = await house.addUser("ada");
    const signedIn = await house.run(createSession, house.as(house.login), {
      checks: { user: { userId }, password: { password: housePassword } },
    });
    if (signedIn.result.is !== "written") throw new Error("not signed in");
    const { sessionId, token } = signedIn.result;
    const start = async () =>
      (
        await house.run(startAuthRequest, house.as(house.login), {
          clientId: clientId.parse("client-1"),
          redirectUri: "https://app.example.com/cb",
          responseType: "code",
          responseMode: "query",
          scope: ["openid", "profile"],
          audience: [],
          state: "state-1",
          nonce: null,
          codeChallenge: null,
          prompt: ["select_account"],
          maxAgeSeconds: 600,
          uiLocales: ["de"],
          acrValues: [],
          hintUserId: null,
          orgId: null,
          browserId: null,
          loginClientId: null,
          loginHint: "ada",
        })
      ).result.authRequestId;
    return { house, call, start, userId, session: { sessionId, sessionToken: token } };
  };

  test("GetAuthRequest tells a login client what was asked, and others nothing", async () => {
    const { house, call, start, userId } = await prepare();
    const authRequestId = await start();
    const { authRequest } = await call("getAuthRequest", { authRequestId }, house.login);
    expect(authRequest).toMatchObject({
      id: authRequestId,
      clientId: "client-1",
      scope: ["openid", "profile"],
      redirectUri: "https://app.example.com/cb",
      prompt: [Prompt.SELECT_ACCOUNT],
      uiLocales: ["de"],
      loginHint: "ada",
      maxAge: { seconds: 600n },
    });
    const plain: Actor = { kind: "user", userId, orgId: house.orgId, memberships: [], via: "pat" };
    await expect(call("getAuthRequest", { authRequestId }, plain)).rejects.toMatchObject({ code: "auth.denied" });
    await expect(call("getAuthRequest", { authRequestId: "V2_9" }, house.login)).rejects.toMatchObject({
      code: "auth_request.not_found",
    });
  });

  test("CreateCallback answers with a code for a session and its token, once; session.link is needed", async () => {
    const { house, call, start, session } = await prepare();
    const authRequestId = await start();
    const request = { authRequestId, callbackKind: { case: "session", value: session } };
    await expect(call("createCallback", request, house.owner)).rejects.toMatchObject({ code: "auth.denied" });
    const { callbackUrl } = await call("createCallback", request, house.login);
    const url = new URL(callbackUrl);
    expect(url.origin + url.pathname).toBe("https://app.example.com/cb");
    expect(url.searchParams.get("code")).toMatch(/^ac_/);
    expect(url.searchParams.get("state")).toBe("state-1");
    expect(url.searchParams.get("iss")).toBe(issuer);
    await expect(call("createCallback", request, house.login)).rejects.toMatchObject({ code: "auth_request.done" });
    await expect(call("getAuthRequest", { authRequestId }, house.login)).rejects.toMatchObject({
      code: "auth_request.done",
    });
  });

  test("CreateCallback answers with an error", async () => {
    const { house, call, start } = await prepare();
    const error = { error: ErrorReason.ACCESS_DENIED, errorDescription: "Not today" };
    const request = { authRequestId: await start(), callbackKind: { case: "error", value: error } };
    const { callbackUrl } = await call("createCallback", request, house.login);
    expect(Object.fromEntries(new URL(callbackUrl).searchParams)).toEqual({
      error: "access_denied",
      error_description: "Not today",
      state: "state-1",
      iss: issuer,
    });
  });
});
