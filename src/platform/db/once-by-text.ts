import { createLru } from "./lru.ts";

const textsMax = 1_000;
/** Longer texts are rare, and would make what is kept large. */
const textChars = 8_192;

/**
 * Reads each stored text once: the same text means the same for ever, so what was made of it may be kept and handed to
 * everybody who meets that text again. It is frozen, because all of them share it.
 */
export const onceByText = <T>(read: (text: string) => T): ((text: string) => T) => {
  const kept = createLru<string, { readonly value: T }>(textsMax);
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known.value;
    const value = freeze(read(text));
    if (text.length <= textChars) kept.set(text, { value });
    return value;
  };
};

const freeze = <T>(value: T): T => {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
};
