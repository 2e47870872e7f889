import { z } from "zod";
import type { Ctx } from "../../kernel/actor.ts";
import type { Loaded, NewEvent } from "../../kernel/event.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { text } from "../../kernel/text.ts";
import type { PoliciesOf } from "../settings/policies.events.ts";
import { decidePasswordCheck, type PasswordCheck } from "./password-check.events.ts";
import { checkPasswordComplexity } from "./password-complexity.events.ts";
import type { user } from "./user.events.ts";

/** A password, or what another system has kept of one. */
export const givenPassword = z.discriminatedUnion("is", [
  z.object({ is: z.literal("plain"), password: text(limits.passwordChars) }),
  z.object({ is: z.literal("hashed"), hash: text(500) }),
]);

export const passwordChange = z.object({
  new: givenPassword,
  currentPassword: text(limits.passwordChars).nullable().default(null),
  changeRequired: z.boolean().default(false),
});
export type PasswordChange = z.output<typeof passwordChange>;

export type PasswordHashing = {
  readonly hashNewPassword: (password: string) => Promise<string>;
  /** whether a foreign hash is of a known kind, with a cost within bounds */
  readonly checkImportedHash: (hash: string) => boolean;
};

export type PasswordChangeSources = PasswordHashing & {
  readonly verifyPassword: (hash: string | null, password: string) => Promise<PasswordCheck>;
  readonly policiesOf: PoliciesOf;
};

/** What is stored of a new password; refuses foreign hashes that could not be checked. */
export const hashOfPassword = async (from: PasswordHashing, given: z.output<typeof givenPassword>): Promise<string> => {
  if (given.is === "plain") return from.hashNewPassword(given.password);
  if (!from.checkImportedHash(given.hash)) throw new Refusal("user.hash_unsupported");
  return given.hash;
};

/** Whether the user itself may make this change: by the current password, and with a new one that rules can look at. */
export const isByOwner = (change: PasswordChange): boolean =>
  change.currentPassword !== null && change.new.is === "plain";

/** Compares the current password with the stored hash, and hashes the new one. */
export const passwordChangeFacts = async (
  from: PasswordChangeSources,
  ctx: Ctx,
  of: Loaded<typeof user>,
  change: PasswordChange,
) => {
  const policies = await from.policiesOf(ctx, of.ownerOrg);
  const against = of.state.passwordHash;
  const check = change.currentPassword === null ? null : await from.verifyPassword(against, change.currentPassword);
  return { policies, against, check, hash: check?.ok === false ? null : await hashOfPassword(from, change.new) };
};

type Facts = Awaited<ReturnType<typeof passwordChangeFacts>>;

/** A wrong current password counts like one at sign-in: its events are all that is then recorded. */
export type PasswordChanged =
  | { readonly is: "changed"; readonly events: readonly NewEvent[] }
  | { readonly is: "wrong_password"; readonly events: readonly NewEvent[]; readonly failedAttempts: number };

/** What becomes of a change of a human user's password. */
export const decidePasswordChange = (
  of: Loaded<typeof user>,
  change: PasswordChange,
  facts: Facts,
): PasswordChanged => {
  const { state } = of;
  if (facts.check !== null) {
    if (state.status === "locked") throw new Refusal("user.locked");
    if (state.status !== "active") throw new Refusal("user.not_active");
    if (state.passwordHash === null) throw new Refusal("user.password_not_set");
    // The proof was for a password that has been replaced meanwhile.
    if (state.passwordHash !== facts.against) throw new Refusal("request.contended");
  }
  if (facts.check?.ok === false || facts.hash === null) {
    const events = decidePasswordCheck(of, { ok: false, rehash: null }, facts.policies.lockout);
    return { is: "wrong_password", events, failedAttempts: state.passwordFailures + 1 };
  }
  if (change.new.is === "plain") checkPasswordComplexity(facts.policies["password.complexity"], change.new.password);
  const { changeRequired } = change;
  return {
    is: "changed",
    events: [of.record("user.human.password.changed", { changeRequired }, { passwordHash: facts.hash })],
  };
};
