import type { X509Certificate } from "node:crypto";
import type { WebRequest } from "../../../platform/http/web.ts";
import { pathOf } from "../http.ts";
import type { Parameters } from "../parameters.ts";
import type { ClientRequest } from "./presented.ts";

/** The certificate that the caller's TLS handshake proved, by our own TLS or by a proxy that we trust. */
export type CertificateOf = (request: Pick<WebRequest, "raw">) => X509Certificate | null;

/** Takes from a request what a client can authenticate with. */
export type ClientRequestReader = (request: WebRequest, parameters: Parameters) => ClientRequest;

/** Makes a {@link ClientRequestReader}. */
export const clientRequestReader =
  (certificateOf: CertificateOf): ClientRequestReader =>
  (request, parameters) => ({
    authorization: request.headers.authorization ?? null,
    parameters,
    certificate: certificateOf(request),
    path: pathOf(request),
  });
