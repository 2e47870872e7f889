import { tokenKinds } from "../../kernel/token.ts";

const prefixes = Object.values(tokenKinds)
  .map(({ prefix }) => prefix)
  .join("|");

/** What looks like a secret or an address of a person, wherever it stands in a text. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`\\b(${prefixes})_(\\d{6,19})\\.[A-Za-z0-9_-]+`, "g"), "$1_$2.[secret]"],
  [/\beyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)+/g, "[jwt]"],
  [/\$(?:argon2(?:id?|d)|scrypt|pbkdf2[a-z0-9-]*|2[abxy])\$\S+/g, "[hash]"],
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]+@/gi, "$1[secret]@"],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{16,}/gi, "$1 [secret]"],
  [/(\bhttps?:\/\/[^\s?#"']+)[?#][^\s"']*/gi, "$1?[query]"],
  [/[^\s"'<>()[\],:;=@/]{1,100}@[^\s"'<>(),:;=@]{1,255}/g, "[email]"],
];

/** Each pattern needs one of these; most texts of the log have none, so that one look is enough for them. */
const suspicious = /[_$:@?#]|eyJ|bearer|basic/i;

/** Some patterns take quadratic time; what stands beyond this is not looked at and not shown. */
const scrubbedChars = 8_000;

/** A text without what looks like a credential or an e-mail address: the last net, for messages of others' errors. */
export const scrub = (text: string): string =>
  text.length <= scrubbedChars && !suspicious.test(text)
    ? text
    : patterns.reduce(
        (scrubbed, [pattern, replacement]) => scrubbed.replace(pattern, replacement),
        text.slice(0, scrubbedChars),
      );

const maxCauses = 4;
const messageChars = 1_000;
const stackChars = 4_000;

export type DescribedError = {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
};

/**
 * What the log shows of an error: type, message, code, stack and causes. Its other members are left out: drivers put
 * statements, parameters and rows there.
 */
export const describeError = (error: unknown, depth = 0): DescribedError => {
  if (!(error instanceof Error)) return { type: typeof error, message: scrub(String(error)).slice(0, messageChars) };
  const { code, cause } = error as Error & { readonly code?: unknown };
  return {
    type: error.name,
    message: scrub(error.message).slice(0, messageChars),
    ...(typeof code === "string" ? { code: scrub(code) } : {}),
    ...(error.stack === undefined ? {} : { stack: scrub(frames(error.stack)).slice(0, stackChars) }),
    ...(cause === undefined || depth >= maxCauses ? {} : { cause: describeError(cause, depth + 1) }),
  };
};

/** The frames alone: the first lines repeat the message, which may be long. */
const frames = (stack: string): string => {
  const lines = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return lines.map((line) => line.trim()).join("\n");
};
