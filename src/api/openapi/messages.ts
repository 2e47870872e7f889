import {
  type DescEnum,
  type DescField,
  type DescMessage,
  getOption,
  hasOption,
  type JsonValue,
  ScalarType,
} from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { openapiv2_field, openapiv2_schema } from "@zitadel/proto/protoc-gen-openapiv2/options/annotations_pb.js";
import type { FieldRules } from "@zitadel/proto/validate/validate_pb.js";
import { oneofIsRequired, rulesOf } from "../validate.ts";
import {
  durationExample,
  durationWords,
  enumKeywords,
  isLong,
  isRequiredField,
  scalarKeywords,
  sizeKeywords,
} from "./field-rules.ts";
import { type Direction, type JsonSchema, type Keywords, noKeywords, textOf } from "./json-schema.ts";
import { wellKnownSchema } from "./well-known.ts";
import { sentences } from "./words.ts";

/** Names the schema of a message or an enum, where it is used. */
export type Refer = (desc: DescMessage | DescEnum) => JsonSchema;

/** The schema of a message's JSON form; `without` names fields that are sent elsewhere. */
export const messageSchema = (
  desc: DescMessage,
  direction: Direction,
  refer: Refer,
  without: ReadonlySet<string> = new Set(),
): JsonSchema => {
  const fields = desc.fields.filter((field) => !without.has(field.name));
  const required = direction === "request" ? fields.filter(isRequiredField).map((field) => field.jsonName) : [];
  const stated = hasOption(desc, openapiv2_schema) ? getOption(desc, openapiv2_schema).jsonSchema : undefined;
  const description = sentences(stated?.title, stated?.description);
  return {
    type: "object",
    ...(description !== "" && { description }),
    properties: Object.fromEntries(fields.map((field) => [field.jsonName, fieldSchema(field, direction, refer)])),
    ...(required.length > 0 && { required }),
    ...oneofKeywords(desc, direction, without),
  };
};

/** At most one field of a oneof is set; exactly one where the rules ask for it. */
const oneofKeywords = (desc: DescMessage, direction: Direction, without: ReadonlySet<string>): JsonSchema => {
  const choices = desc.oneofs.flatMap((oneof) => {
    const cases = oneof.fields
      .filter((field) => !without.has(field.name))
      .map((field): JsonSchema => ({ required: [field.jsonName] }));
    const mustBeSet = direction === "request" && oneofIsRequired(oneof) && cases.length === oneof.fields.length;
    if (cases.length === 1 && !mustBeSet) return [];
    return cases.length === 0 ? [] : [{ oneOf: mustBeSet ? cases : [...cases, { not: { anyOf: cases } }] }];
  });
  const [only, ...others] = choices;
  return only === undefined ? {} : others.length === 0 ? only : { allOf: choices };
};

/** The schema of a field's value. */
export const fieldSchema = (field: DescField, direction: Direction, refer: Refer): JsonSchema => {
  const rules = direction === "request" ? rulesOf(field) : undefined;
  const { keywords, words } = valueSchema(field, rules, refer);
  const docs = docsOf(field);
  const description = sentences(docs.description, textOf(keywords["description"]), ruleSentence(words));
  const examples = docs.example === undefined ? undefined : examplesFor(keywords, docs.example);
  return {
    ...keywords,
    ...(description !== "" && { description }),
    ...(examples && { examples }),
    ...(field.deprecated && { deprecated: true }),
  };
};

const ruleSentence = (words: readonly string[]): string => (words.length === 0 ? "" : `Must be ${words.join(" and ")}`);

const valueSchema = (field: DescField, rules: FieldRules | undefined, refer: Refer): Keywords => {
  const type = rules?.type;
  if (field.fieldKind === "list") {
    const items = elementSchema(field, type?.case === "repeated" ? type.value.items : undefined, refer);
    return { keywords: { type: "array", items: described(items), ...sizeKeywords(rules) }, words: [] };
  }
  if (field.fieldKind === "map") {
    const values = elementSchema(field, type?.case === "map" ? type.value.values : undefined, refer);
    const keys = scalarKeywords(field.mapKey, type?.case === "map" ? type.value.keys : undefined).keywords;
    return {
      keywords: {
        type: "object",
        additionalProperties: described(values),
        ...(field.mapKey === ScalarType.STRING && Object.keys(keys).length > 0 && { propertyNames: keys }),
        ...sizeKeywords(rules),
      },
      words: [],
    };
  }
  return elementSchema(field, rules, refer);
};

const described = ({ keywords, words }: Keywords): JsonSchema => {
  const description = sentences(textOf(keywords["description"]), ruleSentence(words));
  return description === "" ? keywords : { ...keywords, description };
};

const elementSchema = (field: DescField, rules: FieldRules | undefined, refer: Refer): Keywords => {
  if (field.enum !== undefined) {
    const stated = rules?.type.case === "enum" ? rules.type.value : undefined;
    return { keywords: { ...refer(field.enum), ...enumKeywords(field.enum, stated) }, words: [] };
  }
  if (field.message !== undefined) {
    if (isWrapperDesc(field.message)) return scalarSchema(field.message.fields[0].scalar, rules);
    const known = wellKnownSchema(field.message.typeName);
    if (field.message.typeName === "google.protobuf.Duration") {
      return { keywords: { ...known, examples: [durationExample(rules)] }, words: durationWords(rules) };
    }
    if (known !== undefined) return { keywords: known, words: [] };
    return { keywords: refer(field.message), words: [] };
  }
  // What is neither an enum nor a message is a scalar.
  return field.scalar === undefined ? noKeywords : scalarSchema(field.scalar, rules);
};

const scalarSchema = (scalar: ScalarType, rules: FieldRules | undefined): Keywords => {
  const { keywords, words } = scalarKeywords(scalar, rules);
  return { keywords: { ...scalarType(scalar), ...keywords }, words };
};

const scalarType = (scalar: ScalarType): JsonSchema => {
  switch (scalar) {
    case ScalarType.STRING:
      return { type: "string" };
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.BYTES:
      return { type: "string", contentEncoding: "base64" };
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return { type: "number", format: scalar === ScalarType.FLOAT ? "float" : "double" };
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return { type: "integer", minimum: 0, maximum: 4_294_967_295 };
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return { type: "string", format: "uint64", pattern: "^[0-9]{1,20}$" };
    default:
      return isLong(scalar)
        ? { type: "string", format: "int64", pattern: "^-?[0-9]{1,19}$" }
        : { type: "integer", format: "int32" };
  }
};

type Docs = { readonly description: string; readonly example?: JsonValue };

/** What the contract says about a field. Its examples are JSON texts, with a few that are not. */
const docsOf = (field: DescField): Docs => {
  if (!hasOption(field, openapiv2_field)) return { description: "" };
  const { title, description, example } = getOption(field, openapiv2_field);
  const text = sentences(title, description);
  return example === "" ? { description: text } : { description: text, example: parsed(example) };
};

const parsed = (text: string): JsonValue => {
  try {
    // JSON.parse gives JSON values and nothing else.
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
};

/** The contract's example where it has the type of the field, else what the schema brought along. */
const examplesFor = (schema: JsonSchema, example: JsonValue): JsonValue[] | undefined => {
  const is =
    schema["type"] === "integer" ? "number" : schema["type"] === "array" ? Array.isArray(example) : schema["type"];
  const fits = is === true || (typeof is === "string" && !Array.isArray(example) && typeof example === is);
  return fits && example !== null ? [example] : undefined;
};
