import type { Run } from "../../../../kernel/command.ts";
import { epochSeconds, type Instant } from "../../../../kernel/time.ts";
import type { Client } from "../../../../modules/application/client.queries.ts";
import type { GrantSources } from "../../../../modules/grant/exchange-code.ts";
import { exchangeToken } from "../../../../modules/grant/exchange-token.ts";
import { type GrantActor, isSameKey } from "../../../../modules/grant/grant.events.ts";
import type { Entered } from "../../enter.ts";
import { OAuthError } from "../../errors.ts";
import { listOf, type Parameters, required } from "../../parameters.ts";
import { meaningOf, readScope } from "../../scope.ts";
import type { AudienceFor } from "../audience.ts";
import { clientOf } from "../callers/caller.ts";
import { type ImpersonationDeps, mayImpersonate } from "../exchange/impersonation.ts";
import { type Party, type PresentedPartyDeps, presentedParty, tokenTypes } from "../exchange/presented-party.ts";
import type { Grant, GrantRequest, Outcome } from "../grant.ts";

export type TokenExchangeDeps = PresentedPartyDeps &
  ImpersonationDeps & { readonly run: Run<GrantSources>; readonly audienceFor: AudienceFor };

/** ZITADEL's: the subject is named by its id, and an actor with the right to acts for it. */
const userIdType = "urn:zitadel:params:oauth:token-type:user_id";

/** What may be read of a user for whom somebody acts by a role: data about the user, never rights in an API. */
const userData: readonly string[] = ["openid", "profile", "email", "phone", "address"];

/** RFC 8693 §4.1: each exchange with an actor nests one deeper; so deep nobody needs it. */
const actorsMax = 5;

/**
 * RFC 8693. Without an actor token a client gets a narrower token of the same subject. With one it is delegation, `act`
 * says for whom who acts; where the subject did not hand over an access token it is impersonation, which needs the
 * switch and the role. Scope and audience only ever shrink.
 */
export const tokenExchangeGrant =
  (deps: TokenExchangeDeps): Grant =>
  async (request) => {
    const { ctx, instance, caller, parameters, confirmation } = request;
    const entered = { ctx, instance };
    const client = clientOf(caller);
    const requested = requestedType(parameters);
    const { subject, actor, isImpersonation } = await partiesOf(deps, entered, client, request);
    const scope = scopeWithin(parameters, subject, actor, isImpersonation);
    const audience = await audienceWithin(deps, request, client, { scope, subject, actor, isImpersonation });
    if (requested === tokenTypes.idToken && !scope.includes("openid")) {
      throw new OAuthError("invalid_scope", { description: "An ID token needs the scope openid" });
    }
    const withRefresh =
      scope.includes("offline_access") &&
      requested !== tokenTypes.idToken &&
      (client.oidc?.grantTypes.includes("refresh_token") ?? false);
    const { result } = await deps.run(exchangeToken, ctx, {
      clientId: client.clientId,
      subject: { ...subject, amr: [...subject.amr] },
      actor: actor && { userId: actor.userId, grantId: actor.grantId },
      act: actor === null ? subject.act : actsFor({ iss: instance.issuer, sub: actor.userId }, subject.act),
      isImpersonation,
      bases: [subject, actor].flatMap((party) =>
        party === null || party.patId === null ? [] : [{ kind: "pat" as const, id: party.patId }],
      ),
      scope: [...scope],
      audience: [...audience],
      lifetimes: endingWith(client, ctx.now, [subject, actor]),
      confirmation,
      withRefresh,
    });
    if (result.is === "refused") throw new OAuthError("invalid_request", { detail: result.why });
    const outcome: Outcome = {
      granted: result,
      accessTokenType: requested === tokenTypes.jwt ? "jwt" : "bearer",
      members: { issued_token_type: requested },
    };
    return requested === tokenTypes.idToken ? { ...outcome, idTokenOnly: true } : outcome;
  };

/** RFC 8693 §2.1 `requested_token_type`. As at ZITADEL: an access token is opaque, who wants a JWT asks for one. */
const requestedType = ({ values }: Parameters): string => {
  const asked = values.get("requested_token_type") ?? tokenTypes.accessToken;
  const known: readonly string[] = Object.values(tokenTypes);
  if (known.includes(asked)) return asked;
  throw new OAuthError("invalid_request", { description: "requested_token_type is not supported" });
};

type Parties = { readonly subject: Party; readonly actor: Party | null; readonly isImpersonation: boolean };

const partiesOf = async (
  deps: TokenExchangeDeps,
  entered: Entered,
  client: Client,
  { parameters, confirmation }: GrantRequest,
): Promise<Parties> => {
  const subjectToken = required(parameters, "subject_token");
  const subjectType = required(parameters, "subject_token_type");
  const actorToken = parameters.values.get("actor_token");
  const actorType = parameters.values.get("actor_token_type");
  // RFC 8693 §2.1: the type is there exactly when the token is.
  if ((actorToken === undefined) !== (actorType === undefined)) {
    throw new OAuthError("invalid_request", { description: "actor_token and actor_token_type belong together" });
  }
  const actor =
    actorToken === undefined || actorType === undefined
      ? null
      : await presentedParty(deps, entered, client, actorType, actorToken);
  const holds = (party: Party): void => {
    // A token that is bound to a key would lose that bond here (RFC 9449 §9): who trades it in shows the key.
    if (party.confirmation !== null && !isSameKey(party.confirmation, confirmation)) {
      throw new OAuthError("invalid_request", { description: "A token is bound to a key that was not shown" });
    }
  };
  if (actor !== null) {
    holds(actor);
    // Who acts for somebody already acts as that one, who did not ask for this.
    if (actor.act !== null)
      throw new OAuthError("invalid_request", { description: "The actor acts for another already" });
  }
  if (subjectType === userIdType) {
    if (actor === null) throw new OAuthError("invalid_request", { description: "An actor_token is needed" });
    const userId = await mayImpersonate(deps, entered, actor, subjectToken);
    const subject: Party = {
      ...actor,
      userId,
      grantId: null,
      sessionId: null,
      patId: null,
      amr: [],
      acr: null,
      authTime: entered.ctx.now,
      confirmation: null,
    };
    return { subject, actor, isImpersonation: true };
  }
  const subject = await presentedParty(deps, entered, client, subjectType, subjectToken);
  holds(subject);
  if (actor === null) return { subject, actor, isImpersonation: false };
  if (depthOf(subject.act) >= actorsMax) {
    throw new OAuthError("invalid_request", { description: "Too many have acted for one another" });
  }
  // Who signed in somewhere is no leave to act for that person.
  if (subject.isStatement) await mayImpersonate(deps, entered, actor, subject.userId);
  return { subject, actor, isImpersonation: subject.isStatement };
};

const depthOf = (act: GrantActor | null | undefined): number => (act ? 1 + depthOf(act.act) : 0);

const actsFor = (actor: GrantActor, before: GrantActor | null): GrantActor =>
  before === null ? actor : { ...actor, act: before };

/** RFC 8693 §5, class R: what the presented token has, or part of it. Who acts by a role may read the user's data besides. */
const scopeWithin = (
  { values }: Parameters,
  subject: Party,
  actor: Party | null,
  isImpersonation: boolean,
): readonly string[] => {
  const allowed = new Set(isImpersonation && actor !== null ? [...actor.scope, ...userData] : subject.scope);
  const isPat = (isImpersonation && actor !== null ? actor : subject).audience === null;
  const asked = values.get("scope");
  if (asked === undefined) {
    return isImpersonation ? ["openid"] : [...allowed].filter((one) => one !== "offline_access");
  }
  const scope = readScope(asked, () => true);
  // A personal access token is for all APIs, so one of them is less.
  const isWithin = (one: string): boolean => allowed.has(one) || (isPat && meaningOf([one]).projectIds.length > 0);
  if (scope.every(isWithin)) return scope;
  throw new OAuthError("invalid_scope");
};

/** RFC 8693 §2.1 `audience`, RFC 8707 `resource`: of those that the presented token is for. */
const audienceWithin = async (
  { audienceFor }: TokenExchangeDeps,
  { instance, parameters, target }: GrantRequest,
  client: Client,
  {
    scope,
    subject,
    actor,
    isImpersonation,
  }: Parties & {
    readonly scope: readonly string[];
  },
): Promise<readonly string[]> => {
  const from = isImpersonation && actor !== null ? actor : subject;
  const allowed = from.audience ?? (await audienceFor(instance, scope, client));
  const named = listOf(parameters, "audience");
  if (named.length === 0 && target === null) return allowed;
  const ofResources = (target?.audience ?? []).filter((one) => allowed.includes(one));
  const isMet = target === null || ofResources.length > 0;
  if (isMet && named.every((one) => allowed.includes(one))) return [...new Set([...named, ...ofResources])];
  throw new OAuthError("invalid_target");
};

/** What comes of a token does not outlive it; a refresh token lives on with the grant. */
const endingWith = (client: Client, now: Instant, parties: readonly (Party | null)[]) => {
  const left = parties.flatMap((party) =>
    party === null || party.expiresAt === null ? [] : [epochSeconds(party.expiresAt) - epochSeconds(now)],
  );
  const { lifetimes } = client;
  return { ...lifetimes, accessTokenSeconds: Math.max(1, Math.min(lifetimes.accessTokenSeconds, ...left)) };
};
