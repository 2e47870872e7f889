import { ErrorReason, Prompt } from "@zitadel/proto/zitadel/oidc/v2/authorization_pb.js";
import { OIDCService } from "@zitadel/proto/zitadel/oidc/v2/oidc_service_pb.js";
import { can } from "../../kernel/actor.ts";
import type { Run } from "../../kernel/command.ts";
import { authRequestId, sessionId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { parse } from "../../kernel/runner.ts";
import { toTimestamp } from "../../kernel/time.ts";
import { detailsOf } from "../../platform/http/details.ts";
import { rpcService } from "../../platform/http/rpc.ts";
import type { SessionReader } from "../session/session.queries.ts";
import type { AnswerWriter } from "./answer-writer.ts";
import type { AuthRequestReader } from "./auth-request.queries.ts";
import { type CompleteAuthRequestSources, completeAuthRequest } from "./complete-auth-request.ts";
import { type DecoupledMethodsDeps, decoupledMethods } from "./decoupled.rpc.ts";
import { failAuthRequest } from "./fail-auth-request.ts";

export type OidcServiceDeps = DecoupledMethodsDeps & {
  readonly run: Run<CompleteAuthRequestSources>;
  readonly authRequests: AuthRequestReader;
  readonly sessions: SessionReader;
  readonly answers: AnswerWriter;
};

/** `zitadel.oidc.v2.OIDCService`: the way for logins built on the API to answer an auth request. */
export const oidcService = ({ run, authRequests, sessions, answers, ...more }: OidcServiceDeps) =>
  rpcService(OIDCService, {
    ...decoupledMethods({ run, sessions, ...more }),

    getAuthRequest: async (request, { ctx }) => {
      if (!can(ctx.actor, "session.read")) {
        throw new Refusal(ctx.actor.kind === "anonymous" ? "auth.missing" : "auth.denied");
      }
      const found = await authRequests.find(ctx.instanceId, parse(authRequestId, request.authRequestId));
      if (found === null) throw new Refusal("auth_request.not_found");
      if (found.status !== "open") throw new Refusal("auth_request.done");
      if (found.expiresAt <= ctx.now) throw new Refusal("auth_request.expired");
      const { requested, loginHint } = found;
      return {
        authRequest: {
          id: found.authRequestId,
          creationDate: toTimestamp(found.createdAt),
          clientId: requested.clientId,
          scope: requested.scope,
          redirectUri: requested.redirectUri,
          prompt: requested.prompt.map((prompt) => promptValues[prompt]),
          uiLocales: requested.uiLocales,
          ...(loginHint === null ? {} : { loginHint }),
          ...(requested.maxAgeSeconds === null ? {} : { maxAge: { seconds: BigInt(requested.maxAgeSeconds) } }),
          ...(requested.hintUserId === null ? {} : { hintUserId: requested.hintUserId }),
        },
      };
    },

    createCallback: async (request, call) => {
      const { ctx, publicUrl: issuer } = call;
      const id = parse(authRequestId, request.authRequestId);
      const { callbackKind } = request;
      if (callbackKind.case === "session") {
        const answering = parse(sessionId, callbackKind.value.sessionId);
        const session = await sessions.find(ctx.instanceId, answering, ctx.now);
        if (session === null || session.userId === null) {
          // Nobody without the permission learns which sessions there are.
          if (!can(ctx.actor, "session.link")) throw new Refusal("auth.denied");
          throw new Refusal(session === null ? "session.not_found" : "session.user_missing");
        }
        const done = await run(completeAuthRequest, ctx, {
          authRequestId: id,
          sessionId: answering,
          userId: session.userId,
          proof: { by: "token", token: callbackKind.value.sessionToken },
        });
        return { details: detailsOf(done, call), callbackUrl: await answers.completed(ctx, issuer, done.result) };
      }
      if (callbackKind.case === "error") {
        const { error: reason, errorDescription, errorUri } = callbackKind.value;
        const error = errorCodes[reason];
        const done = await run(failAuthRequest, ctx, { authRequestId: id, error });
        const answer = {
          error,
          ...(errorDescription ? { errorDescription } : {}),
          ...(errorUri ? { errorUri } : {}),
        };
        const callbackUrl = await answers.failed(ctx, issuer, done.result.requested, answer);
        return { details: detailsOf(done, call), callbackUrl };
      }
      throw new Refusal("request.invalid", { fields: [{ path: "callback_kind", problem: "is missing" }] });
    },
  });

const promptValues = {
  none: Prompt.NONE,
  login: Prompt.LOGIN,
  consent: Prompt.CONSENT,
  select_account: Prompt.SELECT_ACCOUNT,
  create: Prompt.CREATE,
} as const;

const errorCodes = {
  [ErrorReason.UNSPECIFIED]: "server_error",
  [ErrorReason.INVALID_REQUEST]: "invalid_request",
  [ErrorReason.UNAUTHORIZED_CLIENT]: "unauthorized_client",
  [ErrorReason.ACCESS_DENIED]: "access_denied",
  [ErrorReason.UNSUPPORTED_RESPONSE_TYPE]: "unsupported_response_type",
  [ErrorReason.INVALID_SCOPE]: "invalid_scope",
  [ErrorReason.SERVER_ERROR]: "server_error",
  [ErrorReason.TEMPORARY_UNAVAILABLE]: "temporarily_unavailable",
  [ErrorReason.INTERACTION_REQUIRED]: "interaction_required",
  [ErrorReason.LOGIN_REQUIRED]: "login_required",
  [ErrorReason.ACCOUNT_SELECTION_REQUIRED]: "account_selection_required",
  [ErrorReason.CONSENT_REQUIRED]: "consent_required",
  [ErrorReason.INVALID_REQUEST_URI]: "invalid_request_uri",
  [ErrorReason.INVALID_REQUEST_OBJECT]: "invalid_request_object",
  [ErrorReason.REQUEST_NOT_SUPPORTED]: "request_not_supported",
  [ErrorReason.REQUEST_URI_NOT_SUPPORTED]: "request_uri_not_supported",
  [ErrorReason.REGISTRATION_NOT_SUPPORTED]: "registration_not_supported",
} as const satisfies Record<ErrorReason, string>;
