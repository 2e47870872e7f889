import type { Ctx } from "../../../kernel/actor.ts";
import type { OidcInstance } from "../instance.ts";
import type { Parameters } from "../parameters.ts";

/** An authorization request as it arrives (OpenID Connect Core 1.0 §3.1.2.1). */
export type AuthorizeRequest = {
  readonly ctx: Ctx;
  readonly instance: OidcInstance;
  readonly sent: Iterable<readonly [string, string]>;
  /** the header `x-zitadel-login-client` */
  readonly loginClient: string | null;
};

export type WithInstance = Pick<AuthorizeRequest, "ctx" | "instance">;
export type WithParameters = { readonly parameters: Parameters };
