import type { JsonValue } from "@bufbuild/protobuf";
import type { Content, OpenApiDocument, Operation } from "./document-types.ts";
import { isSchema, type JsonSchema, listOf, shown, textOf } from "./json-schema.ts";
import { rulesInWords } from "./rules-in-words.ts";

/** A type as people read it: `list of User`, with the place where `User` is described. */
export type TypeText = { readonly before: string; readonly name: string; readonly href: string | null };

export type ReferenceField = {
  readonly name: string;
  readonly type: TypeText;
  readonly isRequired: boolean;
  readonly isDeprecated: boolean;
  /** what a value must keep to */
  readonly rules: readonly string[];
  readonly description: string;
};

/** The fields of a message, and which of them exclude each other. */
export type ReferenceShape = { readonly fields: readonly ReferenceField[]; readonly choices: readonly string[] };

export type ReferenceAnswer = {
  readonly status: string;
  readonly description: string;
  readonly shape: ReferenceShape | null;
};

export type ReferenceBody = ReferenceShape & {
  readonly contentType: string;
  readonly isRequired: boolean;
  /** JSON, or null */
  readonly example: string | null;
};

export type ReferenceOperation = {
  readonly id: string;
  readonly verb: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly isDeprecated: boolean;
  readonly isOpen: boolean;
  /** path of the same RPC over gRPC and Connect */
  readonly rpc: string | null;
  readonly specification: string | null;
  readonly parameters: readonly (ReferenceField & { readonly where: string })[];
  readonly body: ReferenceBody | null;
  readonly answers: readonly ReferenceAnswer[];
};

export type ReferenceGroup = {
  readonly id: string;
  readonly name: string;
  readonly operations: readonly ReferenceOperation[];
};

export type ReferenceType = ReferenceShape & {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** of an enum */
  readonly values: readonly string[];
};

export type Reference = {
  readonly origin: string;
  readonly groups: readonly ReferenceGroup[];
  readonly types: readonly ReferenceType[];
};

type Schemas = OpenApiDocument["components"]["schemas"];

const pointer = "#/components/schemas/";

/** What the reference page says, taken from the document that machines read. */
export const referenceOf = (document: OpenApiDocument): Reference => {
  const { schemas } = document.components;
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([verb, operation]) => ({ path, verb, operation })),
  );
  const groups = Map.groupBy(operations, ({ operation }) => serviceOf(operation));
  const named = new Set<string>();
  return {
    origin: document.servers[0]?.url ?? "",
    groups: [...groups].map(([name, members]) => ({
      id: `service-${idPart(name)}`,
      name,
      operations: members.map(({ path, verb, operation }) => operationOf(path, verb, operation, schemas, named)),
    })),
    types: typesOf(named, schemas),
  };
};

/** The service of an RPC, or the tag of what is none. */
const serviceOf = (operation: Operation): string => operation["x-rpc"]?.split("/")[1] ?? operation.tags[0] ?? "";

const idPart = (name: string): string => name.replace(/[^\w.-]/g, "-").toLowerCase();

const operationOf = (
  path: string,
  verb: string,
  operation: Operation,
  schemas: Schemas,
  named: Set<string>,
): ReferenceOperation => {
  const body = jsonOrForm(operation.requestBody?.content);
  return {
    id: operation.operationId,
    verb: verb.toUpperCase(),
    path,
    summary: operation.summary,
    description: operation.description ?? "",
    isDeprecated: operation.deprecated === true,
    isOpen: operation.security?.length === 0,
    rpc: operation["x-rpc"] ?? null,
    specification: operation.externalDocs?.url ?? null,
    parameters: (operation.parameters ?? []).map(({ name, in: where, required = false, schema, description = "" }) => ({
      ...fieldOf(name, schema, required, named),
      description,
      where,
    })),
    body: body && {
      ...shapeOf(resolved(body.schema, schemas), named),
      contentType: body.contentType,
      isRequired: operation.requestBody?.required === true,
      example: exampleOf(resolved(body.schema, schemas)),
    },
    answers: Object.entries(operation.responses).map(([status, { description, content }]) => {
      const answer = jsonOrForm(content);
      // Errors all look alike: they are described once, among the types.
      const isError = answer?.schema["$ref"] === `${pointer}google.rpc.Status`;
      return {
        status,
        description,
        shape: answer && !isError ? shapeOf(resolved(answer.schema, schemas), named) : null,
      };
    }),
  };
};

const exampleOf = ({ examples }: JsonSchema): string | null => {
  const [first] = listOf(examples);
  return first === undefined ? null : JSON.stringify(first, null, 2);
};

const jsonOrForm = (content: Content | undefined) => {
  const [first] = Object.entries(content ?? {});
  return first ? { contentType: first[0], schema: first[1].schema } : null;
};

const resolved = (schema: JsonSchema, schemas: Schemas): JsonSchema => {
  const reference = schema["$ref"];
  return typeof reference === "string" ? (schemas[reference.slice(pointer.length)] ?? {}) : schema;
};

const shapeOf = (schema: JsonSchema, named: Set<string>): ReferenceShape => {
  const required = listOf(schema["required"]);
  const properties = isSchema(schema["properties"]) ? Object.entries(schema["properties"]) : [];
  return {
    fields: properties.flatMap(([name, value]) =>
      isSchema(value) ? [fieldOf(name, value, required.includes(name), named)] : [],
    ),
    choices: [schema, ...listOf(schema["allOf"]).filter(isSchema)].flatMap(({ oneOf }) => choiceOf(listOf(oneOf))),
  };
};

const choiceOf = (cases: readonly JsonValue[]): readonly string[] => {
  const objects = cases.filter(isSchema);
  const names = objects.flatMap(({ required }) => listOf(required)).map(shown);
  if (names.length === 0) return [];
  const words = objects.some(({ not }) => not !== undefined) ? "At most one of" : "Exactly one of";
  return [`${words} ${names.join(", ")}`];
};

const fieldOf = (name: string, schema: JsonSchema, isRequired: boolean, named: Set<string>): ReferenceField => ({
  name,
  type: typeOf(schema, named),
  isRequired,
  isDeprecated: schema["deprecated"] === true,
  rules: rulesInWords(schema),
  description: textOf(schema["description"]),
});

const typeOf = (schema: JsonSchema, named: Set<string>): TypeText => {
  const { $ref, type, items, additionalProperties, format, contentEncoding } = schema;
  if (typeof $ref === "string") {
    const name = $ref.slice(pointer.length);
    named.add(name);
    return { before: "", name: shortName(name), href: `#${typeId(name)}` };
  }
  if (isSchema(items)) return inside("list of ", typeOf(items, named));
  if (isSchema(additionalProperties)) return inside("map of ", typeOf(additionalProperties, named));
  const name = textOf(format) || (contentEncoding === undefined ? textOf(type) : textOf(contentEncoding)) || "any";
  return { before: "", name, href: null };
};

const inside = (before: string, type: TypeText): TypeText => ({ ...type, before: `${before}${type.before}` });

const typeId = (name: string): string => `type-${name}`;
const shortName = (name: string): string => name.replace(/^zitadel\./, "");

/** Every type that a field names, and those that these name. */
const typesOf = (named: Set<string>, schemas: Schemas): readonly ReferenceType[] => {
  named.add("google.rpc.Status");
  const types = new Map<string, ReferenceType>();
  // A set hands out what is added to it while it is walked through.
  for (const name of named) {
    const schema = schemas[name] ?? {};
    types.set(name, {
      id: typeId(name),
      name: shortName(name),
      description: textOf(schema["description"]),
      values: listOf(schema["enum"]).map(shown),
      ...shapeOf(schema, named),
    });
  }
  return [...types.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
};
