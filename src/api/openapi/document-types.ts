import type { JsonSchema } from "./json-schema.ts";

// The part of OpenAPI 3.1 that is used here (spec.openapis.org/oas/v3.1.1, §4.8).

export type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: true;
  readonly description?: string;
  readonly deprecated?: true;
  readonly style?: "deepObject";
  readonly explode?: true;
  readonly schema: JsonSchema;
  /** the other fields of its oneof: only one of them may be sent */
  readonly "x-excludes"?: readonly string[];
  /** what its message asks for as soon as one of its fields is sent */
  readonly "x-requires"?: readonly string[];
};

export type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export type RequestBody = { readonly required: boolean; readonly content: Content };

export type Answer = { readonly description: string; readonly content?: Content };

export type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly deprecated?: true;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: RequestBody;
  readonly responses: Readonly<Record<string, Answer>>;
  readonly externalDocs?: { readonly url: string };
  /** the same RPC over gRPC, gRPC-web and Connect */
  readonly "x-rpc"?: string;
  /** stands on what answers `unimplemented` */
  readonly "x-munot-built"?: false;
};

export type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

export type OpenApiDocument = {
  readonly openapi: "3.1.1";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Paths;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, JsonSchema>>;
  };
};
