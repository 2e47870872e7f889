import type { X509Certificate } from "node:crypto";
import type { Parameters } from "../parameters.ts";

/** What a request to a client-authenticated endpoint carries. */
export type ClientRequest = {
  readonly authorization: string | null;
  readonly parameters: Parameters;
  /** the certificate that the caller's TLS handshake proved, where there is one (RFC 8705 §2) */
  readonly certificate?: X509Certificate | null;
  /** path of the endpoint: assertions may be made for its URL (RFC 9126 §2) */
  readonly path?: string;
};

/** Credentials as they came, not yet believed. */
export type PresentedClient = { readonly clientId: string } & (
  | { readonly shows: "secret"; readonly secret: string }
  /** a JWT that the client signed (RFC 7523 §2.2) */
  | { readonly shows: "assertion"; readonly assertion: string; readonly isSymmetric: boolean }
  /** no more than its name, and maybe a certificate */
  | { readonly shows: "name" }
);

/** One place where client credentials can stand (RFC 6749 §2.3): finds them in a request, or says `null`. */
export type ReadClientAuth = (request: ClientRequest) => PresentedClient | null;
