import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/** A JSON Schema 2020-12, the dialect of OpenAPI 3.1. */
export type JsonSchema = JsonObject;

/** Keywords of a schema, and the rules that no keyword can say. */
export type Keywords = { readonly keywords: JsonSchema; readonly words: readonly string[] };

export const noKeywords: Keywords = { keywords: {}, words: [] };

/** Whether the schema is of requests, where rules hold, or of answers, where every unset field is left out. */
export type Direction = "request" | "response";

export const isSchema = (value: JsonValue | undefined): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

/** The text of a keyword, or "" where it has none. */
export const textOf = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "");

/** A value as people read it. */
export const shown = (value: JsonValue): string => (typeof value === "string" ? value : JSON.stringify(value));
