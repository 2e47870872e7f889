import type { WebReply, WebRequest } from "../../platform/http/web.ts";
import { type ClaimSources, gatherClaims } from "./claims/claim-sources.ts";
import type { Enter } from "./enter.ts";
import { OAuthError } from "./errors.ts";
import { allowOrigins, bodyOf, neverStore } from "./http.ts";
import { readParameters } from "./parameters.ts";
import type { FindBearer } from "./tokens/presented-token.ts";
import { scopeOf } from "./tokens/presented-token.ts";

export type UserinfoDeps = {
  readonly enter: Enter;
  readonly findBearer: FindBearer;
  readonly sources: ClaimSources;
};

/** OpenID Connect Core 1.0 §5.3: what the scope of the access token lets its holder know about the user. */
export const userinfoEndpoint =
  ({ enter, findBearer, sources }: UserinfoDeps) =>
  async (request: WebRequest, reply: WebReply): Promise<WebReply> => {
    const { ctx, instance } = await enter(request);
    const presented = bearerText(request);
    if (presented === null) throw new OAuthError("invalid_token", { description: "An access token is needed" });
    const bearer = await findBearer(instance, presented, ctx.now);
    if (bearer === null) throw new OAuthError("invalid_token", { detail: "unknown token" });
    allowOrigins(request, reply, bearer.client?.uris ?? []);
    if (bearer.dead !== null) throw new OAuthError("invalid_token", { detail: bearer.dead });
    const scope = scopeOf(bearer);
    if (!scope.includes("openid")) throw new OAuthError("insufficient_scope", { detail: "no openid" });
    const { subject, audience, client } = bearer;
    // OpenID Connect Core 1.0 §5.3.1: there is nobody to tell of.
    if (subject === null) throw new OAuthError("insufficient_scope", { detail: "no user" });
    const project = client === null ? null : { id: client.projectId, roleAssertion: client.roleAssertion };
    const claims = await gatherClaims([...sources.user, ...sources.roles], { ctx, subject, scope, audience, project });
    return neverStore(reply).send(claims);
  };

/** RFC 6750 §2.1 (header) and §2.2 (form); §2: not both. In the URL it would end up in logs, so it is not read there. */
const bearerText = (request: WebRequest): string | null => {
  const header = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? null;
  const inForm = readParameters(bodyOf(request)).values.get("access_token") ?? null;
  if (header !== null && inForm !== null) {
    throw new OAuthError("invalid_request", { description: "More than one access token was sent" });
  }
  return header ?? inForm;
};
