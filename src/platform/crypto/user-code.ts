import { createHmac, randomInt } from "node:crypto";

/** RFC 8628 §6.1: consonants that are not taken for one another, so that no words arise. */
const alphabet = "BCDFGHJKLMNPQRSTVWXZ";
const groups = 2;
const groupChars = 4;

/**
 * Stored form of a user code: HMAC-SHA256 under a key that is not in the database, because 34 bits alone could be guessed.
 * How it was typed does not matter: case, dashes and spaces are no part of it (RFC 8628 §6.1).
 */
export const createHashUserCode =
  (key: Uint8Array) =>
  (code: string): string =>
    createHmac("sha256", key)
      .update(`user_code:${code.toUpperCase().replaceAll(/[^A-Z0-9]/g, "")}`)
      .digest("base64url");

/** Makes user codes like `BDWP-HQPK`, random and evenly spread, with what is stored of them. */
export const createMintUserCode = (key: Uint8Array) => {
  const hash = createHashUserCode(key);
  return (): { readonly text: string; readonly hash: string } => {
    const group = () => Array.from({ length: groupChars }, () => alphabet[randomInt(alphabet.length)]).join("");
    const text = Array.from({ length: groups }, group).join("-");
    return { text, hash: hash(text) };
  };
};
