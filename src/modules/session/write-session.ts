import { z } from "zod";
import type { Ctx } from "../../kernel/actor.ts";
import type { Decision } from "../../kernel/command.ts";
import type { Loaded, NewEvent } from "../../kernel/event.ts";
import { type SessionId, sessionId, type UserId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { addSeconds, type Instant } from "../../kernel/time.ts";
import type { MintedToken, MintToken, TokenWrite } from "../../kernel/token.ts";
import type { user } from "../user/user.events.ts";
import { type CheckFacts, type CheckSources, checksInput, decideChecks, gatherChecks } from "./checks.ts";
import { sessionMetadata, type session as sessionStream } from "./session.events.ts";
import { findSignInFacts, type SignInFacts, type SignInSources } from "./sign-in-facts.ts";

/** What every write to a session may bring. */
export const sessionWrite = z.object({
  checks: checksInput.default({ user: null, password: null }),
  /** added to what is there; an empty value removes its key */
  metadata: sessionMetadata
    .refine((all) => Object.keys(all).length <= limits.metadataEntries, "has too many entries")
    .default({}),
  lifetimeSeconds: z.number().positive().max(limits.sessionLifetimeSeconds).nullable().default(null),
});

export type SessionSources = CheckSources & SignInSources & { readonly mintToken: MintToken };

type WriteFacts = { readonly signIn: SignInFacts; readonly checks: CheckFacts; readonly minted: MintedToken };

type WriteCase = {
  readonly ctx: Ctx;
  readonly session: Loaded<typeof sessionStream>;
  readonly user: Loaded<typeof user> | null;
  readonly input: z.output<typeof sessionWrite>;
};

/**
 * A write to a session: carried out, with the new session token; or a wrong proof, which has been counted when the caller
 * reads this. The edge then waits `delaySeconds` and refuses with `user.password_wrong`, see {@link refuseWrong}.
 */
export type SessionWritten =
  | { readonly is: "written"; readonly sessionId: SessionId; readonly token: string }
  | { readonly is: "wrong"; readonly failedAttempts: number | null; readonly delaySeconds: number };

export const gatherWrite = async (
  from: SessionSources,
  { ctx, user, input }: Omit<WriteCase, "session">,
): Promise<WriteFacts> => ({
  signIn: await findSignInFacts(from, ctx, user?.ownerOrg ?? null),
  checks: await gatherChecks(from, input.checks, user),
  minted: from.mintToken("session"),
});

/** The part of the decision that making and changing a session share; every write changes the session token. */
export const decideWrite = (at: WriteCase, facts: WriteFacts, first: readonly NewEvent[]): Decision<SessionWritten> => {
  const { ctx, session, user, input } = at;
  const outcome = decideChecks({ ctx, session, user, signIn: facts.signIn }, input.checks, facts.checks);
  if (outcome.is === "wrong") {
    const { events, failedAttempts } = outcome;
    return { events, result: { is: "wrong", failedAttempts, delaySeconds: tarpitSeconds(failedAttempts) } };
  }
  const { lifetimeSeconds } = input;
  const expiresAt = lifetimeSeconds === null ? session.state.expiresAt : addSeconds(ctx.now, lifetimeSeconds);
  const events = [...first, ...outcome.events, ...metadataEvents(session, input.metadata)];
  if (lifetimeSeconds !== null && expiresAt !== null)
    events.push(session.record("session.lifetime.set", { expiresAt }));
  events.push(session.record("session.token.set", { tokenId: facts.minted.id }));
  const userAfter = input.checks.user?.userId ?? session.state.userId;
  return {
    events,
    tokens: rotate(session, facts.minted, userAfter, expiresAt),
    result: { is: "written", sessionId: sessionId.parse(session.id), token: facts.minted.text },
  };
};

/** Throws what a wrong proof deserves, after the append has counted it. */
export const refuseWrong = ({ failedAttempts }: { readonly failedAttempts: number | null }): never => {
  throw new Refusal("user.password_wrong", failedAttempts === null ? {} : { failedAttempts });
};

/** One second more after every five failures in a row, ten at most: guessing gets slow long before anybody is locked. */
export const tarpitSeconds = (failedAttempts: number | null): number =>
  Math.min(limits.tarpitMaxSeconds, Math.floor((failedAttempts ?? 0) / limits.tarpitEvery));

const rotate = (
  session: Loaded<typeof sessionStream>,
  minted: MintedToken,
  user: UserId | null,
  expiresAt: Instant | null,
): readonly TokenWrite[] => {
  const old = session.state.tokenId;
  const put: TokenWrite = {
    do: "put",
    row: {
      kind: "session",
      id: minted.id,
      hash: minted.hash,
      expiresAt,
      sessionId: sessionId.parse(session.id),
      ...(user === null ? {} : { userId: user }),
    },
  };
  return old === null ? [put] : [{ do: "drop", kind: "session", id: old }, put];
};

const metadataEvents = (
  session: Loaded<typeof sessionStream>,
  change: z.output<typeof sessionMetadata>,
): readonly NewEvent[] => {
  if (Object.keys(change).length === 0) return [];
  const merged = { ...session.state.metadata, ...change };
  const metadata = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ""));
  if (JSON.stringify(metadata).length > limits.sessionMetadataChars) {
    throw new Refusal("request.invalid", { fields: [{ path: "metadata", problem: "is too large" }] });
  }
  return [session.record("session.metadata.set", {}, { metadata })];
};
