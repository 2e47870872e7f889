import type {
  BytesRules,
  DoubleRules,
  DurationRules,
  EnumRules,
  Int64Rules,
  StringRules,
  TimestampRules,
} from "@zitadel/proto/validate/validate_pb.js";

type Check = (value: unknown) => string | null;

/** Whether a proto2 rule is stated: unset rules only shine through from the prototype. */
export const states = <Rules extends object>(rules: Rules, name: keyof Rules): boolean => Object.hasOwn(rules, name);

const all =
  (checks: readonly Check[]): Check =>
  (value) => {
    for (const check of checks) {
      const problem = check(value);
      if (problem !== null) return problem;
    }
    return null;
  };

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const unstorable: Check = (value) =>
  text(value).includes("\u0000") || !text(value).isWellFormed() ? "holds characters that cannot be stored" : null;

/** Lengths are counted in characters (Unicode code points), as protoc-gen-validate counts them. */
const characters = (value: string): number => {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
};

const when = (stated: boolean, problem: string, fails: (value: string) => boolean): Check[] =>
  stated ? [(value) => (fails(text(value)) ? problem : null)] : [];

/** Checks of a string field: the rules stated for it, and always that the text can be stored. */
export const stringCheck = (rules: StringRules | undefined): Check => {
  if (rules === undefined) return unstorable;
  const length = (name: "len" | "minLen" | "maxLen" | "lenBytes" | "minBytes" | "maxBytes") => Number(rules[name]);
  const pattern = states(rules, "pattern") ? new RegExp(rules.pattern, "u") : /(?:)/u;
  const check = all([
    unstorable,
    ...when(states(rules, "const"), `must be ${JSON.stringify(rules.const)}`, (v) => v !== rules.const),
    ...when(states(rules, "len"), `must be ${length("len")} characters long`, (v) => characters(v) !== length("len")),
    ...when(states(rules, "minLen"), minProblem(length("minLen")), (v) => characters(v) < length("minLen")),
    // A string has at least as many UTF-16 units as characters: most texts need no counting.
    ...when(
      states(rules, "maxLen"),
      `must be at most ${length("maxLen")} characters long`,
      (v) => v.length > length("maxLen") && characters(v) > length("maxLen"),
    ),
    ...when(
      states(rules, "lenBytes"),
      `must be ${length("lenBytes")} bytes long`,
      (v) => Buffer.byteLength(v) !== length("lenBytes"),
    ),
    ...when(
      states(rules, "minBytes"),
      `must be at least ${length("minBytes")} bytes long`,
      (v) => Buffer.byteLength(v) < length("minBytes"),
    ),
    ...when(
      states(rules, "maxBytes"),
      `must be at most ${length("maxBytes")} bytes long`,
      (v) => Buffer.byteLength(v) > length("maxBytes"),
    ),
    ...when(states(rules, "pattern"), "does not have the required form", (v) => !pattern.test(v)),
    ...when(
      states(rules, "prefix"),
      `must begin with ${JSON.stringify(rules.prefix)}`,
      (v) => !v.startsWith(rules.prefix),
    ),
    ...when(states(rules, "suffix"), `must end with ${JSON.stringify(rules.suffix)}`, (v) => !v.endsWith(rules.suffix)),
    ...when(
      states(rules, "contains"),
      `must contain ${JSON.stringify(rules.contains)}`,
      (v) => !v.includes(rules.contains),
    ),
    ...when(states(rules, "notContains"), `must not contain ${JSON.stringify(rules.notContains)}`, (v) =>
      v.includes(rules.notContains),
    ),
    ...when(rules.in.length > 0, `must be one of ${rules.in.join(", ")}`, (v) => !rules.in.includes(v)),
    ...when(rules.notIn.length > 0, "has a value that is not allowed", (v) => rules.notIn.includes(v)),
    ...wellKnown(rules),
  ]);
  return rules.ignoreEmpty ? (value) => (value === "" ? null : check(value)) : check;
};

const minProblem = (min: number): string =>
  min === 1 ? "must not be empty" : `must be at least ${min} characters long`;

const hostname =
  /^(?=.{1,253}\.?$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?$/i;
const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const emailForm = /^[^\s@\p{Cc}<>"(),:;[\]\\]+@[^\s@\p{Cc}<>"(),:;[\]\\]+$/u;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const isIpv6 = (value: string): boolean => value.includes(":") && URL.canParse(`http://[${value}]/`);
const isAddress = (value: string): boolean => hostname.test(value) || ipv4.test(value) || isIpv6(value);

const wellKnown = ({ wellKnown: known }: StringRules): Check[] => {
  switch (known.case) {
    case undefined:
      return [];
    case "email":
      return when(known.value, "is not an e-mail address", (v) => v.length > 254 || !emailForm.test(v));
    case "hostname":
      return when(known.value, "is not a host name", (v) => !hostname.test(v));
    case "ip":
      return when(known.value, "is not an IP address", (v) => !ipv4.test(v) && !isIpv6(v));
    case "ipv4":
      return when(known.value, "is not an IPv4 address", (v) => !ipv4.test(v));
    case "ipv6":
      return when(known.value, "is not an IPv6 address", (v) => !isIpv6(v));
    case "uri":
      return when(known.value, "is not an absolute URI", (v) => !URL.canParse(v));
    case "uriRef":
      return when(known.value, "is not a URI", (v) => !URL.canParse(v, "http://relative.invalid/"));
    case "address":
      return when(known.value, "is not a host name or an IP address", (v) => !isAddress(v));
    case "uuid":
      return when(known.value, "is not a UUID", (v) => !uuid.test(v));
    case "wellKnownRegex":
      // HTTP_HEADER_NAME (1) and HTTP_HEADER_VALUE (2), RFC 9110 §5.
      return when(true, "is not allowed in an HTTP header", (v) =>
        known.value === 1 ? !/^:?[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(v) : /[^\P{Cc}\t]/u.test(v),
      );
  }
};

type AnyNumberRules = Pick<DoubleRules | Int64Rules, "ignoreEmpty"> & {
  readonly const: number | bigint;
  readonly lt: number | bigint;
  readonly lte: number | bigint;
  readonly gt: number | bigint;
  readonly gte: number | bigint;
  readonly in: readonly (number | bigint)[];
  readonly notIn: readonly (number | bigint)[];
};

/** Checks of a numeric field, 32 or 64 bits. */
export const numberCheck = (rules: AnyNumberRules): Check => {
  const bound = (stated: boolean, problem: string, holds: (value: number | bigint) => boolean): Check[] =>
    stated
      ? [(value) => ((typeof value === "number" || typeof value === "bigint") && holds(value) ? null : problem)]
      : [];
  const check = all([
    ...bound(states(rules, "const"), `must be ${rules.const}`, (v) => v === rules.const),
    ...bound(states(rules, "lt"), `must be less than ${rules.lt}`, (v) => v < rules.lt),
    ...bound(states(rules, "lte"), `must be at most ${rules.lte}`, (v) => v <= rules.lte),
    ...bound(states(rules, "gt"), `must be greater than ${rules.gt}`, (v) => v > rules.gt),
    ...bound(states(rules, "gte"), `must be at least ${rules.gte}`, (v) => v >= rules.gte),
    ...bound(rules.in.length > 0, `must be one of ${rules.in.join(", ")}`, (v) => rules.in.includes(v)),
    ...bound(rules.notIn.length > 0, "has a value that is not allowed", (v) => !rules.notIn.includes(v)),
  ]);
  return rules.ignoreEmpty ? (value) => (value === 0 || value === 0n ? null : check(value)) : check;
};

/** Checks of an enum field; `values` are those the enum defines. */
export const enumCheck = (rules: EnumRules | undefined, values: ReadonlySet<number>): Check => {
  if (rules === undefined) return () => null;
  return (value) => {
    if (typeof value !== "number") return "is not a value of this enum";
    if (states(rules, "const") && value !== rules.const) return "has a value that is not allowed";
    if (rules.definedOnly && !values.has(value)) return "is not a value of this enum";
    if (rules.in.length > 0 && !rules.in.includes(value)) return "has a value that is not allowed";
    if (rules.notIn.includes(value)) return value === 0 ? "must be set" : "has a value that is not allowed";
    return null;
  };
};

/** Checks of a bytes field. */
export const bytesCheck = (rules: BytesRules): Check => {
  const size = (name: "len" | "minLen" | "maxLen") => (states(rules, name) ? Number(rules[name]) : null);
  const [exact, min, max] = [size("len"), size("minLen"), size("maxLen")];
  return (value) => {
    const length = value instanceof Uint8Array ? value.length : 0;
    if (rules.ignoreEmpty && length === 0) return null;
    if (exact !== null && length !== exact) return `must be ${exact} bytes long`;
    if (min !== null && length < min) return min === 1 ? "must not be empty" : `must be at least ${min} bytes long`;
    if (max !== null && length > max) return `must be at most ${max} bytes long`;
    return null;
  };
};

type Span = { readonly seconds: bigint; readonly nanos: number };

const nanosOf = (span: Span): bigint => span.seconds * 1_000_000_000n + BigInt(span.nanos);
const spoken = (span: Span): string => `${Number(nanosOf(span)) / 1e9}s`;

type SpanRules = {
  readonly const?: Span;
  readonly lt?: Span;
  readonly lte?: Span;
  readonly gt?: Span;
  readonly gte?: Span;
};

const spanCheck = (rules: SpanRules): Check => {
  const bound = (limit: Span | undefined, words: string, holds: (value: bigint, limit: bigint) => boolean): Check[] =>
    limit === undefined
      ? []
      : // Only called with messages of the two types that are seconds and nanoseconds.
        [(value) => (holds(nanosOf(value as Span), nanosOf(limit)) ? null : `must be ${words}${spoken(limit)}`)];
  return all([
    ...bound(rules.const, "", (v, limit) => v === limit),
    ...bound(rules.lt, "less than ", (v, limit) => v < limit),
    ...bound(rules.lte, "at most ", (v, limit) => v <= limit),
    ...bound(rules.gt, "more than ", (v, limit) => v > limit),
    ...bound(rules.gte, "at least ", (v, limit) => v >= limit),
  ]);
};

/** Checks of a `google.protobuf.Duration`. */
export const durationCheck = (rules: DurationRules): Check => spanCheck(rules);

/** Checks of a `google.protobuf.Timestamp`. */
export const timestampCheck = (rules: TimestampRules): Check => spanCheck(rules);
