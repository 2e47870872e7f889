import type { JsonObject } from "@bufbuild/protobuf";
import fc from "fast-check";
import { z } from "zod";
import { valuesOf } from "./from-schema.ts";

/** Values that a schema accepts, as they are after parsing. */
export const parsedBy = <S extends z.ZodType>(schema: S): fc.Arbitrary<z.output<S>> => {
  const text = JSON.stringify(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }))
    .replaceAll("#/$defs/", "#/components/schemas/")
    .replaceAll('"oneOf":', '"anyOf":');
  // What zod writes is a JSON Schema object.
  const document = JSON.parse(text) as JsonObject;
  const schemas = (document["$defs"] ?? {}) as Readonly<Record<string, JsonObject>>;
  const values = valuesOf({ schema: document, schemas });
  // What is made from the schema must mostly be accepted: a filter that lets nothing through would never end.
  if (!fc.sample(values, 100).some((value) => accepted(schema, value) !== null)) throw new Error(`no value of ${text}`);
  return values
    .map((value) => accepted(schema, value))
    .filter((parsed) => parsed !== null)
    .map(({ value }) => value);
};

const accepted = <S extends z.ZodType>(schema: S, value: unknown): { readonly value: z.output<S> } | null => {
  try {
    const { success, data } = schema.safeParse(value);
    return success ? { value: data } : null;
  } catch (error) {
    // Brands such as `instant` refuse by throwing.
    if (error instanceof RangeError) return null;
    throw error;
  }
};
