import type { MessageInitShape } from "@bufbuild/protobuf";
import { TimestampQueryMethod } from "@zitadel/proto/zitadel/object_pb.js";
import type { RequestChallenges } from "@zitadel/proto/zitadel/session/v2/challenge_pb.js";
import type { SearchQuery, SessionSchema, UserAgent } from "@zitadel/proto/zitadel/session/v2/session_pb.js";
import { type Checks, SessionService } from "@zitadel/proto/zitadel/session/v2/session_service_pb.js";
import { can } from "../../kernel/actor.ts";
import type { Done, Run } from "../../kernel/command.ts";
import { type InstanceId, sessionId, type UserId, userId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { parse } from "../../kernel/runner.ts";
import { fromTimestamp, toTimestamp } from "../../kernel/time.ts";
import { detailsOf, listDetailsOf, pageOf } from "../../platform/http/details.ts";
import { type Call, rpcService } from "../../platform/http/rpc.ts";
import type { StoredToken, TokenReader } from "../token/token.queries.ts";
import { createSession } from "./create-session.ts";
import type { SessionFilter, SessionReader, SessionView } from "./session.queries.ts";
import { mayAsOwner } from "./session-access.ts";
import { setSession } from "./set-session.ts";
import { terminateSession } from "./terminate-session.ts";
import { refuseWrong, type SessionSources, type SessionWritten } from "./write-session.ts";

export type SessionServiceDeps = {
  readonly run: Run<SessionSources>;
  readonly sessions: SessionReader;
  readonly tokens: TokenReader;
  /** the one user whom a login name means */
  readonly findUserByLoginName: (instanceId: InstanceId, loginName: string) => Promise<UserId | null>;
  readonly waitSeconds: (seconds: number) => Promise<void>;
};

/** `zitadel.session.v2.SessionService`. */
export const sessionService = (deps: SessionServiceDeps) => {
  const { run, sessions, tokens } = deps;

  const written = async (done: Done<SessionWritten>) => {
    if (done.result.is === "written") return done.result;
    await deps.waitSeconds(done.result.delaySeconds);
    return refuseWrong(done.result);
  };

  /** The session token that came with a request, if it is the current one of that session. */
  const proven = async (call: Call, id: string, presented: string | undefined): Promise<StoredToken | null> => {
    if (!presented) return null;
    const token = await tokens.verify(call.ctx.instanceId, presented, ["session"], call.ctx.now);
    return token?.sessionId === id ? token : null;
  };

  const checksOf = async (checks: Checks | undefined, call: Call) => {
    if (checks === undefined) return { user: null, password: null };
    refuseUnbuilt(checks, ["webAuthN", "idpIntent", "totp", "otpSms", "otpEmail"]);
    return {
      user: checks.user === undefined ? null : { userId: await userOf(checks.user, call) },
      password: checks.password === undefined ? null : { password: checks.password.password },
    };
  };

  const userOf = async ({ search }: NonNullable<Checks["user"]>, call: Call): Promise<UserId | null> => {
    switch (search.case) {
      case "userId":
        return parse(userId, search.value);
      case "loginName":
        return deps.findUserByLoginName(call.ctx.instanceId, search.value);
      default:
        throw new Refusal("request.invalid", { fields: [{ path: "checks.user", problem: "names no user" }] });
    }
  };

  return rpcService(SessionService, {
    createSession: async (request, call) => {
      refuseChallenges(request.challenges);
      const done = await run(createSession, call.ctx, {
        checks: await checksOf(request.checks, call),
        metadata: base64Values(request.metadata),
        lifetimeSeconds: secondsOf(request.lifetime),
        userAgent: request.userAgent === undefined ? null : userAgentOf(request.userAgent),
      });
      const { sessionId: id, token } = await written(done);
      return { details: detailsOf(done, call), sessionId: id, sessionToken: token };
    },

    setSession: async (request, call) => {
      refuseChallenges(request.challenges);
      const id = parse(sessionId, request.sessionId);
      const row = await sessions.find(call.ctx.instanceId, id, call.ctx.now);
      const done = await run(setSession, call.ctx, {
        sessionId: id,
        sessionUserId: row?.userId ?? null,
        checks: await checksOf(request.checks, call),
        metadata: base64Values(request.metadata),
        lifetimeSeconds: secondsOf(request.lifetime),
      });
      const { token } = await written(done);
      return { details: detailsOf(done, call), sessionToken: token };
    },

    getSession: async (request, call) => {
      const { ctx } = call;
      mustBeAuthenticated(call);
      const id = parse(sessionId, request.sessionId);
      const session = await sessions.find(ctx.instanceId, id, ctx.now);
      if (session === null) throw new Refusal(can(ctx.actor, "session.read") ? "session.not_found" : "auth.denied");
      const byToken = (await proven(call, id, request.sessionToken)) !== null;
      const allowed =
        mayAsOwner(ctx, session, { byToken }) || can(ctx.actor, "session.read", { orgId: session.userOrgId });
      if (!allowed) throw new Refusal("auth.denied");
      return { session: messageOf(session) };
    },

    listSessions: async (request, call) => {
      mustBeAuthenticated(call);
      const filters = request.queries.map((query) => filterOf(query, call));
      const { total, sessions: found } = await sessions.list(call.ctx, { filters, ...pageOf(request.query) });
      return { details: listDetailsOf(total, call), sessions: found.map(messageOf) };
    },

    deleteSession: async (request, call) => {
      const id = parse(sessionId, request.sessionId);
      const token = await proven(call, id, request.sessionToken);
      const done = await run(terminateSession, call.ctx, { sessionId: id, provenTokenId: token?.id ?? null });
      return { details: detailsOf(done, call) };
    },
  });
};

const mustBeAuthenticated = ({ ctx }: Call): void => {
  if (ctx.actor.kind === "anonymous") throw new Refusal("auth.missing");
};

/** Checks and challenges that are in the contract and not in this build: said, never skipped. */
const refuseUnbuilt = <Message extends object>(message: Message, fields: readonly (keyof Message)[]): void => {
  if (fields.some((field) => message[field] !== undefined)) throw new Refusal("feature.unimplemented");
};

const refuseChallenges = (challenges: RequestChallenges | undefined): void => {
  if (challenges !== undefined) refuseUnbuilt(challenges, ["webAuthN", "otpSms", "otpEmail"]);
};

const base64Values = (metadata: Readonly<Record<string, Uint8Array>>): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value).toString("base64")]));

const secondsOf = (duration: { readonly seconds: bigint; readonly nanos: number } | undefined): number | null =>
  duration === undefined ? null : Number(duration.seconds) + duration.nanos / 1e9;

const userAgentOf = (agent: UserAgent) => ({
  fingerprintId: agent.fingerprintId || null,
  ip: agent.ip || null,
  description: agent.description || null,
  header: Object.fromEntries(Object.entries(agent.header).map(([name, { values }]) => [name, values])),
});

const comparisons = {
  [TimestampQueryMethod.EQUALS]: "=",
  [TimestampQueryMethod.GREATER]: ">",
  [TimestampQueryMethod.GREATER_OR_EQUALS]: ">=",
  [TimestampQueryMethod.LESS]: "<",
  [TimestampQueryMethod.LESS_OR_EQUALS]: "<=",
} as const satisfies Record<TimestampQueryMethod, string>;

const filterOf = ({ query }: SearchQuery, { ctx: { actor } }: Call): SessionFilter => {
  const caller = actor.kind === "user" ? actor : null;
  switch (query.case) {
    case "idsQuery":
      return { by: "ids", ids: query.value.ids };
    case "userIdQuery":
      return { by: "user", userId: query.value.id };
    case "creatorQuery":
      // ZITADEL: without an id the sessions that the caller made.
      return { by: "creator", userId: query.value.id ?? caller?.userId ?? "" };
    case "userAgentQuery":
      return { by: "fingerprint", fingerprintId: query.value.fingerprintId ?? caller?.browserId ?? "" };
    case "creationDateQuery": {
      const { creationDate, method } = query.value;
      if (creationDate === undefined) throw invalidQuery("creation_date is missing");
      return { by: "created", than: fromTimestamp(creationDate), operator: comparisons[method] };
    }
    default:
      throw invalidQuery("names nothing to search by");
  }
};

const invalidQuery = (problem: string) => new Refusal("request.invalid", { fields: [{ path: "queries", problem }] });

const messageOf = (session: SessionView): MessageInitShape<typeof SessionSchema> => ({
  id: session.sessionId,
  creationDate: toTimestamp(session.createdAt),
  changeDate: toTimestamp(session.changedAt),
  sequence: BigInt(session.sequence),
  factors: factorsOf(session),
  metadata: Object.fromEntries(
    Object.entries(session.metadata).map(([key, value]) => [key, new Uint8Array(Buffer.from(value, "base64"))]),
  ),
  ...(session.expiresAt === null ? {} : { expirationDate: toTimestamp(session.expiresAt) }),
  ...userAgentMessage(session),
});

const factorsOf = (session: SessionView) => {
  if (session.userId === null || session.userCheckedAt === null) return {};
  return {
    user: {
      verifiedAt: toTimestamp(session.userCheckedAt),
      id: session.userId,
      loginName: session.loginName,
      displayName: session.displayName,
      organizationId: session.userOrgId ?? "",
    },
    ...(session.passwordCheckedAt === null ? {} : { password: { verifiedAt: toTimestamp(session.passwordCheckedAt) } }),
  };
};

const userAgentMessage = ({ fingerprintId, ip, description, header }: SessionView) => {
  const entries = Object.entries(header);
  if (fingerprintId === null && ip === null && description === null && entries.length === 0) return {};
  return {
    userAgent: {
      ...(fingerprintId === null ? {} : { fingerprintId }),
      ...(ip === null ? {} : { ip }),
      ...(description === null ? {} : { description }),
      header: Object.fromEntries(entries.map(([name, values]) => [name, { values: [...values] }])),
    },
  };
};
