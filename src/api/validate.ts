import {
  type DescField,
  type DescMessage,
  type DescOneof,
  getOption,
  hasOption,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { type Any, isWrapperDesc } from "@bufbuild/protobuf/wkt";
import {
  disabled,
  type FieldRules,
  ignored,
  required as oneofRequired,
  rules,
} from "@zitadel/proto/validate/validate_pb.js";
import { Refusal, type RefusalDetails } from "../kernel/refusal.ts";
import { bytesCheck, durationCheck, enumCheck, numberCheck, stringCheck, timestampCheck } from "./validate-rules.ts";

type Problem = NonNullable<RefusalDetails["fields"]>[number];

/** What is wrong with a value, or `null`. */
export type Check = (value: unknown) => string | null;

type Visit = (value: unknown, path: string, depth: number, problems: Problem[]) => void;
type Shape = { readonly [localName: string]: unknown };

const maxDepth = 100;
const maxProblems = 20;

/**
 * Enforces the `validate.rules` (protoc-gen-validate) of a request and of all messages inside it, as its descriptor
 * states them, and refuses text that cannot be stored (U+0000, lone surrogates). Refuses with `request.invalid` and the
 * JSON path of each offending field.
 */
export const validate = (desc: DescMessage, message: Message): void => {
  const problems: Problem[] = [];
  visitorOf(desc)(message, "", 0, problems);
  if (problems.length > 0) throw new Refusal("request.invalid", { fields: problems.slice(0, maxProblems) });
};

const visitors = new Map<DescMessage, Visit>();

// Compiled on first use and kept: message types are a closed set, and may contain themselves.
const visitorOf = (desc: DescMessage): Visit => {
  const known = visitors.get(desc);
  if (known) return known;
  const visitor = compileMessage(desc);
  visitors.set(desc, visitor);
  return visitor;
};

const compileMessage = (desc: DescMessage): Visit => {
  if (desc.typeName === "google.protobuf.Struct") return visitJson;
  const members = desc.members.map((member) => (member.kind === "oneof" ? compileOneof(member) : compilePlain(member)));
  return (value, path, depth, problems) => {
    if (depth > maxDepth) {
      problems.push({ path, problem: "is nested too deeply" });
      return;
    }
    for (const member of members) {
      if (problems.length >= maxProblems) return;
      member(value, path, depth, problems);
    }
  };
};

/** Whether a message states that the rules of its own fields do not count. */
const rulesAreOff = (desc: DescMessage): boolean =>
  (hasOption(desc, disabled) && getOption(desc, disabled)) || (hasOption(desc, ignored) && getOption(desc, ignored));

/** The rules that are enforced on a field, if there are any. */
export const rulesOf = (field: DescField): FieldRules | undefined =>
  hasOption(field, rules) && !rulesAreOff(field.parent) ? getOption(field, rules) : undefined;

/** Whether one case of a oneof must be set. */
export const oneofIsRequired = (oneof: DescOneof): boolean =>
  !rulesAreOff(oneof.parent) && hasOption(oneof, oneofRequired) && getOption(oneof, oneofRequired);

const compileOneof = (oneof: DescOneof): Visit => {
  const cases = new Map(oneof.fields.map((field) => [field.localName, { field, visit: compileField(field) }]));
  const required = oneofIsRequired(oneof);
  return (message, path, depth, problems) => {
    // A oneof is the pair `{case, value}` in generated messages.
    const set = (message as Shape)[oneof.localName] as { case?: string; value?: unknown } | undefined;
    const selected = set?.case === undefined ? undefined : cases.get(set.case);
    if (selected) selected.visit(set?.value, join(path, selected.field.jsonName), depth, problems);
    else if (required) {
      problems.push({
        path: join(path, oneof.name),
        problem: `must have one of ${[...cases.values()].map((one) => one.field.jsonName).join(", ")}`,
      });
    }
  };
};

const compilePlain = (field: DescField): Visit => {
  const visit = compileField(field);
  return (message, path, depth, problems) =>
    visit((message as Shape)[field.localName], join(path, field.jsonName), depth, problems);
};

const compileField = (field: DescField): Visit => {
  const fieldRules = rulesOf(field);
  switch (field.fieldKind) {
    case "list":
      return compileList(field, fieldRules);
    case "map":
      return compileMap(field, fieldRules);
    case "message":
      return compileSingular(field, fieldRules);
    default: {
      const visit = compileElement(field, fieldRules);
      // A proto3 field without presence is judged by its zero value when it is not sent; an optional one is not judged.
      return (value, path, depth, problems) => {
        if (value !== undefined) visit(value, path, depth, problems);
      };
    }
  }
};

const compileSingular = (field: DescField, fieldRules: FieldRules | undefined): Visit => {
  const required = isRequired(fieldRules);
  const visit = compileElement(field, fieldRules);
  return (value, path, depth, problems) => {
    if (value !== undefined) visit(value, path, depth, problems);
    else if (required) problems.push({ path, problem: "must be set" });
  };
};

/** Whether the rules of a message field say that it must be set. */
export const isRequired = (fieldRules: FieldRules | undefined): boolean => {
  if (fieldRules?.message?.required) return true;
  const { type } = fieldRules ?? {};
  return (type?.case === "duration" || type?.case === "timestamp" || type?.case === "any") && type.value.required;
};

const compileList = (field: DescField & { fieldKind: "list" }, fieldRules: FieldRules | undefined): Visit => {
  const list = fieldRules?.type.case === "repeated" ? fieldRules.type.value : undefined;
  const element = compileElement(field, list?.items);
  const min = list ? Number(list.minItems) : 0;
  const max = list && Number(list.maxItems) > 0 ? Number(list.maxItems) : Number.POSITIVE_INFINITY;
  return (value, path, depth, problems) => {
    // Repeated fields are arrays in generated messages.
    const items = value as readonly unknown[];
    if (list?.ignoreEmpty && items.length === 0) return;
    if (items.length < min) problems.push({ path, problem: `must have at least ${min} items` });
    if (items.length > max) {
      problems.push({ path, problem: `must have at most ${max} items` });
      return;
    }
    if (list?.unique && new Set(items).size !== items.length)
      problems.push({ path, problem: "must not repeat a value" });
    for (const [index, item] of items.entries()) {
      if (problems.length >= maxProblems) return;
      element(item, `${path}[${index}]`, depth, problems);
    }
  };
};

const compileMap = (field: DescField & { fieldKind: "map" }, fieldRules: FieldRules | undefined): Visit => {
  const map = fieldRules?.type.case === "map" ? fieldRules.type.value : undefined;
  const keyRules = map?.keys?.type.case === "string" ? map.keys.type.value : undefined;
  const key = field.mapKey === ScalarType.STRING ? stringCheck(keyRules) : null;
  const element = compileElement(field, map?.values);
  const min = map ? Number(map.minPairs) : 0;
  const max = map && Number(map.maxPairs) > 0 ? Number(map.maxPairs) : Number.POSITIVE_INFINITY;
  return (value, path, depth, problems) => {
    // Map fields are plain objects in generated messages.
    const entries = Object.entries(value as Shape);
    if (map?.ignoreEmpty && entries.length === 0) return;
    if (entries.length < min) problems.push({ path, problem: `must have at least ${min} entries` });
    if (entries.length > max) problems.push({ path, problem: `must have at most ${max} entries` });
    for (const [name, item] of entries) {
      if (problems.length >= maxProblems) return;
      const wrong = key?.(name);
      if (wrong) problems.push({ path, problem: `has a key that ${wrong}` });
      else element(item, `${path}.${name}`, depth, problems);
    }
  };
};

const compileElement = (field: DescField, elementRules: FieldRules | undefined): Visit => {
  const kind =
    field.fieldKind === "list" ? field.listKind : field.fieldKind === "map" ? field.mapKind : field.fieldKind;
  if (kind === "message") return compileMessageElement(field, elementRules);
  if (kind === "enum") {
    const values = new Set(field.enum?.values.map((value) => value.number));
    return checking(enumCheck(elementRules?.type.case === "enum" ? elementRules.type.value : undefined, values));
  }
  return checking(scalarCheck(field.scalar, elementRules));
};

const compileMessageElement = (field: DescField, elementRules: FieldRules | undefined): Visit => {
  const desc = field.message;
  if (desc === undefined || elementRules?.message?.skip) return () => {};
  if (isWrapperDesc(desc)) {
    const check = scalarCheck(desc.fields[0].scalar, elementRules);
    // Singular wrapper fields hold the bare value, all others the message.
    const bare = field.fieldKind === "message" && field.oneof === undefined;
    return checking((value) => check(bare ? value : (value as Shape)["value"]));
  }
  const type = elementRules?.type;
  if (type?.case === "duration") return checking(durationCheck(type.value));
  if (type?.case === "timestamp") return checking(timestampCheck(type.value));
  if (type?.case === "any") {
    const { in: allowed, notIn } = type.value;
    return checking((value) => anyProblem((value as Any).typeUrl, allowed, notIn));
  }
  // Looked up when it is used: a message type may contain itself.
  return (value, path, depth, problems) => visitorOf(desc)(value, path, depth + 1, problems);
};

const anyProblem = (typeUrl: string, allowed: readonly string[], notIn: readonly string[]): string | null =>
  (allowed.length > 0 && !allowed.includes(typeUrl)) || notIn.includes(typeUrl)
    ? "has a type that is not allowed"
    : null;

/** The check of one scalar value. */
export const scalarCheck = (scalar: ScalarType | undefined, fieldRules: FieldRules | undefined): Check => {
  const type = fieldRules?.type;
  if (scalar === ScalarType.STRING) return stringCheck(type?.case === "string" ? type.value : undefined);
  switch (type?.case) {
    case undefined:
      return () => null;
    case "bytes":
      return bytesCheck(type.value);
    case "bool": {
      const wanted = type.value.const;
      return (value) => (value === wanted ? null : `must be ${wanted}`);
    }
    case "float":
    case "double":
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
    case "sint32":
    case "sint64":
    case "fixed32":
    case "fixed64":
    case "sfixed32":
    case "sfixed64":
      return numberCheck(type.value);
    default:
      throw new Error(`rules of kind ${type?.case} on a scalar field`);
  }
};

const checking =
  (check: Check): Visit =>
  (value, path, _depth, problems) => {
    const problem = check(value);
    if (problem !== null) problems.push({ path, problem });
  };

const storable = stringCheck(undefined);

/** Free JSON (`google.protobuf.Struct`): every text in it, keys included, must be storable. */
const visitJson: Visit = (value, path, depth, problems) => {
  if (depth > maxDepth) problems.push({ path, problem: "is nested too deeply" });
  else if (typeof value === "string") checking(storable)(value, path, depth, problems);
  else if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      checking(storable)(key, path, depth, problems);
      visitJson(member, path, depth + 1, problems);
    }
  }
};

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);
