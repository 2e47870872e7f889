import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { compactDecrypt } from "jose";
import { expect, test } from "vitest";
import { contentEncryptions, keyEncryptionNames } from "../../../modules/application/client-algorithms.events.ts";
import type { ClientJwk } from "../client-keys.ts";
import { encryptFor } from "./encrypt.ts";

const jws = "header.payload.signature";
const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const okp = generateKeyPairSync("x25519");
const publicJwk = (pair: { readonly publicKey: KeyObject }, more: ClientJwk = {}): ClientJwk => ({
  ...pair.publicKey.export({ format: "jwk" }),
  ...more,
});

test.each(keyEncryptionNames)(
  "%s: the client alone reads what is encrypted for it, nested as RFC 7519 §11.2 says",
  async (alg) => {
    const pairs = alg.startsWith("RSA") ? [rsa] : [ec, okp];
    for (const pair of pairs) {
      for (const enc of alg === "RSA-OAEP" || alg === "ECDH-ES" ? contentEncryptions : [contentEncryptions[0]]) {
        const jwe = await encryptFor([publicJwk(pair, { kid: "k" })], { alg, enc }, jws);
        const { plaintext, protectedHeader } = await compactDecrypt(jwe, pair.privateKey);
        expect(Buffer.from(plaintext).toString()).toBe(jws);
        expect(protectedHeader).toMatchObject({ alg, enc, cty: "JWT", kid: "k" });
      }
    }
  },
);

test("the default content encryption is A128CBC-HS256", async () => {
  const jwe = await encryptFor([publicJwk(rsa)], { alg: "RSA-OAEP-256", enc: null }, jws);
  expect((await compactDecrypt(jwe, rsa.privateKey)).protectedHeader.enc).toBe("A128CBC-HS256");
});

test("a key that says it is for encryption goes before one that says nothing; one for signatures is never taken", async () => {
  const other = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const keys = [publicJwk(other), publicJwk(rsa, { use: "enc" })];
  const jwe = await encryptFor(keys, { alg: "RSA-OAEP", enc: null }, jws);
  expect(Buffer.from((await compactDecrypt(jwe, rsa.privateKey)).plaintext).toString()).toBe(jws);
});

const short = { kty: "RSA", n: "A".repeat(171), e: "AQAB" };

test.each([
  ["no key", [], "RSA-OAEP", null],
  ["a key for signatures", [publicJwk(rsa, { use: "sig" })], "RSA-OAEP", null],
  ["a key for other operations", [publicJwk(rsa, { key_ops: ["verify"] })], "RSA-OAEP", null],
  ["a key of another kind", [publicJwk(ec)], "RSA-OAEP", null],
  ["a key for another algorithm", [publicJwk(rsa, { alg: "RSA-OAEP" })], "RSA-OAEP-256", null],
  ["an RSA key of 1024 bits", [short], "RSA-OAEP", null],
  ["an RSA key without end", [{ kty: "RSA", n: "A".repeat(100_000), e: "AQAB" }], "RSA-OAEP", null],
  ["a point that is none", [{ kty: "EC", crv: "P-256", x: "AAAA", y: "AAAA" }], "ECDH-ES", null],
  ["RSA1_5", [publicJwk(rsa)], "RSA1_5", null],
  ["a shared secret", [{ kty: "oct", k: "AAAA" }], "A256KW", null],
  ["an unknown content encryption", [publicJwk(rsa)], "RSA-OAEP", "none"],
  ["a prototype's name", [publicJwk(rsa)], "toString", null],
] as const)("%s: nothing is sent rather than the plain text", async (_name, keys, alg, enc) => {
  await expect(encryptFor(keys, { alg, enc }, jws)).rejects.toMatchObject({ code: "invalid_request" });
});
