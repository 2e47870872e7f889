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
  /** the client itself brings it, to have it kept (RFC 9126 §2.1) */
  readonly isPushing?: boolean;
};

export type WithInstance = Pick<AuthorizeRequest, "ctx" | "instance">;
export type WithParameters = { readonly parameters: Parameters };
