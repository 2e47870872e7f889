import type { Run } from "../../../../kernel/command.ts";
import type { GrantSources } from "../../../../modules/grant/exchange-code.ts";
import { openServiceGrant } from "../../../../modules/grant/open-service-grant.ts";
import { readScope } from "../../scope.ts";
import type { AudienceFor } from "../audience.ts";
import type { Grant } from "../grant.ts";

export type ServiceGrantDeps = { readonly run: Run<GrantSources>; readonly audienceFor: AudienceFor };

/** What speaks of a person who signed in: an application that asks for itself has none. */
const ofPeople: readonly string[] = ["openid", "profile", "email", "phone", "address"];

/** RFC 6749 §4.4 and RFC 7523 §2.1: the caller gets a token for itself. */
const serviceGrant =
  (grantType: "client_credentials" | "urn:ietf:params:oauth:grant-type:jwt-bearer") =>
  ({ run, audienceFor }: ServiceGrantDeps): Grant =>
  async ({ ctx, instance, caller, parameters, confirmation, target }) => {
    const client = caller.is === "client" ? caller.client : null;
    const scope = readScope(parameters.values.get("scope"))
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
