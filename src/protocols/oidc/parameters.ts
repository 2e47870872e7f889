import { limits } from "../../kernel/limits.ts";
import { OAuthError } from "./errors.ts";

/** The parameters of a request, decoded; those that came more than once are kept apart. */
export type Parameters = {
  /** parameters that came exactly once, and not empty */
  readonly values: ReadonlyMap<string, string>;
  readonly repeated: ReadonlySet<string>;
  /** of those that may come more than once, all values */
  readonly lists: ReadonlyMap<string, readonly string[]>;
};

/** RFC 8707 §2, RFC 8693 §2.1: several of these name several targets. */
const repeatable: ReadonlySet<string> = new Set(["resource", "audience"]);

/** Larger values are refused: id_token_hint is the longest that we expect. */
const usualValueChars = 8_192;
/** A request object holds all the other parameters, and a signature. */
const objectChars = 65_536;
const parametersMax = 100;

/**
 * Reads `application/x-www-form-urlencoded` parameters. RFC 6749 §3.1: a parameter without a value counts as omitted; one
 * that is included more than once is an error, which the caller reports when it knows to whom.
 */
export const readParameters = (
  source: Iterable<readonly [string, string]>,
  { valueChars = usualValueChars }: { readonly valueChars?: number } = {},
): Parameters => {
  const values = new Map<string, string>();
  const repeated = new Set<string>();
  const lists = new Map<string, readonly string[]>();
  let count = 0;
  for (const [name, value] of source) {
    count += 1;
    if (count > parametersMax)
      throw new OAuthError("invalid_request", { description: "There are too many parameters" });
    if (value === "") continue;
    if (value.length > (name === "request" ? objectChars : valueChars) || value.includes("\u0000")) {
      throw new OAuthError("invalid_request", { description: "A parameter is too long or holds a null character" });
    }
    if (repeatable.has(name)) {
      lists.set(name, [...(lists.get(name) ?? []), value]);
      if (values.has(name)) continue;
    }
    if (values.has(name) || repeated.has(name)) {
      values.delete(name);
      repeated.add(name);
    } else {
      values.set(name, value);
    }
  }
  return { values, repeated, lists };
};

/** RFC 6749 §3.1, §3.2: request parameters must not be included more than once. */
export const refuseRepeated = ({ repeated }: Parameters): void => {
  if (repeated.size === 0) return;
  throw new OAuthError("invalid_request", { description: "A parameter was included more than once" });
};

/** All values of a parameter that may be repeated, each once. */
export const listOf = ({ lists }: Parameters, name: "resource" | "audience"): readonly string[] => [
  ...new Set(lists.get(name) ?? []),
];

/** The parameters as they could be sent again: each once, and repeatable ones as often as they came. */
export const pairsIn = ({ values, lists }: Parameters): [string, string][] => [
  ...[...values].filter(([name]) => !lists.has(name)),
  ...[...lists].flatMap(([name, all]) => all.map((value): [string, string] => [name, value])),
];

/** A parameter that must be there. */
export const required = (parameters: Parameters, name: string): string => {
  const value = parameters.values.get(name);
  if (value === undefined) {
    const problem = parameters.repeated.has(name) ? "was included more than once" : "is missing";
    throw new OAuthError("invalid_request", { description: `The parameter ${name} ${problem}` });
  }
  return value;
};

/** A value that we only hand back or compare (`state`, `nonce`), within its limit. */
export const opaque = (parameters: Parameters, name: string): string | null => {
  const value = parameters.values.get(name);
  if (value === undefined) return null;
  // In bytes: what is kept of a request must fit a stream's state whatever script it is written in.
  if (Buffer.byteLength(value) > limits.opaqueChars) {
    throw new OAuthError("invalid_request", { description: `The parameter ${name} is too long` });
  }
  return value;
};

/** Space-delimited, case-sensitive values, each once (RFC 6749 §3.3 and OpenID Connect Core 1.0 §3.1.2.1). */
export const spaceDelimited = (value: string | undefined): readonly string[] => [
  ...new Set((value ?? "").split(" ").filter((word) => word !== "")),
];
