import type { Parameters } from "../parameters.ts";

/** What a request to a client-authenticated endpoint carries. */
export type ClientRequest = { readonly authorization: string | null; readonly parameters: Parameters };

/** Credentials as they came, not yet believed. */
export type PresentedClient = {
  /** its registered name in `token_endpoint_auth_method` */
  readonly method: string;
  readonly clientId: string;
  readonly secret: string | null;
  /** a JWT that the client signed (RFC 7523 §2.2) */
  readonly assertion?: string;
};

/** One way of client authentication (OpenID Connect Core 1.0 §9): finds its credentials in a request, or says `null`. */
export type ReadClientAuth = (request: ClientRequest) => PresentedClient | null;
