import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import fc from "fast-check";

/** A schema of a document with the schemas that it refers to. */
export type SchemaIn = { readonly schema: JsonObject; readonly schemas: Readonly<Record<string, JsonObject>> };

const maxDepth = 4;
/** Schemas that name themselves end here. */
const maxReferenceDepth = 10;

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
const numberOr = (value: JsonValue | undefined, other: number): number => (typeof value === "number" ? value : other);

/** Values that a schema of the API document admits. */
export const valuesOf = ({ schema, schemas }: SchemaIn, depth = 0): fc.Arbitrary<JsonValue> => {
  const { $ref, ...siblings } = schema;
  if (typeof $ref === "string") {
    const target = schemas[$ref.slice("#/components/schemas/".length)];
    if (target === undefined) throw new Error(`nothing is at ${$ref}`);
    return depth > maxReferenceDepth
      ? fc.constant(null)
      : valuesOf({ schema: { ...target, ...siblings }, schemas }, depth);
  }
  const inner = (value: JsonValue | undefined) =>
    valuesOf({ schema: isObject(value) ? value : {}, schemas }, depth + 1);
  if (schema["const"] !== undefined) return fc.constant(schema["const"]);
  const { anyOf, ...rest } = schema;
  if (Array.isArray(anyOf)) return fc.oneof(...anyOf.filter(isObject).map((one) => inner({ ...rest, ...one })));
  const refused = isObject(schema["not"]) ? list(schema["not"]["enum"]) : [];
  if (Array.isArray(schema["enum"])) {
    return fc.constantFrom(...schema["enum"].filter((value) => !refused.includes(value)));
  }
  if (Array.isArray(schema["type"])) return fc.oneof(...schema["type"].map((type) => inner({ ...rest, type })));
  switch (schema["type"]) {
    case "string":
      return texts(schema);
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc
        .integer({
          min: numberOr(schema["exclusiveMinimum"], numberOr(schema["minimum"], -(2 ** 31)) - 1) + 1,
          max: Math.min(
            numberOr(schema["exclusiveMaximum"], numberOr(schema["maximum"], 2 ** 31 - 1) + 1) - 1,
            schema["format"] === "int32" ? 2 ** 31 - 1 : 2 ** 32 - 1,
          ),
        })
        .filter((value) => !refused.includes(value));
    case "number":
      return fc.constantFrom(0, 1.5, -3);
    case "array": {
      const size = { minLength: numberOr(schema["minItems"], 0), maxLength: numberOr(schema["maxItems"], 1_000) };
      const maxLength = Math.max(size.minLength, Math.min(size.maxLength, depth > maxDepth ? 0 : 3));
      const bounds = { minLength: size.minLength, maxLength };
      return schema["uniqueItems"] === true
        ? fc.uniqueArray(inner(schema["items"]), { ...bounds, selector: (item) => JSON.stringify(item) })
        : fc.array(inner(schema["items"]), bounds);
    }
    case "object":
      return isObject(schema["additionalProperties"])
        ? fc.dictionary(
            isObject(schema["propertyNames"])
              ? texts(schema["propertyNames"])
              : fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/),
            inner(schema["additionalProperties"]),
            { minKeys: numberOr(schema["minProperties"], 0), maxKeys: 3 },
          )
        : objects(schema, schemas, depth);
    default:
      return fc.constant("anything");
  }
};

const formats: Readonly<Record<string, readonly string[]>> = {
  email: ["ada@example.com"],
  hostname: ["id.example.com"],
  ipv4: ["192.0.2.1"],
  ipv6: ["2001:db8::1"],
  uri: ["https://example.com/a?b=c", "app://callback"],
  "uri-reference": ["/a", "https://example.com"],
  uuid: ["123e4567-e89b-12d3-a456-426614174000"],
  "date-time": ["2026-01-31T12:00:00Z"],
  int64: ["0", "-5", "12"],
  uint64: ["0", "12"],
};

const fits =
  (schema: JsonObject) =>
  (text: string): boolean =>
    typeof schema["pattern"] !== "string" || new RegExp(schema["pattern"], "u").test(text);

const texts = (schema: JsonObject): fc.Arbitrary<string> => {
  const min = numberOr(schema["minLength"], 0);
  const max = numberOr(schema["maxLength"], 1_000);
  const known = formats[typeof schema["format"] === "string" ? schema["format"] : ""];
  if (known !== undefined) return fc.constantFrom(...known.filter(fits(schema)));
  if (schema["contentEncoding"] === "base64") {
    const minLength = Math.ceil((min * 3) / 4);
    const bytes = { minLength, maxLength: Math.min(Math.floor(max / 4) * 3, minLength + 30) };
    return fc.uint8Array(bytes).map((value) => Buffer.from(value).toString("base64"));
  }
  const { pattern } = schema;
  // The bounds of durations are words: their example keeps to them.
  if (typeof pattern === "string" && pattern.endsWith("s$")) {
    return fc.constantFrom(...list(schema["examples"]).map(String));
  }
  if (typeof pattern === "string") {
    return fc.stringMatching(new RegExp(pattern, "u")).filter((text) => text.length >= min && text.length <= max);
  }
  return fc.string({ unit: "grapheme-ascii", minLength: min, maxLength: Math.min(max, min + 20) });
};

type Choice = { readonly names: readonly string[]; readonly mustBeSet: boolean };

const choicesOf = (schema: JsonObject): readonly Choice[] =>
  [schema, ...list(schema["allOf"]).filter(isObject)].flatMap((one) => {
    const cases = list(one["oneOf"]).filter(isObject);
    const names = cases.flatMap((choice) => list(choice["required"])).map(String);
    return names.length === 0 ? [] : [{ names, mustBeSet: cases.every((choice) => choice["not"] === undefined) }];
  });

const objects = (schema: JsonObject, schemas: SchemaIn["schemas"], depth: number): fc.Arbitrary<JsonValue> => {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const choices = choicesOf(schema);
  const required = new Set(list(schema["required"]).map(String));
  const needed = choices.filter(({ mustBeSet }) => mustBeSet).flatMap(({ names }) => names);
  const wanted = Object.entries(properties).filter(
    ([name]) => depth <= maxDepth || required.has(name) || needed.includes(name),
  );
  // Only a few cases of a required choice need to be made: each may hold another object.
  const record = fc.record(
    Object.fromEntries(
      wanted.map(([name, value]) => [name, valuesOf({ schema: isObject(value) ? value : {}, schemas }, depth + 1)]),
    ),
    { requiredKeys: wanted.map(([name]) => name).filter((name) => required.has(name) || needed.includes(name)) },
  );
  const chosen = fc.tuple(
    ...choices.map(({ names, mustBeSet }) => fc.constantFrom(...names, ...(mustBeSet ? [] : [null]))),
  );
  return fc.tuple(record, chosen).map(([value, picks]) => {
    const excluded = choices.flatMap(({ names }, index) => names.filter((name) => name !== picks[index]));
    return Object.fromEntries(Object.entries(value).filter(([name]) => !excluded.includes(name)));
  });
};
