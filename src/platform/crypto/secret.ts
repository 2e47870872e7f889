import { hash, randomBytes, timingSafeEqual } from "node:crypto";

const bytesOf = new WeakMap<Secret, Uint8Array>();
const redacted = "[secret]";

/** Secret bytes that show themselves to nobody: printing, JSON and inspection give `[secret]`; see {@link reveal}. */
export type Secret = {
  readonly toString: () => typeof redacted;
  readonly toJSON: () => typeof redacted;
};

const prototype = {
  toString: () => redacted,
  toJSON: () => redacted,
  [Symbol.for("nodejs.util.inspect.custom")]: () => redacted,
} as const;

/** Wraps bytes or text (as UTF-8) as a secret. */
export const secret = (value: Uint8Array | string): Secret => {
  const made: Secret = Object.freeze(Object.create(prototype));
  bytesOf.set(made, typeof value === "string" ? Buffer.from(value, "utf8") : Uint8Array.from(value));
  return made;
};

/** The bytes of a secret: the one place where they come out, so that uses can be found by name. */
export const reveal = (value: Secret): Uint8Array => {
  const bytes = bytesOf.get(value);
  if (bytes === undefined) throw new TypeError("not a secret");
  return bytes;
};

export const sha256 = (value: Uint8Array | string): Uint8Array => Uint8Array.from(hash("sha256", value, "buffer"));

/** Whether two secrets are equal, in time that depends on neither: both are hashed first, so lengths may differ. */
export const equalSecrets = (a: Uint8Array | string, b: Uint8Array | string): boolean =>
  timingSafeEqual(sha256(a), sha256(b));

/** Random text of 256 bits, base64url: client secrets, nonces, CSRF values. */
export const randomText = (bytes = 32): string => randomBytes(bytes).toString("base64url");

/** A client secret (RFC 6749 §2.3.1, RFC 9700 §4.14: not guessable): 43 characters, 256 bits. */
export const generateClientSecret = (): string => randomText();

/** Bytes of canonical, unpadded base64url (RFC 4648 §5, §3.5), or `null`: exactly one text stands for each value. */
export const decodeBase64url = (text: string): Uint8Array | null => {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? Uint8Array.from(bytes) : null;
};
