import type { Client } from "../../../../modules/application/client.queries.ts";
import type { ServiceAccount } from "../../../../modules/user/service-account.queries.ts";
import { OAuthError } from "../../errors.ts";

/** Who calls the token endpoint: an application, or a service account for itself, as at ZITADEL. */
export type Caller =
  | { readonly is: "client"; readonly client: Client }
  | { readonly is: "service_account"; readonly account: ServiceAccount };

/** The application that calls; refuses where only applications may. */
export const clientOf = (caller: Caller): Client => {
  if (caller.is === "client") return caller.client;
  throw new OAuthError("unauthorized_client", { detail: "the caller is a service account" });
};

/** For whom tokens are made, and of which kind its access tokens are. */
export type Recipient = { readonly client: Client | null; readonly accessTokenType: "bearer" | "jwt" };

/** The caller as the one whom its tokens are made for. */
export const recipientOf = (caller: Caller): Recipient =>
  caller.is === "client"
    ? { client: caller.client, accessTokenType: caller.client.oidc?.accessTokenType ?? "bearer" }
    : { client: null, accessTokenType: caller.account.accessTokenType };
