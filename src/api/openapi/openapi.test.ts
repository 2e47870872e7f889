import { fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { Validator } from "@seriousme/openapi-schema-validator";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { valuesOf } from "../../../test/harness/from-schema.ts";
import { listedServices } from "../../../tools/api-coverage.ts";
import { endpoints } from "../../protocols/oidc/endpoints.ts";
import { catalogue } from "../catalogue.ts";
import { messageOf } from "../rest/request.ts";
import { createRouteTable } from "../rest/route-table.ts";
import { restRoutes } from "../rest/rules.ts";
import { parseTemplate, variablesOf } from "../rest/template.ts";
import { validate } from "../validate.ts";
import { describeApi } from "./document.ts";
import type { OpenApiDocument, Operation } from "./document-types.ts";
import { shown, textOf } from "./json-schema.ts";
import { referenceOf } from "./reference.ts";
import { inWords, sentences } from "./words.ts";

const origin = "https://id.example.com";
const services = await listedServices();

const built = (await describeApi({ services, endpoints, withUnbuilt: false }))(origin);
const { schemas } = built.components;

type Listed = { readonly path: string; readonly verb: string; readonly operation: Operation };

const operationsOf = (document: OpenApiDocument): readonly Listed[] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([verb, operation]) => ({ path, verb: verb.toUpperCase(), operation })),
  );
const rpcOperations = operationsOf(built).filter(({ operation }) => operation["x-rpc"] !== undefined);

const problemsOf = async (document: OpenApiDocument): Promise<unknown> => {
  const validator = new Validator();
  // The validator asks for plain JSON, which the document is.
  const { errors } = await validator.validate(JSON.parse(JSON.stringify(document)));
  validator.resolveRefs();
  return errors ?? [];
};

test("the document is valid OpenAPI 3.1", async () => {
  expect(await problemsOf(built)).toEqual([]);
});

test("every route of a built RPC is described, and no other", () => {
  const routes = services.flatMap(({ desc, methods }) =>
    restRoutes(desc)
      .filter(({ method }) => methods.has(method.localName))
      .map(({ method, rule }) => `${rule.verb} /${desc.typeName}/${method.name}`),
  );
  expect(rpcOperations.map(({ verb, operation }) => `${verb} ${operation["x-rpc"]}`).sort()).toEqual(routes.sort());
});

test("operations have names of their own, and every name of a schema leads to one", () => {
  const ids = operationsOf(built).map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, name = ""] of JSON.stringify(built).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    expect(schemas).toHaveProperty([name]);
  }
});

describe("with the RPCs that are not built", () => {
  let whole: OpenApiDocument;
  beforeAll(async () => {
    whole = (await describeApi({ services, endpoints, withUnbuilt: true }))(origin);
  });

  test("the document is valid and describes every RPC that REST reaches", async () => {
    expect(await problemsOf(whole)).toEqual([]);
    const described = new Set(operationsOf(whole).map(({ operation }) => operation["x-rpc"]));
    for (const { load, restPrefix } of catalogue) {
      for (const { method } of restRoutes(await load(), restPrefix)) {
        expect(described).toContain(`/${method.parent.typeName}/${method.name}`);
      }
    }
  }, 30_000);

  test("what is not built is marked, what is built is not", () => {
    const ready = new Set(rpcOperations.map(({ operation }) => operation["x-rpc"]));
    for (const { operation } of operationsOf(whole).filter((one) => one.operation["x-rpc"] !== undefined)) {
      expect(operation["x-munot-built"] === false, operation.operationId).toBe(!ready.has(operation["x-rpc"]));
    }
  });
});

describe("a request made from the document", () => {
  const table = createRouteTable<
    ReturnType<typeof restRoutes>[number] & { template: ReturnType<typeof parseTemplate> }
  >();
  for (const { desc } of services) {
    const prefix = catalogue.find(({ typeName }) => typeName === desc.typeName)?.restPrefix ?? "";
    for (const route of restRoutes(desc, prefix)) {
      const template = parseTemplate(route.rule.path);
      table.add(route.rule.verb, template, { ...route, template });
    }
  }

  type Request = { readonly parameters: Readonly<Record<string, JsonValue>>; readonly body: JsonValue | undefined };

  const bodySchemaOf = ({ operation }: Listed): JsonObject | undefined =>
    operation.requestBody?.content["application/json"]?.schema;

  const requestsFor = (listed: Listed): fc.Arbitrary<Request> => {
    const parameters = listed.operation.parameters ?? [];
    const schema = bodySchemaOf(listed);
    return fc.record({
      parameters: fc.record(
        Object.fromEntries(parameters.map(({ name, schema: one }) => [name, valuesOf({ schema: one, schemas })])),
        { requiredKeys: parameters.filter(({ required }) => required).map(({ name }) => name) },
      ) as fc.Arbitrary<Record<string, JsonValue>>,
      body: schema === undefined ? fc.constant(undefined) : valuesOf({ schema, schemas }),
    });
  };

  /** The way of a REST call: route, transcoding, rules. */
  const take = ({ path, verb, operation }: Listed, { parameters, body }: Request): string => {
    const query = new URLSearchParams();
    let written = path;
    for (const { name, in: where, "x-excludes": excludes = [], "x-requires": needs = [] } of operation.parameters ??
      []) {
      const value = parameters[name];
      if (value === undefined || excludes.some((other) => query.has(other))) continue;
      if (needs.some((other) => parameters[other] === undefined)) continue;
      if (where === "path") written = written.replace(`{${name}}`, encodeURIComponent(shown(value)));
      else for (const one of Array.isArray(value) ? value : [value]) query.append(name, shown(one));
    }
    const match = table.find(verb, written);
    if (match.is !== "found") throw new Error(`no route for ${verb} ${written}`);
    const { method, rule, template } = match.target;
    const message = messageOf(method.input, {
      path: variablesOf(template, match.parts),
      query,
      body: body === undefined ? "" : JSON.stringify(body),
      bodyField: rule.body,
    });
    validate(method.input, message);
    return `/${method.parent.typeName}/${method.name}`;
  };

  test.each(rpcOperations.map((one) => [one.operation.operationId, one] as const))(
    "is accepted: %s",
    (_name, listed) => {
      fc.assert(
        fc.property(requestsFor(listed), (request) => {
          expect(take(listed, request)).toBe(listed.operation["x-rpc"]);
        }),
        { numRuns: 30 },
      );
    },
  );

  test("is refused without what the document requires of the body", () => {
    let tried = 0;
    for (const listed of rpcOperations) {
      const reference = bodySchemaOf(listed)?.["$ref"];
      const schema = schemas[textOf(reference).replace("#/components/schemas/", "")] ?? {};
      const required = (schema["required"] ?? []) as readonly string[];
      const [request] = fc.sample(requestsFor(listed), 1);
      if (request === undefined) throw new Error("no sample");
      for (const name of required) {
        tried += 1;
        const body = Object.fromEntries(Object.entries(request.body as JsonObject).filter(([key]) => key !== name));
        expect(() => take(listed, { ...request, body }), `${listed.operation.operationId}: ${name}`).toThrow();
      }
    }
    expect(tried).toBeGreaterThan(10);
  });

  test("may be the example that the document gives", () => {
    let tried = 0;
    const inputs = new Map(services.flatMap(({ desc }) => desc.methods.map(({ input }) => [input.typeName, input])));
    for (const [name, { examples }] of Object.entries(schemas)) {
      const input = inputs.get(name);
      if (input === undefined || !Array.isArray(examples)) continue;
      for (const example of examples) validate(input, fromJson(input, example));
      tried += 1;
    }
    expect(tried).toBeGreaterThan(0);
  });
});

describe("schemas say what the contract says", () => {
  const property = (schema: string, name: string): JsonObject => {
    const { properties } = schemas[schema] ?? {};
    return (properties as Record<string, JsonObject>)[name] ?? {};
  };

  test("lengths of texts, and which fields must be there", () => {
    expect(property("zitadel.user.v2.AddHumanUserRequest", "username")).toMatchObject({
      type: "string",
      minLength: 1,
      maxLength: 200,
    });
    expect(schemas["zitadel.user.v2.AddHumanUserRequest"]?.["required"]).toEqual(["profile", "email"]);
  });

  test("a message in requests and answers has its rules in requests only", () => {
    for (const [name, schema] of Object.entries(schemas)) {
      if (!name.endsWith(".Input")) continue;
      const answer = schemas[name.slice(0, -".Input".length)];
      expect(answer, name).toBeDefined();
      expect(JSON.stringify(answer)).not.toBe(JSON.stringify(schema));
    }
    for (const { operation } of rpcOperations) {
      const answer = JSON.stringify(operation.responses["200"] ?? operation.responses["201"]);
      expect(answer, operation.operationId).not.toContain(".Input");
    }
  });

  test("64-bit numbers, times and durations are texts", () => {
    expect(property("zitadel.object.v2.Details", "sequence")).toMatchObject({ type: "string", format: "uint64" });
    expect(property("zitadel.object.v2.Details", "changeDate")).toMatchObject({ type: "string", format: "date-time" });
    expect(property("zitadel.session.v2.CreateSessionRequest", "lifetime")).toMatchObject({ type: "string" });
    expect(property("zitadel.session.v2.CreateSessionRequest", "lifetime")["pattern"]).toMatch(/s\$$/);
  });

  test("of a oneof at most one field, or exactly one where the rules ask for it", () => {
    expect(schemas["zitadel.user.v2.AddHumanUserRequest"]?.["oneOf"]).toEqual([
      { required: ["password"] },
      { required: ["hashedPassword"] },
      { not: { anyOf: [{ required: ["password"] }, { required: ["hashedPassword"] }] } },
    ]);
  });

  test("what the path carries is not in the body, and a GET has the rest in its query", () => {
    const { "/v2/sessions/{sessionId}": session } = built.paths;
    expect(session?.["get"]?.parameters?.map(({ name, in: where }) => `${where} ${name}`)).toEqual([
      "path sessionId",
      "query sessionToken",
    ]);
    expect(
      Object.keys(schemas["zitadel.session.v2.SetSessionRequest.Without.session_id"]?.["properties"] ?? {}),
    ).not.toContain("sessionId");
    const settings = built.paths["/v2/settings/login"]?.["get"]?.parameters?.map(({ name }) => name);
    expect(settings).toEqual(["ctx.orgId", "ctx.instance"]);
  });

  test("what needs no token says so", () => {
    expect(built.paths[endpoints.discovery]?.["get"]?.security).toEqual([]);
    expect(built.paths["/v2/users/human"]?.["post"]).not.toHaveProperty("security");
  });
});

test("the reference leads to every operation and to every type that it names", () => {
  const reference = referenceOf(built);
  const operations = reference.groups.flatMap((group) => group.operations);
  expect(operations.map(({ id }) => id).sort()).toEqual(
    operationsOf(built)
      .map((one) => one.operation.operationId)
      .sort(),
  );
  const ids = new Set(reference.types.map(({ id }) => `#${id}`));
  const links = [...JSON.stringify(reference).matchAll(/"href":"([^"]+)"/g)].map(([, href]) => href ?? "");
  expect(links.length).toBeGreaterThan(50);
  for (const href of links) expect(ids).toContain(href);
});

test.each([
  ["AddHumanUser", "Add human user"],
  ["GetUserByID", "Get user by ID"],
  ["RegisterU2F", "Register U2F"],
  ["ListIDPLinks", "List IDP links"],
])("%s is read as %s", (name, words) => {
  expect(inWords(name)).toBe(words);
});

test("texts of the contract become sentences, without the quotes around some of them", () => {
  expect(sentences('"id of the session"', undefined, "", "One.", "One.")).toBe("Id of the session. One.");
});
