import type { ReadClientAuth } from "./presented.ts";

/** RFC 6749 §2.3.1 `client_secret_post`: id and secret as parameters of the body. */
export const readPost: ReadClientAuth = ({ parameters }) => {
  const clientId = parameters.values.get("client_id");
  const secret = parameters.values.get("client_secret");
  if (clientId === undefined || secret === undefined) return null;
  return { method: "client_secret_post", clientId, secret };
};
