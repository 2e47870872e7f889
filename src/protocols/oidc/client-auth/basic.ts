import { OAuthError } from "../errors.ts";
import type { ReadClientAuth } from "./presented.ts";

/**
 * RFC 6749 §2.3.1 `client_secret_basic`: id and secret are form-url-encoded before they are joined, so that `:` and other
 * characters can stand in them.
 */
export const readBasic: ReadClientAuth = ({ authorization }) => {
  if (authorization === null || !/^basic(\s|$)/i.test(authorization)) return null;
  const decoded = Buffer.from(authorization.slice(6).trim(), "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon < 1) throw new OAuthError("invalid_client", { detail: "malformed Authorization header" });
  const clientId = formDecode(decoded.slice(0, colon));
  const secret = formDecode(decoded.slice(colon + 1));
  // An empty secret is how some libraries name a client that has none.
  return secret === "" ? { shows: "name", clientId } : { shows: "secret", clientId, secret };
};

const formDecode = (value: string): string => {
  try {
    return decodeURIComponent(value.replaceAll("+", " "));
  } catch {
    throw new OAuthError("invalid_client", { detail: "Basic credentials are not form-url-encoded" });
  }
};
