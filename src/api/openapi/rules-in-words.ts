import type { JsonValue } from "@bufbuild/protobuf";
import { isSchema, type JsonSchema, listOf, shown, textOf } from "./json-schema.ts";

/** The rules of a schema in words. */
export const rulesInWords = (schema: JsonSchema): readonly string[] => {
  const { $ref, anyOf, not, items, format } = schema;
  const [empty, otherwise] = listOf(anyOf).filter(isSchema);
  const refusedValues = isSchema(not) ? listOf(not["enum"]) : [];
  // The forms of 64-bit numbers are no rules of the contract.
  const pattern = format === "int64" || format === "uint64" ? "" : textOf(schema["pattern"]);
  return [
    ...(empty?.["const"] === "" && otherwise !== undefined ? ["may be empty", ...rulesInWords(otherwise)] : []),
    ...sized(schema["minLength"], schema["maxLength"], "characters"),
    ...sized(schema["minItems"], schema["maxItems"], "items"),
    ...sized(schema["minProperties"], schema["maxProperties"], "entries"),
    ...sized(schema["minimum"], schema["maximum"], ""),
    ...said("more than", schema["exclusiveMinimum"]),
    ...said("less than", schema["exclusiveMaximum"]),
    ...(schema["uniqueItems"] === true ? ["no item twice"] : []),
    ...said("always", schema["const"]),
    ...($ref === undefined || schema["enum"] !== undefined ? oneOfValues(schema["enum"]) : []),
    ...(refusedValues.length > 0 ? [`not ${refusedValues.map(shown).join(", ")}`] : []),
    ...(pattern === "" ? [] : [`matches ${pattern}`]),
    ...(isSchema(items) ? rulesInWords(items).map((rule) => `each: ${rule}`) : []),
  ].map((rule) => rule.trim());
};

const said = (words: string, value: JsonValue | undefined): readonly string[] =>
  value === undefined ? [] : [`${words} ${shown(value)}`];

const oneOfValues = (values: JsonValue | undefined): readonly string[] =>
  values === undefined ? [] : [`one of ${listOf(values).map(shown).join(", ")}`];

const sized = (min: JsonValue | undefined, max: JsonValue | undefined, unit: string): readonly string[] => {
  const least = min === undefined ? null : shown(min);
  const most = max === undefined ? null : shown(max);
  if (least !== null && most !== null) return [least === most ? `${least} ${unit}` : `${least} to ${most} ${unit}`];
  if (least !== null) return [`at least ${least} ${unit}`];
  return most === null ? [] : [`at most ${most} ${unit}`];
};
