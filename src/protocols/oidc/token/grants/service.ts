import type { Run } from "../../../../kernel/command.ts";
import type { Client } from "../../../../modules/application/client.queries.ts";
import type { GrantSources } from "../../../../modules/grant/exchange-code.ts";
import { openServiceGrant } from "../../../../modules/grant/open-service-grant.ts";
import { readScope, scopesFor } from "../../scope.ts";
import type { AudienceFor } from "../audience.ts";
import type { Grant } from "../grant.ts";

export type ServiceGrantDeps = { readonly run: Run<GrantSources>; readonly audienceFor: AudienceFor };

/** What speaks of a person who signed in: an application that asks for itself has none. */
const ofPeople: readonly string[] = ["openid", "profile", "email", "phone", "address"];

/** A service account has no settings of its own: what it names of a resource is the resource's to judge. */
const scopesAsked = (client: Client | null, value: string | undefined, resources: readonly string[]) =>
  client === null ? readScope(value, () => resources.length > 0) : scopesFor(client, value, resources);

/** RFC 6749 §4.4 and RFC 7523 §2.1: the caller gets a token for itself. */
const serviceGrant =
  (grantType: "client_credentials" | "urn:ietf:params:oauth:grant-type:jwt-bearer") =>
  ({ run, audienceFor }: ServiceGrantDeps): Grant =>
  async ({ ctx, instance, caller, parameters, confirmation, target }) => {
    const client = caller.is === "client" ? caller.client : null;
    const scope = scopesAsked(client, parameters.values.get("scope"), target?.resources ?? [])
      .filter((one) => one !== "offline_access")
      .filter((one) => client === null || !ofPeople.includes(one));
    const { result } = await run(openServiceGrant, ctx, {
      grantType,
      userId: caller.is === "service_account" ? caller.account.userId : null,
      clientId: client?.clientId ?? null,
      scope: [...scope],
      audience: [...(target?.audience ?? (await audienceFor(instance, scope, client)))],
      lifetimes: (caller.is === "client" ? caller.client : caller.account).lifetimes,
      confirmation,
    });
    return { granted: result };
  };

/** RFC 6749 §4.4. */
export const clientCredentialsGrant = serviceGrant("client_credentials");

/** RFC 7523 §2.1: the assertion has been checked with the caller. */
export const jwtBearerGrant = serviceGrant("urn:ietf:params:oauth:grant-type:jwt-bearer");
