import { z } from "zod";
import { needsNothing } from "../../kernel/actor.ts";
import { type Decision, defineCommand } from "../../kernel/command.ts";
import { readOnlyRef, streamRef } from "../../kernel/event.ts";
import { clientId, grantId, sessionId, userId } from "../../kernel/ids.ts";
import { instant } from "../../kernel/time.ts";
import { user } from "../user/user.events.ts";
import { type Granted, grantLifetimes } from "./credentials.ts";
import type { GrantSources, NotGranted } from "./exchange-code.ts";
import { confirmation, type GrantBases, grant, grantActor, grantBases } from "./grant.events.ts";
import { openGrant } from "./open-grant.ts";

const input = z.object({
  clientId,
  subject: z.object({
    userId,
    /** the grant of the subject token, where it has one */
    grantId: grantId.nullable(),
    sessionId: sessionId.nullable(),
    authTime: z.number().transform((micros) => instant(micros)),
    amr: z.array(z.string()),
    acr: z.string().nullable(),
  }),
  /** whose actor token was presented; `null`: nobody but the subject acts */
  actor: z.object({ userId, grantId: grantId.nullable() }).nullable(),
  /** RFC 8693 §4.1: who acts now, and who acted before */
  act: grantActor.nullable(),
  /** the actor acts by a right of its own for a user who did not hand over a token */
  isImpersonation: z.boolean(),
  /** what else the presented tokens are: personal access tokens, and who acted before */
  bases: grantBases,
  scope: z.array(z.string()),
  audience: z.array(z.string()),
  lifetimes: grantLifetimes,
  confirmation: confirmation.nullable(),
  withRefresh: z.boolean(),
});

/** Chains of exchanges end here: each link is checked at every use. */
const basesMax = 16;

/**
 * RFC 8693 §2: a token for another, from a token for one. What comes of it stands on all that it came from: on the grants of
 * both tokens, with all that those stand on, on the actor, and on personal access tokens.
 */
export const exchangeToken = defineCommand({
  name: "grant.exchange-token",
  input,
  streams: ({ input: { subject, actor, isImpersonation }, newId }) => ({
    grant: streamRef(grant, newId()),
    ...(subject.grantId === null ? {} : { subjectGrant: readOnlyRef(grant, subject.grantId) }),
    ...(actor === null || actor.grantId === null || actor.grantId === subject.grantId
      ? {}
      : { actorGrant: readOnlyRef(grant, actor.grantId) }),
    // The trail of the one for whom somebody acts names who that was.
    ...(isImpersonation ? { user: streamRef(user, subject.userId) } : {}),
  }),
  permit: () => needsNothing,
  facts: ({ mintToken }: Pick<GrantSources, "mintToken">) => ({
    access: mintToken("access"),
    refresh: mintToken("refresh"),
  }),
  decide: ({ ctx, input, streams, facts }): Decision<Granted | NotGranted> => {
    const refuse = (why: string): Decision<NotGranted> => ({ events: [], result: { is: "refused", why } });
    const bases: GrantBases = [...input.bases];
    for (const base of [streams.subjectGrant, streams.actorGrant]) {
      if (base === undefined) continue;
      if (base.state.status !== "active") return refuse("a token's grant has been revoked");
      bases.push({ kind: "grant", id: base.id }, ...base.state.bases);
    }
    if (input.actor !== null) bases.push({ kind: "user", id: input.actor.userId });
    const distinct = [...new Map(bases.map((base) => [`${base.kind} ${base.id}`, base])).values()];
    if (distinct.length > basesMax) return refuse("the chain of exchanges is too long");
    const { subject, actor } = input;
    const { events, tokens, granted } = openGrant(streams.grant, ctx.now, {
      grantType: "urn:ietf:params:oauth:grant-type:token-exchange",
      userId: subject.userId,
      sessionId: subject.sessionId,
      clientId: input.clientId,
      authRequestId: null,
      scope: input.scope,
      audience: input.audience,
      nonce: null,
      authTime: subject.authTime,
      amr: subject.amr,
      acr: subject.acr,
      confirmation: input.confirmation,
      actor: input.act,
      resources: [],
      authorizationDetails: [],
      claims: null,
      bases: distinct,
      lifetimes: input.lifetimes,
      access: facts.access,
      refresh: input.withRefresh ? facts.refresh : null,
    });
    const impersonated =
      streams.user === undefined || actor === null
        ? []
        : [streams.user.record("user.impersonated", { actorUserId: actor.userId, clientId: input.clientId })];
    return { events: [...events, ...impersonated], tokens, result: granted };
  },
});
