import { type DescEnum, type DescMessage, fromJson, getOption, hasOption, type JsonObject } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { openapiv2_schema } from "@zitadel/proto/protoc-gen-openapiv2/options/annotations_pb.js";
import { validate } from "../validate.ts";
import { type Direction, type JsonSchema, textOf } from "./json-schema.ts";
import { messageSchema, type Refer } from "./messages.ts";
import { wellKnownSchema } from "./well-known.ts";

const pointer = "#/components/schemas/";

export type Components = {
  /** Refers to the schema of a message in requests or in answers, and keeps that schema. */
  readonly refer: (direction: Direction) => Refer;
  /** Refers to a request's schema without the fields that the path carries. */
  readonly body: (desc: DescMessage, without: ReadonlySet<string>) => JsonSchema;
  /** Whether a body of this schema must be sent: nothing at all counts as an empty object. */
  readonly isNeeded: (reference: JsonSchema) => boolean;
  /** All schemas that were referred to, by name. */
  readonly schemas: () => Readonly<Record<string, JsonSchema>>;
};

/**
 * Schemas by the full name of their message or enum. A message that comes in requests and in answers, with rules in it,
 * has two: rules hold for what is sent, and answers leave out what is unset. The one for requests ends in `.Input`.
 */
export const createComponents = (answers: readonly DescMessage[]): Components => {
  const answered = new Set(answers.flatMap((desc) => [...reachable(desc)]));
  const schemas = new Map<string, JsonSchema>();

  const keep = (name: string, make: () => JsonSchema): JsonSchema => {
    if (!schemas.has(name)) {
      // Named before it is made: a message may contain itself.
      schemas.set(name, {});
      schemas.set(name, make());
    }
    return { $ref: `${pointer}${name}` };
  };

  const refer =
    (direction: Direction): Refer =>
    (desc) => {
      if (desc.kind === "enum") return keep(desc.typeName, () => enumSchema(desc));
      const known = wellKnownSchema(desc.typeName);
      if (known !== undefined) return known;
      const isOther = direction === "request" && answered.has(desc) && isRuled(desc);
      return keep(isOther ? `${desc.typeName}.Input` : desc.typeName, () => ({
        ...messageSchema(desc, direction, refer(direction)),
        ...examplesOf(desc, new Set()),
      }));
    };

  return {
    refer,
    body: (desc, without) => {
      if (without.size === 0) return refer("request")(desc);
      const name = `${desc.typeName}.Without.${[...without].sort().join("-")}`;
      return keep(name, () => ({
        ...messageSchema(desc, "request", refer("request"), without),
        ...examplesOf(desc, without),
      }));
    },
    isNeeded: (reference) => {
      const schema = schemas.get(textOf(reference["$ref"]).slice(pointer.length));
      return schema !== undefined && !admitsNothing(schema);
    },
    schemas: () => Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
};

/** Whether `{}` is valid: nothing is required, and no oneof asks for one of its fields. */
const admitsNothing = ({ required, oneOf, allOf }: JsonSchema): boolean => {
  const choices = [{ oneOf: oneOf ?? [] }, ...(Array.isArray(allOf) ? allOf : [])];
  const isOpen = (choice: unknown): boolean => {
    const text = JSON.stringify(choice);
    return text === '{"oneOf":[]}' || text.includes('"not"');
  };
  return required === undefined && choices.every(isOpen);
};

const enumSchema = (desc: DescEnum): JsonSchema => ({ type: "string", enum: desc.values.map((value) => value.name) });

/** The message types that may stand inside one, itself included; well-known ones have no schema of their own. */
const reachable = (desc: DescMessage, found: Set<DescMessage> = new Set()): ReadonlySet<DescMessage> => {
  if (found.has(desc) || wellKnownSchema(desc.typeName) !== undefined || isWrapperDesc(desc)) return found;
  found.add(desc);
  for (const field of desc.fields) if (field.message !== undefined) reachable(field.message, found);
  return found;
};

const plain: Refer = ({ typeName }) => ({ $ref: typeName });

/** Whether a request's schema says more than an answer's, here or further inside. */
const isRuled = (desc: DescMessage): boolean =>
  [...reachable(desc)].some(
    (one) =>
      JSON.stringify(messageSchema(one, "request", plain)) !== JSON.stringify(messageSchema(one, "response", plain)),
  );

/** The contract's example of a message, where its own rules admit it. */
const examplesOf = (desc: DescMessage, without: ReadonlySet<string>): JsonSchema => {
  const text = hasOption(desc, openapiv2_schema) ? getOption(desc, openapiv2_schema).example : "";
  if (text === "") return {};
  const elsewhere = Object.fromEntries([...without].map((name) => [name, "1"]));
  try {
    // What is no object is refused by the next line.
    const example = JSON.parse(text) as JsonObject;
    validate(desc, fromJson(desc, { ...elsewhere, ...example }));
    const names = new Set(desc.fields.filter((field) => without.has(field.name)).flatMap((f) => [f.name, f.jsonName]));
    return { examples: [Object.fromEntries(Object.entries(example).filter(([name]) => !names.has(name)))] };
  } catch {
    return {};
  }
};
