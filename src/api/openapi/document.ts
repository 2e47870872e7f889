import type { DescService } from "@bufbuild/protobuf";
import { CredentialsCheckErrorSchema, ErrorDetailSchema } from "@zitadel/proto/zitadel/message_pb.js";
import type { RpcService } from "../../platform/http/rpc.ts";
import { catalogue } from "../catalogue.ts";
import { restRoutes } from "../rest/rules.ts";
import { parseTemplate } from "../rest/template.ts";
import { type Components, createComponents } from "./components.ts";
import type { OpenApiDocument, Operation } from "./document-types.ts";
import type { JsonSchema } from "./json-schema.ts";
import { type OauthEndpoints, oauthPaths, oauthTag } from "./oauth.ts";
import { operationOf, pathOfRoute, type Route, variablesIn } from "./operations.ts";

export type DescribeOptions = {
  readonly services: readonly RpcService[];
  readonly endpoints: OauthEndpoints;
  /** also the RPCs that are not built, marked as such */
  readonly withUnbuilt: boolean;
};

/** All that the document says of an instance. */
export type OriginOf = (origin: string) => OpenApiDocument;

/**
 * Describes every REST route in OpenAPI 3.1, from the descriptors that the routes themselves are made from. Returns the
 * document as a function of the instance's origin: only its server and its discovery document depend on that.
 */
export const describeApi = async ({ services, endpoints, withUnbuilt }: DescribeOptions): Promise<OriginOf> => {
  const routes = await routesOf(services, withUnbuilt);
  const components = createComponents([...routes.map(({ method }) => method.output), ErrorDetailSchema]);
  const api = pathsOf(routes, components);
  const paths = { ...oauthPaths(endpoints), ...api };
  const errors = errorSchemas(components);
  const schemas = { ...components.schemas(), ...errors };
  const named = new Set(Object.values(api).flatMap((path) => Object.values(path).flatMap(({ tags }) => tags)));
  return (origin) => ({
    openapi: "3.1.1",
    info: {
      title: "Munot API",
      // The contract that the API keeps is ZITADEL's; its paths carry their version.
      version: "2",
      description,
    },
    servers: [{ url: origin }],
    security: [{ bearer: [] }, { openIdConnect: ["openid"] }],
    tags: [oauthTag, ...[...named].map((name) => ({ name }))],
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An access token or a personal access token." },
        openIdConnect: { type: "openIdConnect", openIdConnectUrl: `${origin}${endpoints.discovery}` },
        client: { type: "http", scheme: "basic", description: "Client id and secret of an application." },
      },
    },
  });
};

const description = [
  "ZITADEL's API over REST.",
  "The same RPCs answer gRPC, gRPC-web and Connect on this port, at the path in `x-rpc`.",
  "JSON is ProtoJSON: unset fields are left out of answers, unknown fields of requests are ignored, 64-bit numbers are text.",
].join(" ");

const routesOf = async (services: readonly RpcService[], withUnbuilt: boolean): Promise<readonly Route[]> => {
  const built = new Map(services.map((service) => [service.desc.typeName, service]));
  const routesIn = (desc: DescService, prefix: string): readonly Route[] => {
    const methods = built.get(desc.typeName)?.methods;
    const byMethod = Map.groupBy(restRoutes(desc, prefix), ({ method }) => method);
    return [...byMethod.values()].flatMap((rules) =>
      rules.map(({ method, rule }, index) => ({
        method,
        rule,
        index,
        isBuilt: methods?.has(method.localName) ?? false,
      })),
    );
  };
  // The router makes routes of built services known first, too: the first to claim a path keeps it.
  const ordered = [
    ...catalogue.filter(({ typeName }) => built.has(typeName)),
    ...(withUnbuilt ? catalogue.filter(({ typeName }) => !built.has(typeName)) : []),
  ];
  const routes = await Promise.all(
    ordered.map(async ({ typeName, restPrefix, load }) =>
      routesIn(built.get(typeName)?.desc ?? (await load()), restPrefix),
    ),
  );
  return firstClaims(routes.flat()).filter(({ isBuilt }) => isBuilt || withUnbuilt);
};

/** Two paths that differ in the names of their variables only are one. */
const shapeOf = (route: Route): string =>
  pathOfRoute(
    route,
    parseTemplate(route.rule.path).variables.map(() => ""),
  );

const firstClaims = (routes: readonly Route[]): readonly Route[] => {
  const claimed = new Map<string, Route>();
  for (const route of routes) {
    const claim = `${route.rule.verb} ${shapeOf(route)}`;
    if (!claimed.has(claim)) claimed.set(claim, route);
  }
  return [...claimed.values()];
};

const pathsOf = (routes: readonly Route[], components: Components): OpenApiDocument["paths"] =>
  Object.fromEntries(
    [...Map.groupBy(routes, shapeOf).values()].flatMap((together) => {
      const [first] = together;
      if (first === undefined) return [];
      const names = variablesIn(first);
      const operations = together.map((route): readonly [string, Operation] => [
        route.rule.verb.toLowerCase(),
        operationOf(route, names, components),
      ]);
      return [[pathOfRoute(first, names), Object.fromEntries(operations)] as const];
    }),
  );

/** `google.rpc.Status` with the details that errors carry. */
const errorSchemas = (components: Components): Readonly<Record<string, JsonSchema>> => {
  const refer = components.refer("response");
  const detail = (schema: JsonSchema, typeName: string): JsonSchema => ({
    allOf: [schema],
    properties: { "@type": { const: `type.googleapis.com/${typeName}` } },
    required: ["@type"],
  });
  return {
    "google.rpc.Status": {
      type: "object",
      description: "An error. The message ends in the error's id, which is stable.",
      properties: {
        code: { type: "integer", description: "Code of gRPC." },
        message: { type: "string" },
        details: {
          type: "array",
          items: {
            oneOf: [ErrorDetailSchema, CredentialsCheckErrorSchema].map((desc) => detail(refer(desc), desc.typeName)),
          },
        },
      },
      required: ["code", "message", "details"],
    },
  };
};
