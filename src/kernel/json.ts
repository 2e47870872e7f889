/** What may stand in an event's payload, in state and in a job. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * Canonical JSON text: object keys sorted, no white space, `undefined` members left out (the subset of RFC 8785 that our
 * values need: no non-finite numbers). Equal values give equal bytes, so a hash over the text is stable.
 */
export const canonicalJson = (value: Json): string => {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new RangeError(`not a JSON number: ${value}`);
    return JSON.stringify(value);
  }
  if (isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.keys(value)
    .sort()
    .flatMap((key) => {
      const member = value[key];
      return member === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(member)}`];
    });
  return `{${members.join(",")}}`;
};

// Array.isArray does not narrow readonly arrays.
const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);
