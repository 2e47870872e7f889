import type { ReadClientAuth } from "./presented.ts";

/** RFC 6749 §3.2.1 `none`: a public client names itself; it proves nothing, so PKCE and rotation bind what it gets. */
export const readNone: ReadClientAuth = ({ authorization, parameters }) => {
  const clientId = parameters.values.get("client_id");
  if (clientId === undefined || parameters.values.has("client_secret")) return null;
  if (parameters.values.has("client_assertion")) return null;
  if (authorization !== null && /^basic(\s|$)/i.test(authorization)) return null;
  return { method: "none", clientId, secret: null };
};
