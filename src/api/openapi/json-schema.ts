import type { JsonObject } from "@bufbuild/protobuf";

/** A JSON Schema 2020-12, the dialect of OpenAPI 3.1. */
export type JsonSchema = JsonObject;

/** Keywords of a schema, and the rules that no keyword can say. */
export type Keywords = { readonly keywords: JsonSchema; readonly words: readonly string[] };

export const noKeywords: Keywords = { keywords: {}, words: [] };

/** Whether the schema is of requests, where rules hold, or of answers, where every unset field is left out. */
export type Direction = "request" | "response";
