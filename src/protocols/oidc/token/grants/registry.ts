import type { Run } from "../../../../kernel/command.ts";
import type { GrantSources } from "../../../../modules/grant/exchange-code.ts";
import type { TokenReader } from "../../../../modules/token/token.queries.ts";
import type { AudienceFor } from "../audience.ts";
import type { CallerKind } from "../callers/authenticate-caller.ts";
import type { Grant } from "../grant.ts";
import { authorizationCodeGrant } from "./authorization-code.ts";
import { cibaGrant, type DecoupledGrantDeps, deviceCodeGrant } from "./decoupled.ts";
import { refreshTokenGrant } from "./refresh-token.ts";
import { clientCredentialsGrant, jwtBearerGrant } from "./service.ts";
import { type TokenExchangeDeps, tokenExchangeGrant } from "./token-exchange.ts";

export type GrantDeps = DecoupledGrantDeps &
  TokenExchangeDeps & {
    readonly run: Run<GrantSources>;
    readonly tokens: Pick<TokenReader, "find">;
    readonly audienceFor: AudienceFor;
  };

type GrantEntry = { readonly callers: CallerKind; readonly make: (deps: GrantDeps) => Grant };

/**
 * The grant types that are built, by their `grant_type` (RFC 6749 §4), and who may use them. A further one is a file and a
 * line here.
 */
export const grantRegistry = {
  authorization_code: { callers: "client", make: authorizationCodeGrant },
  refresh_token: { callers: "client", make: refreshTokenGrant },
  client_credentials: { callers: "client_or_account", make: clientCredentialsGrant },
  "urn:ietf:params:oauth:grant-type:jwt-bearer": { callers: "assertion", make: jwtBearerGrant },
  "urn:ietf:params:oauth:grant-type:token-exchange": { callers: "client", make: tokenExchangeGrant },
  "urn:ietf:params:oauth:grant-type:device_code": { callers: "client", make: deviceCodeGrant },
  "urn:openid:params:grant-type:ciba": { callers: "client", make: cibaGrant },
} as const satisfies Readonly<Record<string, GrantEntry>>;

export type BuiltGrantType = keyof typeof grantRegistry;

/** Whether a `grant_type` is one that is built. */
export const isBuiltGrantType = (name: string): name is BuiltGrantType => Object.hasOwn(grantRegistry, name);
