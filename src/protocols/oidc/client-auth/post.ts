import type { ReadClientAuth } from "./presented.ts";

/**
 * RFC 6749 §2.3.1 `client_secret_post`: id and secret as parameters of the body. A secret alone counts as well, for nobody:
 * beside another way of authentication it is one too many (§2.3).
 */
export const readPost: ReadClientAuth = ({ parameters }) => {
  const secret = parameters.values.get("client_secret");
  if (secret === undefined) return null;
  return { shows: "secret", clientId: parameters.values.get("client_id") ?? "", secret };
};
