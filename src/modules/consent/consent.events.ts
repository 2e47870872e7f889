import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import {
  type ApplicationId,
  type AuthRequestId,
  applicationId,
  authRequestId,
  clientId,
  type InstanceId,
  userId,
} from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Requested } from "../auth-request/auth-request.events.ts";

const names = z.array(z.string());

/** What a user allows a client. */
const allowed = z.object({
  scopes: names,
  /** RFC 8707 */
  resources: names,
  /** RFC 9396: the types alone are remembered; each single authorization is asked for anew */
  authorizationDetailsTypes: names,
  /** claims that were asked for by name (OpenID Connect Core 1.0 §5.5) */
  claims: names,
});
export type Allowed = z.output<typeof allowed>;

const consentEvents = {
  "consent.given": { payload: allowed.extend({ userId, clientId, applicationId, authRequestId }) },
  "consent.withdrawn": { payload: z.object({ userId, clientId }) },
} as const;

export type ConsentState =
  | { readonly status: "absent" | "withdrawn" }
  | ({ readonly status: "given"; readonly givenAt: Instant } & Allowed & { readonly clientId: string });

/** One stream per user and application. */
export const consentId = (user: string, app: string): string => `${user}:${app}`;

/** What one user has allowed one application, until the user takes it back. */
export const consent = defineStream<ConsentState>()({
  kind: "consent",
  revision: 1,
  events: consentEvents,
  initial: { status: "absent" },
  evolve: {
    "consent.given": (
      _state,
      { payload: { userId: _user, applicationId: _app, authRequestId: _request, ...given }, at },
    ) => ({
      ...given,
      status: "given",
      givenAt: at,
    }),
    "consent.withdrawn": () => ({ status: "withdrawn" }),
  },
});

/** What a request asks a user to allow. */
export const askedIn = ({
  scope,
  resources,
  authorizationDetails,
  claims,
}: Pick<Requested, "scope" | "resources" | "authorizationDetails" | "claims">): Allowed => ({
  scopes: [...scope],
  resources: [...resources],
  authorizationDetailsTypes: [
    ...new Set(authorizationDetails.flatMap(({ type }) => (typeof type === "string" ? [type] : []))),
  ],
  claims: [...new Set([...Object.keys(claims?.id_token ?? {}), ...Object.keys(claims?.userinfo ?? {})])],
});

/** What is remembered when something is allowed beside what was allowed before; bounded, else only the new. */
export const together = (before: ConsentState, now: Allowed): Allowed => {
  if (before.status !== "given") return now;
  const both = {
    scopes: [...new Set([...before.scopes, ...now.scopes])],
    resources: [...new Set([...before.resources, ...now.resources])],
    authorizationDetailsTypes: [...new Set([...before.authorizationDetailsTypes, ...now.authorizationDetailsTypes])],
    claims: [...new Set([...before.claims, ...now.claims])],
  };
  return Object.values(both).flat().join().length <= rememberedChars ? both : now;
};

const rememberedChars = 12_000;

/** The client, as far as consent asks, and what its user has allowed it before. */
export type ConsentFacts = {
  readonly applicationId: ApplicationId;
  /** nobody of the organization set it up: it registered itself, or its metadata is a document of its own */
  readonly isStranger: boolean;
  readonly requiresConsent: boolean;
  /** anybody on the user's device can act as this client (RFC 8252 §8.6): a public one without an https redirect URI */
  readonly canBeImitated: boolean;
  readonly given: (Allowed & { readonly authRequestId: AuthRequestId }) | null;
};

/** The fact source: `null` when there is no such application. */
export type ConsentOf = (instanceId: InstanceId, clientId: string, userId: string) => Promise<ConsentFacts | null>;

type Question = {
  readonly requested: Pick<Requested, "scope" | "resources" | "authorizationDetails" | "claims" | "prompt">;
  readonly authRequestId: AuthRequestId;
};

/**
 * Whether the user must still be asked. A consent given in this very request counts. One from before counts where nobody can
 * be asked (`prompt=none`), unless the client could be imitated, or more is asked for than words of a vocabulary: each
 * authorization of RFC 9396 is shown. Whoever can be asked is asked again: by a stranger's client each time (RFC 6749
 * §10.2), so that its user sees who it is.
 */
export const isConsentMissing = (
  { requested, authRequestId: asking }: Question,
  facts: ConsentFacts,
  login: "own" | "custom",
): boolean => {
  const wanted = facts.isStranger || facts.requiresConsent || (login === "own" && requested.prompt.includes("consent"));
  if (!wanted) return false;
  const { given } = facts;
  if (given === null || !covers(given, askedIn(requested))) return true;
  if (given.authRequestId === asking) return false;
  return !requested.prompt.includes("none") || facts.canBeImitated || requested.authorizationDetails.length > 0;
};

const covers = (given: Allowed, asked: Allowed): boolean =>
  asked.authorizationDetailsTypes.every((one) => given.authorizationDetailsTypes.includes(one)) &&
  asked.scopes.every((one) => given.scopes.includes(one)) &&
  asked.resources.every((one) => given.resources.includes(one)) &&
  asked.claims.every((one) => given.claims.includes(one));
