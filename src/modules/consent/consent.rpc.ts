import { ConsentService } from "../../../proto/gen/munot/consent/v1/consent_pb.js";
import { can } from "../../kernel/actor.ts";
import type { Run } from "../../kernel/command.ts";
import { applicationId, authRequestId, sessionId, userId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { parse } from "../../kernel/runner.ts";
import { toTimestamp } from "../../kernel/time.ts";
import { type RpcService, rpcService } from "../../platform/http/rpc.ts";
import type { AuthRequestReader } from "../auth-request/auth-request.queries.ts";
import type { SessionReader } from "../session/session.queries.ts";
import type { ConsentReader } from "./consent.queries.ts";
import { type GiveConsentSources, giveConsent } from "./give-consent.ts";
import { withdrawConsent } from "./withdraw-consent.ts";

type Deps = {
  readonly run: Run<GiveConsentSources>;
  readonly consents: Pick<ConsentReader, "ofUser" | "consentOf">;
  readonly authRequests: Pick<AuthRequestReader, "find">;
  readonly sessions: Pick<SessionReader, "find">;
};

/** munot.consent.v1.ConsentService */
export const consentService = ({ run, consents, authRequests, sessions }: Deps): RpcService<typeof ConsentService> =>
  rpcService(ConsentService, {
    listConsents: async (req, { ctx }) => ({
      consents: (await consents.ofUser(ctx, parse(userId, req.userId))).map((one) => ({
        applicationId: one.applicationId,
        clientId: one.clientId,
        name: one.name,
        host: one.host ?? "",
        scopes: one.scopes,
        resources: one.resources,
        authorizationDetailsTypes: one.authorizationDetailsTypes,
        changeDate: toTimestamp(one.givenAt),
      })),
    }),
    withdrawConsent: async (req, { ctx }) => ({
      changeDate: toTimestamp(
        (
          await run(withdrawConsent, ctx, {
            userId: parse(userId, req.userId),
            applicationId: parse(applicationId, req.applicationId),
          })
        ).at,
      ),
    }),
    giveConsent: async (req, { ctx }) => {
      // Nobody without the permission learns which sessions and requests there are.
      if (!can(ctx.actor, "session.link")) {
        throw new Refusal(ctx.actor.kind === "anonymous" ? "auth.missing" : "auth.denied");
      }
      const session = await sessions.find(ctx.instanceId, parse(sessionId, req.sessionId), ctx.now);
      if (session === null) throw new Refusal("session.not_found");
      const asked = await authRequests.find(ctx.instanceId, parse(authRequestId, req.authRequestId));
      if (asked === null) throw new Refusal("auth_request.not_found");
      if (session.userId === null) throw new Refusal("session.user_missing");
      const client = await consents.consentOf(ctx.instanceId, asked.requested.clientId, session.userId);
      if (client === null) throw new Refusal("application.not_found");
      const done = await run(giveConsent, ctx, {
        authRequestId: asked.authRequestId,
        sessionId: session.sessionId,
        userId: session.userId,
        applicationId: client.applicationId,
        proof: { by: "token", token: req.sessionToken },
      });
      return { changeDate: toTimestamp(done.at) };
    },
  });
