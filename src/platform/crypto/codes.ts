import { createHmac, randomInt } from "node:crypto";

/** A short code for a person to type, and what is stored of it. */
export type MintedCode = { readonly text: string; readonly hash: string };

/** No letters or digits that are taken for one another, and no vowels, so that no words arise. */
const alphabet = "BCDFGHJKLMNPQRSTVWXZ23456789";
const codeChars = 8;

/** Stored form of a code: HMAC-SHA256 under a key that is not in the database, because 38 bits alone could be guessed. */
export const createHashCode =
  (key: Uint8Array) =>
  (code: string): string =>
    createHmac("sha256", key).update(code.trim().toUpperCase()).digest("base64url");

/** Makes short codes, random and evenly spread, with what is stored of them. */
export const createMintCode = (key: Uint8Array) => {
  const hashCode = createHashCode(key);
  return (): MintedCode => {
    const text = Array.from({ length: codeChars }, () => alphabet[randomInt(alphabet.length)]).join("");
    return { text, hash: hashCode(text) };
  };
};
