import { createPublicKey } from "node:crypto";
import fc from "fast-check";
import { importJWK, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { instantFromSeconds } from "../../kernel/time.ts";
import { type SigningAlgorithm, signingAlgorithms } from "./algorithms.ts";
import { type GeneratedKey, generateSigningKey, importSigningKey, signJwt } from "./signing.ts";
import { acceptExpired, type JwtExpectations, verifyJwt } from "./verify-jwt.ts";
import { importVerificationKey, importVerificationKeys, readJwsHeader, verifyJws } from "./verifying.ts";

const generated = new Map<SigningAlgorithm, Promise<GeneratedKey>>();
const keyFor = (alg: SigningAlgorithm): Promise<GeneratedKey> => {
  const made = generated.get(alg) ?? generateSigningKey(alg, { kid: `key-${alg}` });
  generated.set(alg, made);
  return made;
};
const verifierFor = async (alg: SigningAlgorithm) => {
  const found = importVerificationKey((await keyFor(alg)).publicJwk);
  if (found === null) throw new Error("our own key is not accepted");
  return found;
};

const nowSeconds = 1_800_000_000;
const claims = { iss: "https://id.example", aud: ["app"], sub: "1", iat: nowSeconds - 10, exp: nowSeconds + 60 };
const expected: JwtExpectations = {
  issuer: "https://id.example",
  audience: ["app"],
  now: instantFromSeconds(nowSeconds),
  expiry: "required",
};
const signed = async (changes: Record<string, unknown> = {}, alg: SigningAlgorithm = "ES256", typ = "JWT") =>
  // The changes are JSON by construction.
  signJwt(importSigningKey((await keyFor(alg)).privateJwk, alg), { typ }, { ...claims, ...changes } as typeof claims);

test.each(signingAlgorithms)(
  "a JWT signed with %s verifies here and with jose from the published key alone",
  async (alg) => {
    const { publicJwk, privateJwk, kid } = await keyFor(alg);
    expect(publicJwk).toMatchObject({ kid, alg, use: "sig" });
    for (const member of ["d", "p", "q", "dp", "dq", "qi"]) expect(publicJwk).not.toHaveProperty(member);
    expect(privateJwk).toHaveProperty("d");
    const token = await signed({}, alg);
    expect(readJwsHeader(token)).toEqual({ alg, kid, typ: "JWT" });
    expect(await verifyJwt(token, [await verifierFor(alg)], expected)).toMatchObject({ ok: true, claims });
    const { payload } = await jwtVerify(token, await importJWK({ ...publicJwk }, alg), {
      currentDate: new Date(nowSeconds * 1_000),
    });
    expect(payload).toEqual(claims);
  },
);

test("RSA keys have the asked size, and without a kid the thumbprint is it", async () => {
  const { publicJwk, kid } = await generateSigningKey("RS384", { bits: 3072 });
  expect(createPublicKey({ key: { ...publicJwk }, format: "jwk" }).asymmetricKeyDetails?.modulusLength).toBe(3072);
  expect(kid).toMatch(/^[\w-]{43}$/);
});

test("a key is not read for another algorithm than its own", async () => {
  const { privateJwk } = await keyFor("RS256");
  expect(() => importSigningKey(privateJwk, "RS512")).toThrow("not a private key for RS512");
});

test("RSA signing leaves the event loop free", async () => {
  const key = importSigningKey((await keyFor("RS256")).privateJwk, "RS256");
  let turns = 0;
  let isDone = false;
  const turn = () => {
    turns += 1;
    if (!isDone) setImmediate(turn);
  };
  turn();
  await Promise.all(Array.from({ length: 100 }, () => signJwt(key, { typ: "JWT" }, claims)));
  isDone = true;
  // Signatures made on the loop itself would leave it one turn.
  expect(turns).toBeGreaterThan(20);
});

test.each([
  ["expired", { exp: nowSeconds - 31 }, "expired"],
  ["without exp", { exp: undefined }, "form"],
  ["without iat", { iat: undefined }, "form"],
  ["with a textual exp", { exp: "2099" }, "form"],
  ["that ends before it begins", { iat: nowSeconds + 5, exp: nowSeconds + 4 }, "expired"],
  ["issued in the future", { iat: nowSeconds + 31 }, "not_yet_valid"],
  ["not yet valid", { nbf: nowSeconds + 31 }, "not_yet_valid"],
  ["of another issuer", { iss: "https://evil.example" }, "issuer"],
  ["without issuer", { iss: undefined }, "issuer"],
  ["for another audience", { aud: "other" }, "audience"],
  ["without audience", { aud: undefined }, "audience"],
])("RFC 8725: a token %s is refused", async (_name, changes, reason) => {
  expect(await verifyJwt(await signed(changes), [await verifierFor("ES256")], expected)).toEqual({ ok: false, reason });
});

test("an audience of one text counts like a list", async () => {
  expect(await verifyJwt(await signed({ aud: "app" }), [await verifierFor("ES256")], expected)).toMatchObject({
    ok: true,
  });
});

test("an expired token passes only where its use says why, and all else is still checked", async () => {
  const lenient = { ...expected, expiry: acceptExpired("OpenID Connect RP-Initiated Logout 1.0 §2: hints may be old") };
  const keys = [await verifierFor("ES256")];
  expect(await verifyJwt(await signed({ exp: nowSeconds - 9 }), keys, lenient)).toMatchObject({ ok: true });
  expect(await verifyJwt(await signed({ exp: 1, iss: "x" }), keys, lenient)).toEqual({ ok: false, reason: "issuer" });
});

test("a token that lives longer than allowed, or has another type, is refused", async () => {
  const keys = [await verifierFor("ES256")];
  const short = { ...expected, maxLifeSeconds: 3_600 };
  expect(await verifyJwt(await signed({ exp: nowSeconds + 9_999 }), keys, short)).toEqual({
    ok: false,
    reason: "expired",
  });
  const typed = { ...expected, typ: "at+jwt" };
  expect(await verifyJwt(await signed(), keys, typed)).toEqual({ ok: false, reason: "typ" });
  expect(await verifyJwt(await signed({}, "ES256", "application/AT+JWT"), keys, typed)).toMatchObject({ ok: true });
});

test("a token of another key, another kid, alg none or a critical header is refused", async () => {
  const key = await verifierFor("ES256");
  const token = await signed();
  const [, payload = "", signature = ""] = token.split(".");
  const header = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  expect(await verifyJws(token, [await verifierFor("RS256")])).toBe(null);
  expect(await verifyJws(token, [{ ...key, kid: "other" }])).toBe(null);
  expect(await verifyJws(token, [])).toBe(null);
  expect(await verifyJws(`${header({ alg: "none" })}.${payload}.`, [key])).toBe(null);
  for (const value of [
    { alg: "HS256" },
    { alg: "ES256", crit: ["exp"] },
    { alg: "ES256", b64: false, crit: ["b64"] },
  ]) {
    expect(await verifyJws(`${header(value)}.${payload}.${signature}`, [key])).toBe(null);
  }
});

test("a token changed in any one character is refused", async () => {
  const key = await verifierFor("ES256");
  const token = await signed();
  expect(await verifyJws(token, [key])).not.toBe(null);
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(..."ABCXYZabcxyz0189-_.=+/ \n"), async (at, char) => {
      fc.pre(token[at] !== char);
      expect(await verifyJws(token.slice(0, at) + char + token.slice(at + 1), [key])).toBe(null);
    }),
    { numRuns: 300 },
  );
  for (const extra of ["=", "\n", " ", "A", ".", ".A"]) expect(await verifyJws(token + extra, [key])).toBe(null);
});

test("no text makes the verifier throw", async () => {
  await fc.assert(fc.asyncProperty(fc.string(), async (text) => (await verifyJws(text, [])) === null));
});

test("a key set with one kid twice is refused, keys that cannot be used are left out", async () => {
  const { publicJwk } = await keyFor("ES256");
  expect(importVerificationKeys({ keys: [publicJwk, publicJwk] })).toBe(null);
  expect(importVerificationKeys({ keys: [publicJwk, { kty: "oct", k: "AAAA" }, 7, { kty: "EC" }] })).toHaveLength(1);
  expect(importVerificationKeys([])).toBe(null);
});
