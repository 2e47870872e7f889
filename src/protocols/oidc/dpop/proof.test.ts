import fc from "fast-check";
import { expect, test } from "vitest";
import { newSigner } from "../../../../test/harness/signer.ts";
import { instanceId } from "../../../kernel/ids.ts";
import { instant } from "../../../kernel/time.ts";
import { dpopNonces } from "./nonce.ts";
import { checkProof, type ProofExpectations } from "./proof.ts";

const url = "https://id.example.com/oauth/v2/token";
const seconds = 1_900_000_000;
const key = await newSigner("ES256");
const expected: ProofExpectations = {
  method: "POST",
  urls: [url],
  accessToken: null,
  algorithms: ["ES256", "PS256", "EdDSA"],
  now: instant(seconds * 1_000_000),
};
const good = await key.proof({ url, now: seconds });
const isGood = async (proof: string, more: Partial<ProofExpectations> = {}) =>
  (await checkProof(proof, { ...expected, ...more })).ok;

test("a good proof names its key by thumbprint, whatever else stands in it", async () => {
  expect(await checkProof(good, expected)).toMatchObject({ ok: true, jkt: key.jkt, nonce: null });
  const more = await key.proof({ url, now: seconds }, { x: [1, { y: null }] }, { "x-more": true });
  expect(await isGood(more)).toBe(true);
  expect(await isGood(good, { algorithms: ["PS256"] })).toBe(false);
  expect(await isGood(good, { urls: ["https://mtls.example.com/oauth/v2/token", url] })).toBe(true);
});

test("one key has one thumbprint, however its members are written", async () => {
  const padded = { ...key.jwk, x: `${key.jwk.x}=`, use: "sig", more: "members" };
  const checked = await checkProof(await key.proof({ url, now: seconds }, {}, { jwk: padded }), expected);
  expect(checked.ok ? checked.jkt : key.jkt).toBe(key.jkt);
});

test("any flipped, cut, inserted or doubled character makes it none", async () => {
  const anywhere = fc.integer({ min: 0, max: good.length - 1 });
  const characters = fc.constantFrom(..."ABZaz09-_.=+/ ,\n\u0000é");
  await fc.assert(
    fc.asyncProperty(anywhere, characters, async (at, char) => {
      const changed = [
        good.slice(0, at) + char + good.slice(at + 1),
        good.slice(0, at) + good.slice(at + 1),
        good.slice(0, at) + char + good.slice(at),
        good.slice(0, at),
        good + char,
      ];
      for (const proof of changed) if (proof !== good) expect(await isGood(proof), proof).toBe(false);
    }),
    { numRuns: 150 },
  );
});

test("no text and no header makes it throw", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 300 }), async (text) => {
      expect(await isGood(text)).toBe(false);
    }),
  );
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value) ?? "").toString("base64url");
  const header = fc.record({
    typ: fc.constantFrom("dpop+jwt", "JWT"),
    alg: fc.oneof(fc.constantFrom("ES256", "RS256", "HS256", "none", "EdDSA"), fc.string(), fc.integer()),
    jwk: fc.oneof(
      fc.jsonValue(),
      fc.record({
        kty: fc.constantFrom("EC", "RSA", "OKP", "oct"),
        crv: fc.string(),
        x: fc.string(),
        y: fc.string(),
        n: fc.string(),
        e: fc.string(),
      }),
    ),
  });
  await fc.assert(
    fc.asyncProperty(header, fc.jsonValue(), fc.string(), async (head, payload, signature) => {
      const proof = `${encode(head)}.${encode(payload)}.${Buffer.from(signature).toString("base64url")}`;
      expect(await isGood(proof)).toBe(false);
    }),
  );
});

test("claims of any kind and value are taken or refused, never a defect", async () => {
  const claims = fc.dictionary(
    fc.constantFrom("jti", "htm", "htu", "iat", "nbf", "exp", "ath", "nonce"),
    fc.jsonValue(),
    { minKeys: 1 },
  );
  await fc.assert(
    fc.asyncProperty(claims, async (changed) => {
      const checked = await checkProof(await key.proof({ url, now: seconds }, changed), expected);
      if (!checked.ok) return;
      // Only what cannot harm may differ from a good proof: its name, its times within bounds, and what is not asked for.
      expect(Object.keys(changed).filter((name) => name === "htm" || name === "htu")).toEqual([]);
      expect(Math.abs(checked.iat - seconds)).toBeLessThanOrEqual(60);
    }),
    { numRuns: 60 },
  );
});

test("htu is compared as a URL, and another host, port, path or scheme is another", async () => {
  const at = (htu: string) => key.proof({ url, now: seconds }, { htu });
  for (const same of [
    "https://ID.EXAMPLE.com/oauth/v2/token",
    `${url}?q#f`,
    "https://id.example.com:443/oauth/./v2/tok%65n",
  ]) {
    expect([same, await isGood(await at(same))]).toEqual([same, true]);
  }
  const others = [
    "http://id.example.com/oauth/v2/token",
    "https://id.example.com:8443/oauth/v2/token",
    "https://id.example.com/oauth/v2/token/",
    "https://id.example.com/oauth/v2/Token",
    "https://id.example.com/oauth%2Fv2/token",
    "https://user@id.example.com/oauth/v2/token",
    "https://id.example.com.evil.example/oauth/v2/token",
    "//id.example.com/oauth/v2/token",
    "/oauth/v2/token",
    "",
  ];
  for (const other of others) expect([other, await isGood(await at(other))]).toEqual([other, false]);
});

test("nonces are good for their instance and two windows of time, and no other text is one", () => {
  const nonces = dpopNonces(new Uint8Array(32).fill(1));
  const [one, other] = [instanceId.parse("1"), instanceId.parse("2")];
  const at = (offset: number) => instant((seconds + offset) * 1_000_000);
  const nonce = nonces.current(one, at(0));
  expect([
    nonces.isValid(one, nonce, at(0)),
    nonces.isValid(one, nonce, at(150)),
    nonces.isValid(one, nonce, at(301)),
  ]).toEqual([true, true, false]);
  expect(nonces.isValid(one, nonce, at(-200))).toBe(false);
  expect(nonces.isValid(other, nonce, at(0))).toBe(false);
  expect(dpopNonces(new Uint8Array(32).fill(2)).isValid(one, nonce, at(0))).toBe(false);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(nonces.isValid(one, text, at(0))).toBe(false);
    }),
  );
});
