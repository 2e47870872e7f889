import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newSigner } from "../../../test/harness/signer.ts";
import { defaultClientSettings } from "../../modules/application/client-settings.events.ts";
import { parseToken } from "../../platform/crypto/tokens.ts";
import { importVerificationKey, readJwsHeader, verifyHmacJws, verifyJws } from "../../platform/keys/verifying.ts";
import { readAuthorizationDetails } from "./authorization-details.ts";
import { readAssertion } from "./client-auth/assertion.ts";
import { readBasic } from "./client-auth/basic.ts";
import { readName } from "./client-auth/none.ts";
import { readPost } from "./client-auth/post.ts";
import { readTokenHeader } from "./dpop/holder.ts";
import { OAuthError } from "./errors.ts";
import { listOf, pairsIn, readParameters } from "./parameters.ts";

/** What it gives, or `null` when it says no in the protocol's way; anything else that is thrown is a defect. */
const orRefused = <T>(work: () => T): T | null => {
  try {
    return work();
  } catch (error) {
    if (error instanceof OAuthError) return null;
    throw error;
  }
};

const name = fc.constantFrom(
  "client_id",
  "client_secret",
  "scope",
  "resource",
  "audience",
  "state",
  "request",
  "constructor",
  "__proto__",
  "",
);
const pairs = fc.array(fc.tuple(fc.oneof(name, fc.string()), fc.string({ maxLength: 40 })), { maxLength: 30 });

describe("request parameters", () => {
  test("each stands once, or is known to be repeated, or is one that may be", () => {
    fc.assert(
      fc.property(pairs, (sent) => {
        const read = orRefused(() => readParameters(sent));
        if (read === null) return;
        for (const [key, value] of read.values) {
          const all = sent.filter(([one, text]) => one === key && text !== "").map(([, text]) => text);
          expect(all[0]).toBe(value);
          if (!read.lists.has(key)) expect(all.length).toBe(1);
        }
        for (const key of read.repeated) expect(read.values.has(key)).toBe(false);
        for (const key of ["resource", "audience"] as const) {
          const all = sent.filter(([one, text]) => one === key && text !== "").map(([, text]) => text);
          expect(listOf(read, key)).toEqual([...new Set(all)]);
          expect(read.repeated.has(key)).toBe(false);
        }
      }),
    );
  });

  test("what was read can be sent again and reads the same", () => {
    fc.assert(
      fc.property(pairs, (sent) => {
        const read = orRefused(() => readParameters(sent));
        if (read === null) return;
        const again = readParameters(pairsIn(read));
        expect([again.values, again.lists]).toEqual([read.values, read.lists]);
      }),
    );
  });

  test("however a form is encoded, reading it is no defect", () => {
    const piece = fc.constantFrom(
      "a",
      "=",
      "&",
      "%",
      "%00",
      "%zz",
      "%F0%9F",
      "+",
      "\u0000",
      "é",
      "resource=",
      "scope=",
      "[]",
      ";",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        orRefused(() => readParameters(new URLSearchParams(pieces.join(""))));
      }),
    );
  });
});

describe("client credentials", () => {
  const request = (authorization: string | null, form: readonly (readonly [string, string])[] = []) => ({
    authorization,
    parameters: readParameters(form),
  });

  test("no header and no body makes a reader throw anything but a refusal, and one way is one way", () => {
    const header = fc.option(
      fc.oneof(
        fc.string(),
        fc.base64String().map((text) => `Basic ${text}`),
        fc.constantFrom("Basic", "basic ", "Bearer x", "Basic Og=="),
      ),
    );
    const form = fc.array(
      fc.tuple(fc.constantFrom("client_id", "client_secret", "client_assertion", "client_assertion_type"), fc.string()),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(header, form, (authorization, sent) => {
        const parameters = orRefused(() => readParameters(sent));
        if (parameters === null || parameters.repeated.size > 0) return;
        for (const read of [readBasic, readPost, readAssertion]) orRefused(() => read({ authorization, parameters }));
        // A name never stands for itself beside credentials: they would be one way too many.
        const { values } = parameters;
        const hasCredentials = values.has("client_secret") || values.has("client_assertion");
        if (hasCredentials) expect(readName({ authorization, parameters })).toBeNull();
      }),
    );
  });

  test("Basic gives back what was encoded, whatever characters it has (RFC 6749 §2.3.1)", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(text, text, (id, secret) => {
        const encoded = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString("base64");
        expect(readBasic(request(`Basic ${encoded}`))).toEqual({ shows: "secret", clientId: id, secret });
      }),
    );
  });
});

describe("signed texts", async () => {
  const key = await newSigner("ES256");
  const imported = importVerificationKey(key.published);
  if (imported === null) throw new Error("no key");
  const good = await key.sign({ sub: "x" }, { typ: "JWT" });

  test("any flipped, cut or added character makes a JWT none (RFC 7515 §5.2)", async () => {
    expect(await verifyJws(good, [imported])).not.toBeNull();
    const anywhere = fc.integer({ min: 0, max: good.length - 1 });
    await fc.assert(
      fc.asyncProperty(anywhere, fc.constantFrom(..."ABab01-_.=+/ "), async (at, char) => {
        for (const text of [
          good.slice(0, at) + char + good.slice(at + 1),
          good.slice(0, at),
          good.slice(0, at) + char + good.slice(at),
        ]) {
          if (text !== good) expect(await verifyJws(text, [imported]), text).toBeNull();
        }
      }),
      { numRuns: 150 },
    );
  });

  test("no text, no header, no number of parts makes a reader throw: JWS, JWE or neither", async () => {
    const part = fc.oneof(
      fc.base64String({ maxLength: 40 }),
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value) ?? "").toString("base64url")),
      fc.string({ maxLength: 20 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 7 }), async (parts) => {
        const text = parts.join(".");
        readJwsHeader(text);
        expect(await verifyJws(text, [imported])).toBeNull();
        expect(await verifyHmacJws(text, Buffer.from("secret"))).toBeNull();
      }),
    );
  });

  test("a header that asks for more than was understood is refused (RFC 7515 §4.1.11)", async () => {
    for (const header of [{ crit: ["exp"], exp: 1 }, { crit: [] }, { b64: false }]) {
      const text = await key.sign({ sub: "x" }, header).catch(() => "");
      expect(await verifyJws(text, [imported])).toBeNull();
    }
  });
});

describe("other texts from outside", () => {
  test("an Authorization header carries one token under one of two schemes, or none", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = readTokenHeader(text);
        if (read !== null) expect(text.toLowerCase().startsWith(read.scheme)).toBe(true);
      }),
    );
    expect(readTokenHeader("DPoP a b")).toBeNull();
    expect(readTokenHeader("Bearer a, DPoP b")).toBeNull();
  });

  test("a token's text is one of ours or none", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseToken(text)).toBeNull();
      }),
    );
  });

  test("authorization details are read or refused, however deep and whatever they hold", () => {
    const client = { settings: { ...defaultClientSettings, authorizationDetailsTypes: ["a"] } };
    const value = fc.oneof(
      fc.json(),
      fc.string(),
      fc.array(fc.record({ type: fc.constantFrom("a", "b"), x: fc.jsonValue() })).map((list) => JSON.stringify(list)),
    );
    fc.assert(
      fc.property(value, (text) => {
        const read = orRefused(() =>
          readAuthorizationDetails(readParameters([["authorization_details", text]]), client),
        );
        for (const { type } of read ?? []) expect(type).toBe("a");
      }),
    );
    const deep = `[{"type":"a","x":${"[".repeat(5_000)}${"]".repeat(5_000)}}]`;
    expect(
      orRefused(() => readAuthorizationDetails(readParameters([["authorization_details", deep]]), client)),
    ).toBeNull();
  });
});
