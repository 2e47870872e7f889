import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { PathTemplate } from "../rest/template.ts";
import type { Parameter } from "./document-types.ts";
import { isRequiredField } from "./field-rules.ts";
import type { JsonSchema } from "./json-schema.ts";
import { fieldSchema, type Refer } from "./messages.ts";
import { isTextForm } from "./well-known.ts";
import { sentences } from "./words.ts";

/** A path template as OpenAPI writes it; `names` are those of its variables. */
export const openApiPath = (template: PathTemplate, names: readonly string[]): string => {
  const written = template.segments.flatMap((segment, index) => {
    const at = template.variables.findIndex(({ from, to }) => from <= index && index < to);
    if (at === -1) return [segment.is === "literal" ? segment.text : "*"];
    return template.variables[at]?.from === index ? [`{${names[at]}}`] : [];
  });
  return `/${written.join("/")}${template.verb === "" ? "" : `:${template.verb}`}`;
};

/** Name of a path's variable in JSON: `user.given_name` → `user.givenName`. */
export const variableName = (desc: DescMessage, field: string): string =>
  fieldsAlong(desc, field)
    .map((one) => one.jsonName)
    .join(".") || field;

/** The fields that a dotted name goes through. */
const fieldsAlong = (desc: DescMessage, dotted: string): readonly DescField[] => {
  let at: DescMessage | undefined = desc;
  return dotted.split(".").flatMap((part) => {
    const field: DescField | undefined = at?.fields.find((one) => one.name === part);
    at = field?.message;
    return field ?? [];
  });
};

/** The variables of a path; `names` are those it is written with. */
export const pathParameters = (
  desc: DescMessage,
  template: PathTemplate,
  names: readonly string[],
  refer: Refer,
): readonly Parameter[] =>
  template.variables.map(({ field, to }, index) => {
    const last = fieldsAlong(desc, field).at(-1);
    const schema = last === undefined ? { type: "string" } : fieldSchema(last, "request", refer);
    // An empty segment is never the value of a variable.
    const text = schema["type"] === "string" && schema["minLength"] === undefined ? { minLength: 1 } : {};
    const isRest = template.segments[to - 1]?.is === "rest";
    return parameter(names[index] ?? field, "path", { ...schema, ...text }, true, isRest ? "May contain slashes" : "");
  });

/** What the query may carry: every field that has a text form and that neither the path nor the body takes. */
export const queryParameters = (desc: DescMessage, taken: ReadonlySet<string>, refer: Refer): readonly Parameter[] =>
  flattened(
    desc.fields.filter((field) => !taken.has(field.name)),
    "",
    [desc],
    refer,
  );

const flattened = (
  fields: readonly DescField[],
  prefix: string,
  above: readonly DescMessage[],
  refer: Refer,
): readonly Parameter[] => {
  const parts = fields.map((field) => ({ field, parameters: parametersOf(field, prefix, above, refer) }));
  return parts.flatMap(({ field, parameters }) => {
    const rivals = parts.filter(
      (one) => one.field !== field && field.oneof !== undefined && one.field.oneof === field.oneof,
    );
    const excluded = rivals.flatMap((one) => one.parameters.map(({ name }) => name));
    return excluded.length === 0 ? parameters : parameters.map((one) => excluding(one, excluded));
  });
};

const parametersOf = (
  field: DescField,
  prefix: string,
  above: readonly DescMessage[],
  refer: Refer,
): readonly Parameter[] => {
  const name = `${prefix}${field.jsonName}`;
  if (field.fieldKind === "message" && !hasTextForm(field)) {
    // A message inside itself has no end in a query.
    if (above.includes(field.message)) return [];
    const { fields } = field.message;
    const required = fields.filter(isRequiredField).map(({ jsonName }) => `${name}.${jsonName}`);
    return flattened(fields, `${name}.`, [...above, field.message], refer).map((one) =>
      requiring(
        one,
        required.filter((other) => other !== one.name),
      ),
    );
  }
  if (!hasTextForm(field)) return [];
  const query = parameter(name, "query", fieldSchema(field, "request", refer), prefix === "" && isRequiredField(field));
  return [field.fieldKind === "map" ? { ...query, style: "deepObject" as const, explode: true as const } : query];
};

/** A parameter that may not be sent together with others: they are cases of one oneof. */
const excluding = (one: Parameter, names: readonly string[]): Parameter => ({
  ...one,
  description: sentences(one.description, `Not together with ${names.join(" or ")}`),
  "x-excludes": [...(one["x-excludes"] ?? []), ...names],
});

/** A parameter that brings a message into being, and with it what that message asks for. */
const requiring = (one: Parameter, names: readonly string[]): Parameter =>
  names.length === 0
    ? one
    : {
        ...one,
        description: sentences(one.description, `Needs ${names.join(" and ")}`),
        "x-requires": [...(one["x-requires"] ?? []), ...names],
      };

const hasTextForm = ({ message }: DescField): boolean =>
  message === undefined || isWrapperDesc(message) || isTextForm(message.typeName);

const parameter = (
  name: string,
  where: "path" | "query",
  { description, deprecated, ...schema }: JsonSchema,
  required: boolean,
  ...words: readonly string[]
): Parameter => {
  const text = sentences(typeof description === "string" ? description : "", ...words);
  return {
    name,
    in: where,
    ...(required && { required: true }),
    ...(text !== "" && { description: text }),
    ...(deprecated === true && { deprecated: true }),
    schema,
  };
};
