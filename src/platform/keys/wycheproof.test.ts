import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { importVerificationKey, importVerificationKeys, verifyJws } from "./verifying.ts";

const folder = join(import.meta.dirname, "../../../test/vectors/wycheproof");

const jwk = z.record(z.string(), z.unknown());
const key = z.union([z.object({ keys: z.array(jwk) }), jwk]);
const file = z.object({
  testGroups: z.array(
    z.object({
      private: key,
      public: key.optional(),
      tests: z.array(
        z.object({
          tcId: z.number(),
          comment: z.string(),
          jws: z.unknown().optional(),
          result: z.enum(["valid", "invalid"]),
        }),
      ),
    }),
  ),
});

/** Why we refuse what the vectors call valid. */
const refusals = {
  symmetric: "HMAC: no token is signed with a shared secret here",
  otherAlg: "the key's `alg` is another than the token's: a key verifies with its own only (RFC 8725 §3.1)",
  unknownAlg: "the key says ES521, which is no registered algorithm (ES512 is)",
} as const;

const refused: Readonly<Record<string, Readonly<Record<number, keyof typeof refusals>>>> = {
  json_web_signature_test: { 346: "otherAlg", 347: "unknownAlg", 350: "otherAlg", 351: "unknownAlg" },
  json_web_key_test: {},
  json_web_crypto_test: {},
};

const isSymmetric = (jwks: z.output<typeof key>): boolean =>
  "keys" in jwks && Array.isArray(jwks["keys"])
    ? jwks["keys"].some(isSymmetric)
    : "kty" in jwks && jwks["kty"] === "oct";

const keysOf = (jwks: z.output<typeof key>) =>
  "keys" in jwks ? (importVerificationKeys(jwks) ?? []) : [importVerificationKey(jwks)].filter((one) => one !== null);

test.each(Object.keys(refused))(
  "Wycheproof %s: every forged signature is refused, every valid one we support is accepted",
  async (name) => {
    const { testGroups } = file.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")));
    let [accepted, denied] = [0, 0];
    for (const group of testGroups) {
      const jwks = group.public ?? group.private;
      const keys = keysOf(jwks);
      for (const { tcId, comment, jws, result } of group.tests) {
        // The crypto file also holds JWE, which is not used here; JSON serialisations are objects, not tokens.
        if (jws === undefined) continue;
        const found = await verifyJws(typeof jws === "string" ? jws : JSON.stringify(jws), keys);
        const explained = isSymmetric(jwks) ? "symmetric" : refused[name]?.[tcId];
        const expected = result === "valid" && explained === undefined;
        expect(found !== null, `${tcId} ${comment}: ${explained === undefined ? result : refusals[explained]}`).toBe(
          expected,
        );
        if (found === null) denied += 1;
        else accepted += 1;
      }
    }
    expect(accepted).toBeGreaterThan(0);
    expect(denied).toBeGreaterThan(accepted);
  },
);
