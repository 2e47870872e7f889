import { z } from "zod";
import { limits } from "../../kernel/limits.ts";
import type { Client } from "../../modules/application/client.queries.ts";
import type { AuthorizationDetails } from "../../modules/grant/grant.events.ts";
import { OAuthError } from "./errors.ts";
import type { Parameters } from "./parameters.ts";

const detail = z.object({ type: z.string() }).catchall(z.json());
const details = z.array(detail).min(1).max(50);

/** Nested deeper than any type asks for. */
const depthMax = 10;

const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

/**
 * RFC 9396 §2, §5: well-formed, and only of the types that the client is registered for (§10). What its members mean is the
 * resource's affair; they are granted as they were asked for, and handed on. `null`: nothing was asked for.
 */
export const readAuthorizationDetails = (
  parameters: Parameters,
  client: Pick<Client, "settings"> | null,
): AuthorizationDetails | null => {
  const text = parameters.values.get("authorization_details");
  if (text === undefined) return null;
  const refuse = (problem: string) =>
    new OAuthError("invalid_authorization_details", { description: `The authorization_details ${problem}` });
  if (Buffer.byteLength(text) > limits.opaqueChars * 3) throw refuse("are too large");
  const value = jsonOf(text);
  const parsed = details.safeParse(value);
  if (!parsed.success || depthOf(value) > depthMax) throw refuse("are not a list of objects with a type");
  const types: readonly string[] = client?.settings.authorizationDetailsTypes ?? [];
  if (!parsed.data.every(({ type }) => types.includes(type))) throw refuse("have a type that is not known");
  return parsed.data;
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
