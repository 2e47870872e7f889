import type { JsonSchema } from "./json-schema.ts";

/** JSON forms of the well-known messages (protobuf.dev, "ProtoJSON Format"). */
const schemas: Readonly<Record<string, JsonSchema>> = {
  "google.protobuf.Timestamp": { type: "string", format: "date-time", examples: ["2026-01-31T12:00:00Z"] },
  "google.protobuf.Duration": {
    type: "string",
    pattern: "^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$",
    description: "Seconds, with an s behind.",
  },
  "google.protobuf.FieldMask": { type: "string", description: "Names of fields, separated by commas." },
  "google.protobuf.Struct": { type: "object", additionalProperties: true },
  "google.protobuf.Value": { description: "Any JSON value." },
  "google.protobuf.ListValue": { type: "array", items: {} },
  "google.protobuf.Empty": { type: "object" },
  "google.protobuf.Any": {
    type: "object",
    properties: { "@type": { type: "string", description: "URL that ends in the full name of the message's type." } },
    required: ["@type"],
    additionalProperties: true,
  },
};

/** The schema of a message with a JSON form of its own, if it is one. Wrappers are not: theirs is that of their value. */
export const wellKnownSchema = (typeName: string): JsonSchema | undefined => schemas[typeName];

/** Well-known messages whose JSON form is a text: they can stand in a query. */
export const isTextForm = (typeName: string): boolean => schemas[typeName]?.["type"] === "string";
