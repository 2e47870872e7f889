import { clientId } from "../../../kernel/ids.ts";
import { isOidcClient, type OidcClient } from "../client.ts";
import { OAuthError } from "../errors.ts";
import type { FindNamedClient } from "../registration/metadata-document.ts";
import type { WithInstance, WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithClient = { readonly client: OidcClient };

/** RFC 6749 §4.1.2.1: an unknown client is told to the person, not to whoever the request names. */
export const loadClient =
  (findClient: FindNamedClient): Step<WithInstance & WithParameters, WithClient> =>
  async ({ ctx, parameters }) => {
    const id = clientId.safeParse(parameters.values.get("client_id"));
    const client = id.success ? await findClient(ctx, id.data) : null;
    if (client === null || !client.isActive || !isOidcClient(client)) {
      throw new OAuthError("invalid_client", {
        description: "The parameter client_id is missing or names no active application",
        page: "clientUnknown",
      });
    }
    return { client };
  };
