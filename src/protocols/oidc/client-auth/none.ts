import type { ReadClientAuth } from "./presented.ts";

/**
 * A client names itself and no more: `none` (RFC 6749 §3.2.1), to which PKCE and rotation bind what it gets, or one that is
 * known by its certificate (RFC 8705 §2).
 */
export const readName: ReadClientAuth = ({ authorization, parameters }) => {
  const clientId = parameters.values.get("client_id");
  if (clientId === undefined || parameters.values.has("client_secret")) return null;
  if (parameters.values.has("client_assertion")) return null;
  if (authorization !== null && /^basic(\s|$)/i.test(authorization)) return null;
  return { shows: "name", clientId };
};
