import { webKeyAlgorithms } from "../web-key/web-key.events.ts";
import type { ClientSettings } from "./client-settings.events.ts";

/** By what answers to a client can be signed: a key of it is made when a client first asks (RFC 7518 §3.1, RFC 8037 §3.1). */
export const answerSignatures = webKeyAlgorithms;
export type AnswerSignature = (typeof answerSignatures)[number];

const settingsThatSign = [
  "idTokenSignedResponseAlg",
  "userinfoSignedResponseAlg",
  "introspectionSignedResponseAlg",
  "authorizationSignedResponseAlg",
] as const satisfies readonly (keyof ClientSettings)[];

/** The algorithms that client settings ask for signatures by. */
export const signaturesAsked = (settings: ClientSettings): readonly AnswerSignature[] =>
  answerSignatures.filter((alg) => settingsThatSign.some((name) => settings[name] === alg));

/**
 * How keys of encrypted answers are managed (RFC 7518 §4.1), with the kind of key each needs. RSA1_5 is none of them
 * (RFC 8725 §3.2), and those with a shared secret are not: of client secrets only a hash is kept.
 */
export const keyEncryptions = {
  "RSA-OAEP": ["RSA"],
  "RSA-OAEP-256": ["RSA"],
  "RSA-OAEP-384": ["RSA"],
  "RSA-OAEP-512": ["RSA"],
  "ECDH-ES": ["EC", "OKP"],
  "ECDH-ES+A128KW": ["EC", "OKP"],
  "ECDH-ES+A192KW": ["EC", "OKP"],
  "ECDH-ES+A256KW": ["EC", "OKP"],
} as const satisfies Readonly<Record<string, readonly ("RSA" | "EC" | "OKP")[]>>;

export type KeyEncryption = keyof typeof keyEncryptions;

/** The names of {@link keyEncryptions}, as discovery lists them. */
export const keyEncryptionNames: readonly string[] = Object.keys(keyEncryptions);

/** Whether keys of encrypted answers can be managed so. */
export const isKeyEncryption = (alg: string): alg is KeyEncryption => Object.hasOwn(keyEncryptions, alg);

/** Content encryption (RFC 7518 §5.1); the first is the default (OpenID Connect Dynamic Client Registration 1.0 §2). */
export const contentEncryptions = [
  "A128CBC-HS256",
  "A192CBC-HS384",
  "A256CBC-HS512",
  "A128GCM",
  "A192GCM",
  "A256GCM",
] as const;
