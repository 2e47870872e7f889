import { type DescEnum, type DescField, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import type { BytesRules, EnumRules, FieldRules, StringRules } from "@zitadel/proto/validate/validate_pb.js";
import { isRequired, rulesOf, scalarCheck } from "../validate.ts";
import { durationCheck, enumCheck, states } from "../validate-rules.ts";
import { type JsonSchema, type Keywords, noKeywords } from "./json-schema.ts";

/** Whether a request without the field is refused: asked of the checks themselves, with the value that an unset field has. */
export const isRequiredField = (field: DescField): boolean => {
  const rules = rulesOf(field);
  const { type } = rules ?? {};
  switch (field.fieldKind) {
    case "list":
      return type?.case === "repeated" && !type.value.ignoreEmpty && Number(type.value.minItems) > 0;
    case "map":
      return type?.case === "map" && !type.value.ignoreEmpty && Number(type.value.minPairs) > 0;
    case "message":
      return field.oneof === undefined && isRequired(rules);
    case "enum": {
      const values = new Set(field.enum.values.map((value) => value.number));
      const check = enumCheck(type?.case === "enum" ? type.value : undefined, values);
      return hasNoPresence(field) && check(0) !== null;
    }
    case "scalar":
      return hasNoPresence(field) && scalarCheck(field.scalar, rules)(zeroOf(field.scalar)) !== null;
  }
};

const hasNoPresence = (field: DescField): boolean => field.presence === FeatureSet_FieldPresence.IMPLICIT;

const zeroOf = (scalar: ScalarType): unknown => {
  switch (scalar) {
    case ScalarType.STRING:
      return "";
    case ScalarType.BOOL:
      return false;
    case ScalarType.BYTES:
      return new Uint8Array();
    default:
      return isLong(scalar) ? 0n : 0;
  }
};

const longs: ReadonlySet<ScalarType> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);

/** 64-bit integers are text in protojson. */
export const isLong = (scalar: ScalarType): boolean => longs.has(scalar);

/** What the rules of a scalar value say, as JSON Schema. */
export const scalarKeywords = (scalar: ScalarType, rules: FieldRules | undefined): Keywords => {
  if (rules === undefined) return noKeywords;
  const { type } = rules;
  switch (type.case) {
    case undefined:
      return noKeywords;
    case "string":
      return stringKeywords(type.value);
    case "bytes":
      return { keywords: bytesKeywords(type.value), words: [] };
    case "bool":
      return states(type.value, "const") ? { keywords: { const: type.value.const }, words: [] } : noKeywords;
    case "enum":
    case "repeated":
    case "map":
    case "any":
    case "duration":
    case "timestamp":
      return noKeywords;
    default:
      return numberKeywords(type.value, isLong(scalar));
  }
};

const stringKeywords = (rules: StringRules): Keywords => {
  const number = (name: "len" | "minLen" | "maxLen" | "lenBytes" | "minBytes" | "maxBytes"): number | undefined =>
    states(rules, name) ? Number(rules[name]) : undefined;
  // One character takes one to four bytes in UTF-8.
  const fewest = number("lenBytes") ?? number("minBytes");
  const min = number("len") ?? number("minLen") ?? (fewest && Math.ceil(fewest / 4));
  const max = number("len") ?? number("maxLen") ?? number("lenBytes") ?? number("maxBytes");
  const patterns = [
    ...(states(rules, "pattern") ? [rules.pattern] : []),
    ...(states(rules, "prefix") ? [`^${literal(rules.prefix)}`] : []),
    ...(states(rules, "suffix") ? [`${literal(rules.suffix)}$`] : []),
    ...(states(rules, "contains") ? [literal(rules.contains)] : []),
  ];
  const [pattern, ...others] = patterns;
  const refused = [
    ...(rules.notIn.length > 0 ? [{ enum: [...rules.notIn] }] : []),
    ...(states(rules, "notContains") ? [{ pattern: literal(rules.notContains) }] : []),
  ];
  const { format, words } = wellKnown(rules);
  const keywords: JsonSchema = {
    ...(states(rules, "const") && { const: rules.const }),
    ...(rules.in.length > 0 && { enum: [...rules.in] }),
    ...(min !== undefined && min > 0 && { minLength: min }),
    ...(max !== undefined && { maxLength: max }),
    ...(pattern !== undefined && { pattern }),
    ...(others.length > 0 && { allOf: others.map((one) => ({ pattern: one })) }),
    ...(refused.length > 0 && { not: { anyOf: refused } }),
    ...(format !== undefined && { format }),
  };
  const mayBeEmpty = rules.ignoreEmpty && Object.keys(keywords).some((name) => name !== "maxLength");
  return { keywords: mayBeEmpty ? { anyOf: [{ const: "" }, keywords] } : keywords, words };
};

/** The text as a regular expression that means just it. */
const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

const wellKnown = ({
  wellKnown: known,
}: StringRules): { readonly format?: string; readonly words: readonly string[] } => {
  if (known.case === undefined || known.value === false) return { words: [] };
  switch (known.case) {
    case "email":
    case "hostname":
    case "ipv4":
    case "ipv6":
    case "uri":
    case "uuid":
      return { format: known.case, words: [] };
    case "uriRef":
      return { format: "uri-reference", words: [] };
    case "ip":
      return { words: ["an IP address"] };
    case "address":
      return { words: ["a host name or an IP address"] };
    case "wellKnownRegex":
      return { words: ["as allowed in an HTTP header"] };
  }
};

/** Sizes of bytes as lengths of their base64 text; three bytes are four characters. */
const bytesKeywords = (rules: BytesRules): JsonSchema => {
  const size = (name: "len" | "minLen" | "maxLen"): number | undefined =>
    states(rules, name) ? Number(rules[name]) : undefined;
  const [min, max] = [size("len") ?? size("minLen"), size("len") ?? size("maxLen")];
  return {
    ...(min !== undefined && min > 0 && !rules.ignoreEmpty && { minLength: Math.ceil((min * 4) / 3) }),
    ...(max !== undefined && { maxLength: Math.ceil(max / 3) * 4 }),
  };
};

type Numbers = {
  readonly const: number | bigint;
  readonly lt: number | bigint;
  readonly lte: number | bigint;
  readonly gt: number | bigint;
  readonly gte: number | bigint;
  readonly in: readonly (number | bigint)[];
  readonly notIn: readonly (number | bigint)[];
};

const bounds = [
  ["gte", "minimum", "at least"],
  ["gt", "exclusiveMinimum", "greater than"],
  ["lte", "maximum", "at most"],
  ["lt", "exclusiveMaximum", "less than"],
  ["const", "const", "exactly"],
] as const;

const numberKeywords = (rules: Numbers, long: boolean): Keywords => {
  const stated = bounds.filter(([name]) => states(rules, name));
  // JSON Schema compares numbers, not texts.
  if (long) {
    const isPositive = (states(rules, "gt") && rules.gt >= 0n) || (states(rules, "gte") && rules.gte > 0n);
    const keywords: JsonSchema = isPositive ? { pattern: "^[1-9][0-9]{0,19}$" } : {};
    return { keywords, words: stated.map(([name, , words]) => `${words} ${rules[name]}`) };
  }
  const keywords: JsonSchema = Object.fromEntries(stated.map(([name, keyword]) => [keyword, Number(rules[name])]));
  if (rules.in.length > 0) keywords["enum"] = rules.in.map(Number);
  if (rules.notIn.length > 0) keywords["not"] = { enum: rules.notIn.map(Number) };
  return { keywords, words: [] };
};

/** What the rules of an enum value say; values are known by name in JSON. */
export const enumKeywords = (desc: DescEnum, rules: EnumRules | undefined): JsonSchema => {
  if (rules === undefined) return {};
  const named = (numbers: readonly number[]): string[] =>
    desc.values.filter((value) => numbers.includes(value.number)).map((value) => value.name);
  return {
    ...(states(rules, "const") && { enum: named([rules.const]) }),
    ...(rules.in.length > 0 && { enum: named(rules.in) }),
    ...(rules.notIn.length > 0 && { not: { enum: named(rules.notIn) } }),
  };
};

/** How many items a list may have, or entries a map. */
export const sizeKeywords = (rules: FieldRules | undefined): JsonSchema => {
  const type = rules?.type;
  if (type?.case === "repeated") {
    const { minItems, maxItems, unique, ignoreEmpty } = type.value;
    return {
      ...(Number(minItems) > 0 && !ignoreEmpty && { minItems: Number(minItems) }),
      ...(Number(maxItems) > 0 && { maxItems: Number(maxItems) }),
      ...(unique && { uniqueItems: true }),
    };
  }
  if (type?.case === "map") {
    const { minPairs, maxPairs, ignoreEmpty } = type.value;
    return {
      ...(Number(minPairs) > 0 && !ignoreEmpty && { minProperties: Number(minPairs) }),
      ...(Number(maxPairs) > 0 && { maxProperties: Number(maxPairs) }),
    };
  }
  return {};
};

/** A duration that the rules admit, as an example. */
export const durationExample = (rules: FieldRules | undefined): string => {
  const type = rules?.type;
  const usual = 3_600;
  if (type?.case !== "duration") return `${usual}s`;
  const check = durationCheck(type.value);
  const { gte, lte, gt, lt } = type.value;
  const stated = [lte, gte, lt, gt].flatMap((span) => (span === undefined ? [] : [Number(span.seconds)]));
  const tried = [usual, ...stated, ...stated.flatMap((seconds) => [seconds + 1, seconds - 1])];
  const fits = tried.find((seconds) => check({ seconds: BigInt(seconds), nanos: 0 }) === null);
  return `${fits ?? usual}s`;
};

type Span = { readonly seconds: bigint; readonly nanos: number };

/** Bounds of a duration, in words: no JSON Schema keyword compares them. */
export const durationWords = (rules: FieldRules | undefined): readonly string[] => {
  const type = rules?.type;
  if (type?.case !== "duration") return [];
  const said = (words: string, span: Span | undefined): string[] =>
    span === undefined ? [] : [`${words} ${Number(span.seconds) + span.nanos / 1e9}s`];
  const { gte, gt, lte, lt } = type.value;
  return [...said("at least", gte), ...said("more than", gt), ...said("at most", lte), ...said("less than", lt)];
};
