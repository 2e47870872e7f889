import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";

/** Signature algorithms that keys can be made for (RFC 7518 §3.1, RFC 8037 §3.1). */
export const webKeyAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
] as const;
export type WebKeyAlgorithm = (typeof webKeyAlgorithms)[number];

/** Lengths of RSA keys; the other kinds have one length each. */
export const webKeyBits = [2048, 3072, 4096] as const;
export type WebKeyBits = (typeof webKeyBits)[number];

/** How long verifiers may keep the published keys. */
export const keysCacheSeconds = 300;

/** How long a key is published before it signs, where there is another one to sign meanwhile. */
export const publishedFirstSeconds = 2 * keysCacheSeconds;

/** All keys are published, in one document that every verifier fetches. */
export const webKeysMax = 50;

const webKeyEvents = {
  "web_key.added": {
    payload: z.object({
      algorithm: z.enum(webKeyAlgorithms),
      /** the public JWK (RFC 7517), `kid` and `use` included */
      publicJwk: z.record(z.string(), z.string()),
      /** sealed under the instance's key */
      privateKey: z.string(),
    }),
  },
  "web_key.activated": { payload: z.object({}) },
  "web_key.deactivated": { payload: z.object({}) },
  "web_key.removed": { payload: z.object({}) },
} as const;

export type WebKeyState = { readonly status: "absent" | "initial" | "active" | "inactive" | "removed" };

const initial: WebKeyState = { status: "absent" };

/** A key pair that signs tokens. One is active; the others are published, so that what they sign or signed can be verified. */
export const webKey = defineStream<WebKeyState>()({
  kind: "web_key",
  revision: 1,
  events: webKeyEvents,
  initial,
  evolve: {
    "web_key.added": () => ({ status: "initial" }),
    "web_key.activated": () => ({ status: "active" }),
    "web_key.deactivated": () => ({ status: "inactive" }),
    "web_key.removed": () => ({ status: "removed" }),
  },
});
