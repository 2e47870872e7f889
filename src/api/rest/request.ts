import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { Refusal } from "../../kernel/refusal.ts";

/** What a REST request is made of, before it becomes a message. */
export type RestRequest = {
  /** variables of the path, decoded */
  readonly path: readonly (readonly [field: string, value: string])[];
  readonly query: URLSearchParams;
  /** the body's text, "" when there is none */
  readonly body: string;
  /** `body` of the HTTP rule: `*` the whole message, a field's name, or "" */
  readonly bodyField: string;
};

/**
 * Makes the request message of a REST call (google/api/http.proto): the body, then query parameters, then path variables,
 * each winning over the former. Unknown fields are ignored; a known field with a wrong value is refused.
 */
export const messageOf = (desc: DescMessage, request: RestRequest): Message => {
  const json = bodyJson(desc, request);
  if (request.bodyField !== "*") {
    const taken = new Set([request.bodyField, ...request.path.map(([field]) => field)]);
    for (const name of new Set(request.query.keys())) {
      if (!isTaken(taken, desc, name)) assign(desc, json, name, request.query.getAll(name));
    }
  }
  for (const [name, value] of request.path) assign(desc, json, name, [value]);
  try {
    return fromJson(desc, json, { ignoreUnknownFields: true });
  } catch (error) {
    throw new Refusal("request.invalid", { fields: [{ path: "request", problem: shortened(error) }] });
  }
};

const bodyJson = (desc: DescMessage, { body, bodyField }: RestRequest): JsonObject => {
  if (bodyField === "" || body.trim() === "") return {};
  const value = parseJson(body);
  if (bodyField !== "*") {
    const field = fieldNamed(desc, bodyField);
    return field ? { [field.jsonName]: value } : {};
  }
  if (!isObject(value))
    throw new Refusal("request.invalid", { fields: [{ path: "body", problem: "must be a JSON object" }] });
  return value;
};

const parseJson = (text: string): JsonValue => {
  try {
    // JSON.parse gives JSON values and nothing else.
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new Refusal("request.invalid", { fields: [{ path: "body", problem: "is not JSON" }] });
  }
};

// A field bound by the path or the body takes nothing from the query.
const isTaken = (taken: ReadonlySet<string>, desc: DescMessage, parameter: string): boolean => {
  const first = fieldNamed(desc, parameter.split(/[.[]/, 1)[0] ?? "");
  return taken.has(parameter) || (first !== undefined && taken.has(first.name));
};

/** Sets the field that `name` (`a.b.c`, proto or JSON names, `map[key]`) stands for; an unknown one is ignored. */
const assign = (desc: DescMessage, json: JsonObject, name: string, values: readonly string[]): void => {
  const [, plain = name, mapKey] = /^([^[\]]+)\[([^\]]*)\]$/.exec(name) ?? [];
  const path = plain.split(".");
  const last = path.pop() ?? "";
  let target = json;
  let at = desc;
  for (const part of path) {
    const field = fieldNamed(at, part);
    if (field?.fieldKind !== "message") return;
    target = childOf(target, field);
    at = field.message;
  }
  const field = fieldNamed(at, last);
  if (field === undefined) return;
  delete target[field.name];
  if (field.fieldKind === "map") {
    if (mapKey === undefined) throw wrong(name, "needs a key in brackets");
    childOf(target, field)[mapKey] = jsonOf(field, values.at(-1) ?? "", name);
    return;
  }
  if (mapKey !== undefined) throw wrong(name, "is not a map");
  if (field.fieldKind === "list") {
    target[field.jsonName] = values.map((value) => jsonOf(field, value, name));
    return;
  }
  const [value = "", ...others] = values;
  if (others.length > 0) throw wrong(name, "may be given only once");
  target[field.jsonName] = jsonOf(field, value, name);
};

const childOf = (target: JsonObject, field: DescField): JsonObject => {
  const existing = target[field.jsonName] ?? target[field.name];
  const child = isObject(existing) ? existing : {};
  delete target[field.name];
  target[field.jsonName] = child;
  return child;
};

/** A text as the protojson value of a field: protojson takes numbers, bytes, times and durations as text already. */
const jsonOf = (field: DescField, text: string, name: string): JsonValue => {
  if (field.enum) return /^-?\d+$/.test(text) ? Number(text) : text;
  if (field.scalar === ScalarType.BOOL) return boolOf(text, name);
  if (!field.message) return text;
  if (isWrapperDesc(field.message))
    return field.message.fields[0].scalar === ScalarType.BOOL ? boolOf(text, name) : text;
  if (textForms.has(field.message.typeName)) return text;
  throw wrong(name, "cannot be given as text");
};

const textForms = new Set(["google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask"]);

const boolOf = (text: string, name: string): boolean => {
  if (/^(?:1|t|true)$/i.test(text)) return true;
  if (/^(?:0|f|false)$/i.test(text)) return false;
  throw wrong(name, "must be true or false");
};

const fieldNamed = (desc: DescMessage, name: string): DescField | undefined =>
  desc.fields.find((field) => field.name === name || field.jsonName === name);

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const wrong = (path: string, problem: string): Refusal =>
  new Refusal("request.invalid", { fields: [{ path, problem }] });

// protobuf-es says what is wrong with which field; a long value in its text is cut.
const shortened = (error: unknown): string => (error instanceof Error ? error.message : "cannot be read").slice(0, 300);
