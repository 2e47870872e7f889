import { z } from "zod";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { type NewId, userId, userKeyId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { text } from "../../kernel/text.ts";
import { optionalExpiry } from "./expiry.ts";
import { assertLivingMachine } from "./living-user.ts";
import { needsUserWrite } from "./own-user.ts";
import { user } from "./user.events.ts";

/** A JSON Web Key with text members only. */
type Jwk = Readonly<Record<string, string>>;

export type KeySources = {
  readonly newId: NewId;
  readonly generateServiceKey: () => Promise<{ readonly publicJwk: Jwk; readonly privatePem: string }>;
  /** `null`: no public key that signatures may be verified with */
  readonly readPublicKey: (pem: string) => Jwk | null;
};

/**
 * Gives a service account a key to sign its assertions with (RFC 7523): its own public one, or a new pair whose private
 * half is told once and kept nowhere.
 */
export const addKey = defineCommand({
  name: "user.add-key",
  input: z.object({ userId, expiresAt: optionalExpiry, publicKey: text(limits.publicKeyChars).nullable() }),
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ streams }) => needsUserWrite(streams.user),
  facts: async (from: KeySources, { input: { publicKey } }) => ({
    keyId: userKeyId.parse(from.newId()),
    ...(publicKey === null
      ? await from.generateServiceKey()
      : { publicJwk: from.readPublicKey(publicKey), privatePem: null }),
  }),
  decide: ({ ctx, input: { expiresAt }, streams, facts }) => {
    assertLivingMachine(streams.user);
    const { keyId, publicJwk, privatePem } = facts;
    if (publicJwk === null) throw new Refusal("user.key_invalid");
    if (expiresAt !== null && expiresAt <= ctx.now) throw new Refusal("token.expiry_invalid");
    return {
      events: [streams.user.record("user.machine.key.added", { keyId, publicJwk, expiresAt })],
      result: { keyId, privatePem },
    };
  },
});
