import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { expect, test } from "vitest";
import { generateServiceKey, readPublicKey } from "./service-keys.ts";

const spki = (key: KeyObject): string => String(key.export({ type: "spki", format: "pem" }));
const ec = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve }).publicKey;
const rsa = (modulusLength: number, publicExponent = 65_537) =>
  generateKeyPairSync("rsa", { modulusLength, publicExponent }).publicKey;

test("a generated key is RSA with 2048 bits; the private part belongs to the public one", async () => {
  const { publicJwk, privatePem } = await generateServiceKey();
  expect(privatePem).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
  expect(Object.keys(publicJwk).sort()).toEqual(["e", "kty", "n"]);
  expect(readPublicKey(spki(createPublicKey(createPrivateKey(privatePem))))).toEqual(publicJwk);
});

test.each([
  ["RSA", spki(rsa(2048)), { kty: "RSA" }],
  ["RSA in PKCS #1", String(rsa(2048).export({ type: "pkcs1", format: "pem" })), { kty: "RSA" }],
  ["P-256", spki(ec("P-256")), { kty: "EC", crv: "P-256" }],
  ["P-384", spki(ec("P-384")), { kty: "EC", crv: "P-384" }],
  ["P-521", spki(ec("P-521")), { kty: "EC", crv: "P-521" }],
  ["Ed25519", spki(generateKeyPairSync("ed25519").publicKey), { kty: "OKP", crv: "Ed25519" }],
])("reads %s", (_, pem, kind) => {
  expect(readPublicKey(pem)).toMatchObject(kind);
});

test.each([
  ["no PEM", "ssh-rsa AAAAB3Nza"],
  ["an empty text", ""],
  ["a PEM of nothing", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"],
  ["a private key", String(generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }))],
  ["RSA under 2048 bits", spki(rsa(1024))],
  ["RSA with exponent 3", spki(rsa(2048, 3))],
  ["secp256k1", spki(ec("secp256k1"))],
  ["Ed448", spki(generateKeyPairSync("ed448").publicKey)],
  ["a key for key agreement", spki(generateKeyPairSync("x25519").publicKey)],
  ["RSA-PSS", spki(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey)],
])("does not take %s", (_, pem) => {
  expect(readPublicKey(pem)).toBeNull();
});
