import { fold } from "../../kernel/fold.ts";
import type { OrgId, SessionId, UserId } from "../../kernel/ids.ts";
import { type Instant, instant, microsPerSecond } from "../../kernel/time.ts";
import { type FactorRules, type MissingFactor, missingFactors } from "../session/required-factors.events.ts";
import { type Factors, methodsOf } from "../session/session.events.ts";
import type { Requested } from "./auth-request.events.ts";
import { isAcrMet } from "./authentication-context.events.ts";

/** What a login wants to know of the request: what was asked, and when. */
export type Asked = {
  readonly requested: Pick<Requested, "prompt" | "maxAgeSeconds" | "hintUserId" | "orgId" | "acrValues" | "claims">;
  readonly loginHint: string | null;
  readonly createdAt: Instant;
};

/** A session of the browser at hand that has not ended. */
export type Candidate = Factors & {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly orgId: OrgId;
  readonly loginName: string;
  readonly email: string;
  /** user and org are active */
  readonly canSignIn: boolean;
  readonly passwordChangeRequired: boolean;
};

/** The next thing a login needs; a page satisfies it and asks again. */
export type Missing<Session extends Candidate> =
  /** nobody is signed in who could answer; `loginName` may be filled in */
  | { readonly is: "login_name"; readonly loginName: string | null }
  /** several could answer, or the client wants the user to choose */
  | { readonly is: "select_account"; readonly sessions: readonly Session[] }
  /** the chosen user or its org has been deactivated or locked */
  | { readonly is: "account_inactive"; readonly session: Session }
  | { readonly is: "password"; readonly session: Session; readonly why: MissingFactor["why"] }
  /** the asked authentication context class is above all that the user can prove here */
  | { readonly is: "acr"; readonly session: Session }
  | { readonly is: "change_password"; readonly session: Session }
  /** this session answers the request */
  | { readonly is: "ready"; readonly session: Session };

/**
 * The question of the login's state machine, asked after each step and by `prompt=none`: what is still missing until one of
 * the browser's sessions answers the request? `chosen` is the account that the user picked in this login.
 */
export const whatIsMissing = <Session extends Candidate>(
  asked: Asked,
  sessions: readonly Session[],
  { rules, chosen, now }: { readonly rules: FactorRules; readonly chosen: SessionId | null; readonly now: Instant },
): Missing<Session> => {
  const { prompt } = asked.requested;
  const eligible = sessions.filter((session) => mayAnswer(asked.requested, session));
  const picked = eligible.find((session) => session.sessionId === chosen);
  if (picked !== undefined) return missingOf(asked, picked, rules, now);

  if (prompt.includes("create")) return { is: "login_name", loginName: asked.loginHint };
  if (prompt.includes("select_account") && eligible.length > 0) return { is: "select_account", sessions: eligible };
  const meant = eligible.filter((session) => isMeant(asked.loginHint, session));
  const [only, ...others] = meant;
  if (only === undefined) return { is: "login_name", loginName: asked.loginHint };
  return others.length > 0 ? { is: "select_account", sessions: meant } : missingOf(asked, only, rules, now);
};

/** Whether the session's user may answer at all: the one of `id_token_hint`, of the org that a scope asks for. */
export const mayAnswer = (
  requested: Pick<Requested, "hintUserId" | "orgId">,
  session: { readonly userId: UserId; readonly orgId: OrgId },
): boolean =>
  (requested.hintUserId === null || requested.hintUserId === session.userId) &&
  (requested.orgId === null || requested.orgId === session.orgId);

type NotBeforeAsked = {
  readonly requested: Pick<Requested, "prompt" | "maxAgeSeconds">;
  readonly createdAt: Instant;
};

/**
 * Proofs from before this moment do not count. OpenID Connect Core §3.1.2.1: `prompt=login` asks for a new one, `max_age`
 * for one not older than that; one given within this login always counts, or `max_age=0` could never be satisfied.
 */
export const notBefore = (asked: NotBeforeAsked, now: Instant): Instant => {
  const { prompt, maxAgeSeconds } = asked.requested;
  if (prompt.includes("login")) return asked.createdAt;
  if (maxAgeSeconds === null) return instant(0);
  const oldest = Math.max(0, now - maxAgeSeconds * microsPerSecond);
  return oldest < asked.createdAt ? instant(oldest) : asked.createdAt;
};

/** Whether a session's user is signed in by it as the policy of its organization asks, for nothing in particular. */
export const isSignedIn = (session: Candidate, rules: FactorRules, now: Instant): boolean =>
  session.canSignIn && missingFactors(session, rules, { now, notBefore: instant(0) }).length === 0;

const missingOf = <Session extends Candidate>(
  asked: Asked,
  session: Session,
  rules: FactorRules,
  now: Instant,
): Missing<Session> => {
  if (!session.canSignIn) return { is: "account_inactive", session };
  const [missing] = missingFactors(session, rules, { now, notBefore: notBefore(asked, now) });
  if (missing !== undefined) return { is: missing.factor, session, why: missing.why };
  if (!isAcrMet(asked.requested, methodsOf(session))) return { is: "acr", session };
  return session.passwordChangeRequired ? { is: "change_password", session } : { is: "ready", session };
};

const isMeant = (loginHint: string | null, { loginName, email }: Candidate): boolean => {
  if (loginHint === null) return true;
  const hint = fold(loginHint);
  return hint === fold(loginName) || hint === fold(email);
};

/** The error with which `prompt=none` ends when something is missing (OpenID Connect Core §3.1.2.6). */
export const errorWithoutInteraction = {
  login_name: "login_required",
  password: "login_required",
  account_inactive: "login_required",
  select_account: "account_selection_required",
  acr: "unmet_authentication_requirements",
  change_password: "interaction_required",
} as const satisfies Record<Exclude<Missing<Candidate>["is"], "ready">, string>;
