import { z } from "zod";
import { needsNothing } from "../../kernel/actor.ts";
import { type Decision, defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { clientId, grantId, tokenId } from "../../kernel/ids.ts";
import { addSeconds, type Instant } from "../../kernel/time.ts";
import { accessRow, type Granted, grantLifetimes, handed, idleEnd, refreshRow } from "./credentials.ts";
import type { GrantSources, NotGranted } from "./exchange-code.ts";
import { confirmation, type GrantTerms, grant, isSameKey, type RefreshState } from "./grant.events.ts";
import { type Exceeded, narrow, narrowing } from "./narrow.ts";

const input = z.object({
  grantId,
  /** of the refresh token whose secret has been compared */
  tokenId,
  /** the client that has proved who it is */
  clientId,
  /** a narrower scope for the access token, or null for the one that was granted */
  scope: z.array(z.string()).nullable(),
  lifetimes: grantLifetimes,
  /** what the client has proved to hold now, to which the new access token is bound */
  confirmation: confirmation.nullable().default(null),
  /** RFC 9449 §5, RFC 8705 §4: the client proves itself by the key alone, so its refresh tokens are bound to it too */
  isPublic: z.boolean().default(false),
  /** whether each use gives a new one: where tokens are bound a lost answer should not cost the family */
  rotate: z.boolean().default(true),
  ...narrowing,
});

const termsOf = (state: GrantTerms): GrantTerms => ({
  grantType: state.grantType,
  acr: state.acr,
  confirmation: state.confirmation,
  actor: state.actor,
  resources: state.resources,
  authorizationDetails: state.authorizationDetails,
  claims: state.claims,
});

/** A token that had been used before was presented: the whole family is revoked now. */
export type Reused = { readonly is: "reused" };
/** RFC 6749 §6: more was asked for than was granted. */
export type ScopeExceeded = { readonly is: "scope_exceeded" };

type Result = Granted | NotGranted | Reused | ScopeExceeded | Exceeded;

/** From when and until when an answer that did not arrive can be asked for once more. What comes at once is no retry. */
const againFromSeconds = 1;
const againSeconds = 30;

/**
 * Whether this asks once more for an answer that was lost: the token before the current one, shortly after its use, by the
 * same client with the same key, while the successor has not been used. It gets another successor, once; the first
 * one is then a used token like any other, so if two parties hold successors, the second to use its own ends both.
 */
const isLostAnswer = (
  { previous }: RefreshState,
  { tokenId: presented, confirmation: key, rotate }: z.output<typeof input>,
  now: Instant,
): boolean =>
  rotate &&
  previous?.tokenId === presented &&
  isSameKey(previous.confirmation, key) &&
  now >= addSeconds(previous.usedAt, againFromSeconds) &&
  now < addSeconds(previous.usedAt, againSeconds);

/**
 * Redeems a refresh token (RFC 6749 §6) and rotates it. RFC 9700 §4.14.2: one that is not the family's current one has been
 * used before, by its owner or by a thief; nobody can tell which, so the whole family is revoked.
 */
export const refreshGrant = defineCommand({
  name: "grant.refresh",
  input,
  streams: ({ input }) => ({ grant: streamRef(grant, input.grantId) }),
  permit: () => needsNothing,
  facts: ({ mintToken }: Pick<GrantSources, "mintToken">) => ({
    access: mintToken("access"),
    refresh: mintToken("refresh"),
  }),
  decide: ({ ctx, input, streams, facts }): Decision<Result> => {
    const { state } = streams.grant;
    const refuse = (why: string): Decision<Result> => ({ events: [], result: { is: "refused", why } });
    if (state.status !== "active") return refuse("the grant has been revoked");
    if (state.clientId !== input.clientId) return refuse("the refresh token was issued to another client");
    if (state.confirmation !== null && input.confirmation === null)
      return refuse("no proof of the key that it is bound to");
    if (state.confirmation !== null && input.isPublic && !isSameKey(state.confirmation, input.confirmation)) {
      return refuse("the refresh token is bound to another key");
    }
    if (state.refresh === null) return refuse("the grant has no refresh token");
    const isAgain = isLostAnswer(state.refresh, input, ctx.now);
    if (state.refresh.tokenId !== input.tokenId && !isAgain) {
      return {
        events: [streams.grant.record("oidc_session.revoked", { reason: "refresh_token_reused" })],
        tokens: [{ do: "drop_all", of: { grantId: input.grantId } }],
        result: { is: "reused" },
      };
    }
    const { idleExpiresAt, absoluteExpiresAt } = state.refresh;
    if (idleExpiresAt <= ctx.now || absoluteExpiresAt <= ctx.now) return refuse("the refresh token has expired");
    const scope = input.scope ?? state.scope;
    if (!scope.every((one) => state.scope.includes(one))) return { events: [], result: { is: "scope_exceeded" } };

    const narrowed = narrow(state, input);
    if (narrowed.is !== "narrowed") return { events: [], result: narrowed };
    const owner = {
      userId: state.userId,
      sessionId: state.sessionId,
      grantId: input.grantId,
      clientId: input.clientId,
    };
    const given = { audience: state.audience, authorizationDetails: state.authorizationDetails, ...narrowed.to };
    const accessExpiresAt = addSeconds(ctx.now, input.lifetimes.accessTokenSeconds);
    const renewedUntil = idleEnd(ctx.now, input.lifetimes.refreshIdleSeconds, absoluteExpiresAt);
    return {
      events: [
        streams.grant.record("oidc_session.refresh_token.renewed", {
          tokenId: input.rotate ? facts.refresh.id : input.tokenId,
          idleExpiresAt: renewedUntil,
          isAgain,
          confirmation: input.confirmation,
        }),
        streams.grant.record("oidc_session.access_token.added", {
          tokenId: facts.access.id,
          scope: [...scope],
          expiresAt: accessExpiresAt,
        }),
      ],
      tokens: [
        {
          do: "put",
          row: accessRow(owner, facts.access, {
            expiresAt: accessExpiresAt,
            scope,
            ...given,
            confirmation: input.confirmation,
          }),
        },
        ...(input.rotate ? [{ do: "put" as const, row: refreshRow(owner, facts.refresh, renewedUntil) }] : []),
      ],
      result: {
        ...termsOf(state),
        is: "granted",
        ...owner,
        scope,
        ...given,
        confirmation: input.confirmation,
        // OpenID Connect Core 1.0 §12.2: an ID token of a refresh has no nonce, it answers no authorization request.
        nonce: null,
        authTime: state.authTime,
        amr: state.amr,
        access: handed(facts.access, accessExpiresAt),
        refresh: input.rotate ? handed(facts.refresh, renewedUntil) : null,
      },
    };
  },
});
