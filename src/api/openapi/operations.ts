import { type DescMessage, type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
import { openapiv2_operation } from "@zitadel/proto/protoc-gen-openapiv2/options/annotations_pb.js";
import { asksForCaller } from "../invoke.ts";
import { type RestRule, successStatus } from "../rest/rules.ts";
import { parseTemplate } from "../rest/template.ts";
import type { Components } from "./components.ts";
import type { Answer, Content, Operation, RequestBody } from "./document-types.ts";
import { isRequiredField } from "./field-rules.ts";
import type { JsonSchema } from "./json-schema.ts";
import { fieldSchema } from "./messages.ts";
import { openApiPath, pathParameters, queryParameters, variableName } from "./parameters.ts";
import { inWords, sentences } from "./words.ts";

export type Route = {
  readonly method: DescMethod;
  readonly rule: RestRule;
  /** 0 for the first rule of its RPC */
  readonly index: number;
  readonly isBuilt: boolean;
};

const stated = (method: DescMethod) =>
  hasOption(method, openapiv2_operation) ? getOption(method, openapiv2_operation) : undefined;

/** Names of the variables in a route's path, as its first route at that place would call them. */
export const variablesIn = ({ method, rule }: Route): readonly string[] =>
  parseTemplate(rule.path).variables.map(({ field }) => variableName(method.input, field));

/** The path of a route with these names for its variables. */
export const pathOfRoute = ({ rule }: Pick<Route, "rule">, names: readonly string[]): string =>
  openApiPath(parseTemplate(rule.path), names);

/** One REST route. `names` are those of the variables in its path. */
export const operationOf = (route: Route, names: readonly string[], components: Components): Operation => {
  const { method, rule, index, isBuilt } = route;
  const template = parseTemplate(rule.path);
  const said = stated(method);
  const refer = components.refer("request");
  const inPath = new Set(template.variables.map(({ field }) => field));
  const query = rule.body === "*" ? [] : queryParameters(method.input, new Set([...inPath, rule.body]), refer);
  const parameters = [...pathParameters(method.input, template, names, refer), ...query];
  const body = bodyOf(method.input, rule, inPath, components);
  return {
    operationId: `${method.parent.typeName}.${method.name}${index === 0 ? "" : `.${index + 1}`}`,
    summary: said?.summary.replace(/\.$/, "") || inWords(method.name),
    ...(said?.description && { description: sentences(said.description) }),
    tags: said !== undefined && said.tags.length > 0 ? [...said.tags] : [method.parent.typeName],
    ...((method.deprecated || said?.deprecated) && { deprecated: true }),
    ...(!asksForCaller(method) && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: body }),
    responses: responsesOf(method, rule, components),
    "x-rpc": `/${method.parent.typeName}/${method.name}`,
    ...(!isBuilt && { "x-munot-built": false }),
  };
};

const json = (schema: JsonSchema): Content => ({ "application/json": { schema } });

const bodyOf = (
  input: DescMessage,
  { body }: RestRule,
  inPath: ReadonlySet<string>,
  components: Components,
): RequestBody | undefined => {
  if (body === "") return undefined;
  if (body === "*") {
    const own = new Set(input.fields.filter((field) => inPath.has(field.name)).map((field) => field.name));
    const schema = components.body(input, own);
    return { required: components.isNeeded(schema), content: json(schema) };
  }
  const field = input.fields.find((one) => one.name === body);
  if (field === undefined) return undefined;
  const required = isRequiredField(field);
  return { required, content: json(fieldSchema(field, "request", components.refer("request"))) };
};

const errorSchema: JsonSchema = { $ref: "#/components/schemas/google.rpc.Status" };
const refused = (description: string): Answer => ({ description, content: json(errorSchema) });

const responsesOf = (
  method: DescMethod,
  { responseBody }: RestRule,
  components: Components,
): Operation["responses"] => {
  const success = String(successStatus(method));
  const said = Object.entries(stated(method)?.responses ?? {}).filter(([status]) => /^[1-5]\d\d$/.test(status));
  const field = method.output.fields.find((one) => one.name === responseBody)?.message;
  const ok = components.refer("response")(field ?? method.output);
  return {
    [success]: {
      description: said.find(([status]) => status.startsWith("2"))?.[1].description || "OK",
      content: json(ok),
    },
    ...Object.fromEntries(
      said
        .filter(([status]) => Number(status) >= 400)
        .map(([status, { description }]) => [status, refused(description || "Refused")]),
    ),
    default: refused("Refused"),
  };
};
