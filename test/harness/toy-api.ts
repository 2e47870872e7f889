import { OrganizationService } from "@zitadel/proto/zitadel/org/v2/org_service_pb.js";
import { SessionService } from "@zitadel/proto/zitadel/session/v2/session_service_pb.js";
import { UserService } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import Fastify from "fastify";
import type { CallerInfo } from "../../src/api/caller.ts";
import { createApi } from "../../src/api/router.ts";
import type { Ctx } from "../../src/kernel/actor.ts";
import { instanceId, orgId, userId } from "../../src/kernel/ids.ts";
import { Refusal } from "../../src/kernel/refusal.ts";
import { instantFromSeconds } from "../../src/kernel/time.ts";
import { listDetailsOf, pageOf } from "../../src/platform/http/details.ts";
import { parseTrustedProxies } from "../../src/platform/http/proxies.ts";
import { type Call, type RpcService, rpcService } from "../../src/platform/http/rpc.ts";
import { createHttpServer, type HttpServerOptions } from "../../src/platform/http/server.ts";

const actor = (authorization: string | null): Ctx["actor"] => {
  if (authorization === null) return { kind: "anonymous" };
  if (authorization !== "Bearer good") throw new Refusal("auth.token_invalid");
  return {
    kind: "user",
    userId: userId.parse("1"),
    orgId: orgId.parse("2"),
    memberships: [{ level: "instance", roles: ["IAM_OWNER"] }],
    via: "pat",
  };
};

/** A few methods of real services, without anything behind them, on a real port: for tests of the transport. */
export const startToyApi = async (server: Partial<Pick<HttpServerOptions, "tls" | "limits">> = {}) => {
  const callers: CallerInfo[] = [];
  const defects: unknown[] = [];
  let ready = true;

  const authenticate = async (caller: CallerInfo): Promise<Call> => {
    callers.push(caller);
    return {
      ctx: {
        instanceId: instanceId.parse("toy"),
        actor: actor(caller.authorization),
        now: instantFromSeconds(1_800_000_000),
        client: { ip: caller.ip, userAgent: caller.userAgent },
      },
      orgHeader: null,
      publicUrl: "https://id.example.com",
      acceptLanguage: caller.acceptLanguage,
    };
  };

  // Typed as the router sees them.
  const services: RpcService[] = [
    rpcService(SessionService, {
      getSession: async ({ sessionId, sessionToken }) => {
        if (sessionId === "missing") throw new Refusal("session.not_found");
        if (sessionId === "broken") throw new Error("the secret reason");
        return { session: { id: sessionId, userAgent: { description: sessionToken ?? "" } } };
      },
      deleteSession: async ({ sessionId, sessionToken }) => ({
        details: { sequence: 7n, resourceOwner: `${sessionId}/${sessionToken ?? ""}` },
      }),
      setSession: async () => {
        throw new Refusal("user.password_wrong", { failedAttempts: 3 });
      },
    }),
    rpcService(UserService, {
      listUsers: async ({ query, queries }, call) => {
        const page = pageOf(query);
        return {
          details: listDetailsOf(page.limit, call),
          result: queries.map((one) => ({ userId: one.query.case ?? "" })),
        };
      },
      getUserByID: async (request, call) => {
        if (call.ctx.actor.kind === "anonymous") throw new Refusal("auth.missing");
        return { user: { userId: request.userId } };
      },
      addHumanUser: async ({ userId: id }) => ({ userId: id ?? "" }),
    }),
    rpcService(OrganizationService, {
      addOrganization: async ({ name }, call) => {
        if (call.ctx.actor.kind === "anonymous") throw new Refusal("auth.missing");
        return { organizationId: `org-${name}`, details: { sequence: 1n, resourceOwner: "o" } };
      },
    }),
  ];

  const api = createApi({
    services,
    authenticate,
    trustedProxies: parseTrustedProxies([]),
    isReady: () => ready,
    onError: (error) => defects.push(error),
  });
  const app = Fastify();
  app.get("/page", async () => "a page");
  await app.ready();
  const http = createHttpServer({ api, app, onError: (error) => defects.push(error), ...server });
  const port = await http.listen(0, "127.0.0.1");
  return {
    port,
    url: `${server.tls ? "https" : "http"}://127.0.0.1:${port}`,
    services,
    callers,
    defects,
    setReady: (value: boolean) => {
      ready = value;
    },
    http,
    stop: async () => {
      await http.close(500);
      await app.close();
    },
  };
};
