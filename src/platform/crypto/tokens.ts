import { randomBytes, timingSafeEqual } from "node:crypto";
import { type NewId, type TokenId, tokenId } from "../../kernel/ids.ts";
import { type MintedToken, type MintToken, type TokenKind, tokenKinds } from "../../kernel/token.ts";
import { decodeBase64url, reveal, type Secret, secret, sha256 } from "./secret.ts";

const secretBytes = 32;
const secretChars = 43;

const kindOfPrefix: ReadonlyMap<string, TokenKind> = new Map(
  // Object.keys gives strings; these are the keys of the literal table.
  (Object.keys(tokenKinds) as TokenKind[]).map((kind) => [tokenKinds[kind].prefix, kind]),
);

/** Makes {@link MintToken}: `<prefix>_<id>.<secret>`, where only the SHA-256 of the secret is to be stored. */
export const createMintToken =
  (newId: NewId): MintToken =>
  (kind): MintedToken => {
    const id = tokenId.parse(newId());
    const bytes = randomBytes(secretBytes);
    return { id, text: `${tokenKinds[kind].prefix}_${id}.${bytes.toString("base64url")}`, hash: sha256(bytes) };
  };

/** A presented credential, taken apart but not yet believed. */
export type ParsedToken = { readonly kind: TokenKind; readonly id: TokenId; readonly secret: Secret };

const form = new RegExp(`^([a-z]{2,3})_([0-9]{18,19})\\.([A-Za-z0-9_-]{${secretChars}})$`);

/**
 * Takes a presented credential apart, or `null`. Strict: one text per credential, so a flipped, cut or appended character
 * makes another credential or none (GHSA-6mq3-xmgp-pjm5: a truncated token stayed valid elsewhere).
 */
export const parseToken = (text: string): ParsedToken | null => {
  const [, prefix, id, encoded] = form.exec(text) ?? [];
  if (prefix === undefined || id === undefined || encoded === undefined) return null;
  const kind = kindOfPrefix.get(prefix);
  const bytes = decodeBase64url(encoded);
  if (kind === undefined || bytes === null) return null;
  return { kind, id: tokenId.parse(id), secret: secret(bytes) };
};

/** What is stored of a secret. Plain SHA-256 is enough for 256 random bits: there is nothing to guess. */
export const hashSecret = (value: Secret): Uint8Array => sha256(reveal(value));

/** Whether a presented secret is the one whose hash is stored; constant time. */
export const matches = (hash: Uint8Array, value: Secret): boolean => {
  const presented = hashSecret(value);
  return hash.length === presented.length && timingSafeEqual(hash, presented);
};
