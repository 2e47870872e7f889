import { z } from "zod";
import { needsNothing } from "../../kernel/actor.ts";
import { type Decision, defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { clientId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { decoupled, decoupledFlows } from "../auth-request/decoupled.events.ts";
import { type Granted, grantLifetimes } from "./credentials.ts";
import type { GrantSources, NotGranted, Replayed } from "./exchange-code.ts";
import { confirmation, grant } from "./grant.events.ts";
import { type Exceeded, narrow, narrowing } from "./narrow.ts";
import { openGrant } from "./open-grant.ts";

const grantTypes = {
  device: "urn:ietf:params:oauth:grant-type:device_code",
  ciba: "urn:openid:params:grant-type:ciba",
} as const;

const input = z.object({
  /** of the code whose secret has been compared */
  decoupledId: z.string().max(limits.idChars),
  flow: z.enum(decoupledFlows),
  /** the client that has proved who it is */
  clientId,
  /** whether the client may have refresh tokens */
  mayRefresh: z.boolean(),
  lifetimes: grantLifetimes,
  confirmation: confirmation.nullable(),
  /** see {@link openGrant} */
  rotate: z.boolean().default(true),
  ...narrowing,
});

/** There is no answer, or none that gives anything (RFC 8628 §3.5, CIBA Core 1.0 §11). */
export type NoAnswer = { readonly is: "pending" | "denied" | "expired" };

type Result = Granted | NotGranted | Replayed | NoAnswer | Exceeded;

/**
 * Redeems the code of a device or an `auth_req_id`: once, by the client that it was given to. The grant does not hang on
 * the session of the browser in which the person answered: signing out there is no wish to switch the device off.
 */
export const exchangeDecoupled = defineCommand({
  name: "grant.exchange-decoupled",
  input,
  streams: ({ input, newId }) => ({
    grant: streamRef(grant, newId()),
    decoupled: streamRef(decoupled, input.decoupledId),
  }),
  permit: () => needsNothing,
  facts: ({ mintToken }: Pick<GrantSources, "mintToken">) => ({
    access: mintToken("access"),
    refresh: mintToken("refresh"),
  }),
  decide: ({ ctx, input, streams, facts }): Decision<Result> => {
    const { requested, answer, status, grantId } = streams.decoupled.state;
    const refuse = (why: string): Decision<Result> => ({ events: [], result: { is: "refused", why } });
    const noAnswer = (is: NoAnswer["is"]): Decision<Result> => ({ events: [], result: { is } });
    if (requested === null || requested.flow !== input.flow) return refuse("the code is of no request");
    if (requested.clientId !== input.clientId) return refuse("the code was issued to another client");
    if (grantId !== null) return { events: [], result: { is: "replayed", grantId } };
    if (status === "denied") return noAnswer("denied");
    if (requested.expiresAt <= ctx.now) return noAnswer("expired");
    if (answer === null) return noAnswer("pending");
    const narrowed = narrow(requested, input);
    if (narrowed.is !== "narrowed") return { events: [], result: narrowed };
    const { scope, audience, resources, authorizationDetails } = requested;
    const { events, tokens, granted } = openGrant(streams.grant, ctx.now, {
      grantType: grantTypes[input.flow],
      userId: answer.userId,
      sessionId: null,
      clientId: input.clientId,
      authRequestId: null,
      scope,
      audience,
      nonce: null,
      authTime: answer.authTime,
      amr: answer.amr,
      acr: answer.acr,
      confirmation: input.confirmation,
      actor: null,
      resources,
      authorizationDetails,
      claims: null,
      lifetimes: input.lifetimes,
      narrowed: narrowed.to,
      rotate: input.rotate,
      access: facts.access,
      refresh: input.mayRefresh && scope.includes("offline_access") ? facts.refresh : null,
    });
    return {
      events: [streams.decoupled.record("device.authorization.done", { grantId: granted.grantId }), ...events],
      tokens,
      result: granted,
    };
  },
});
