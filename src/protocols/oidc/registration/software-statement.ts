import { z } from "zod";
import type { Instant } from "../../../kernel/time.ts";
import type { RegistrationPolicy } from "../../../modules/client-registration/client-registration.events.ts";
import { importVerificationKey, parseJson, readJwsHeader, verifyJws } from "../../../platform/keys/verifying.ts";
import type { ClientKeys } from "../client-keys.ts";
import { OAuthError } from "../errors.ts";
import type { ClientMetadata } from "./client-metadata.ts";

const statementForm = z.looseObject({ iss: z.string(), exp: z.number().optional(), nbf: z.number().optional() });

/** Claims of a statement that speak of the statement and not of the software. */
const ofTheStatement = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "software_statement"];

/**
 * RFC 7591 §2.3: what a publisher that the policy believes says of its software goes before what the client says of itself.
 * One of anybody else is refused, not ignored: the client would be another one than it means to be.
 */
export const withStatement = async (
  metadata: ClientMetadata,
  policy: RegistrationPolicy,
  { clientKeys, now }: { readonly clientKeys: ClientKeys; readonly now: Instant },
): Promise<ClientMetadata> => {
  const statement = metadata["software_statement"];
  if (statement === undefined || statement === null) {
    if (!policy.softwareStatementRequired) return metadata;
    throw new OAuthError("unapproved_software_statement", { description: "A software_statement is needed" });
  }
  if (typeof statement !== "string") throw new OAuthError("invalid_software_statement");
  const claimed = statementForm.safeParse(payloadOf(statement));
  const header = readJwsHeader(statement);
  if (!claimed.success || header === null) throw new OAuthError("invalid_software_statement");
  const issuer = policy.softwareStatementIssuers.find((one) => one.issuer === claimed.data.iss);
  if (issuer === undefined) throw new OAuthError("unapproved_software_statement");
  const published = await clientKeys({ settings: issuer }, header.kid);
  const keys = published.flatMap(
    (jwk) => importVerificationKey(jwk["alg"] === undefined ? { ...jwk, alg: header.alg } : jwk) ?? [],
  );
  const verified = await verifyJws(statement, keys);
  if (verified === null) throw new OAuthError("invalid_software_statement");
  // Parsed again: now of the bytes that were signed.
  const claims = statementForm.safeParse(parseJson(verified.payload));
  if (!claims.success || !isTimely(claims.data, now)) throw new OAuthError("invalid_software_statement");
  const said = Object.entries(claims.data).filter(([name]) => !ofTheStatement.includes(name));
  return { ...metadata, ...Object.fromEntries(said) };
};

const payloadOf = (jwt: string): unknown => {
  const bytes = Buffer.from(jwt.split(".")[1] ?? "", "base64url");
  return parseJson(bytes);
};

const isTimely = ({ exp, nbf }: { exp?: number | undefined; nbf?: number | undefined }, now: Instant): boolean => {
  const seconds = now / 1_000_000;
  return (exp === undefined || seconds < exp) && (nbf === undefined || nbf <= seconds + 60);
};
