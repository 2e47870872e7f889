import type { X509Certificate } from "node:crypto";
import { readCertificate } from "../keys/certificate.ts";
import { firstOf, fromTrustedProxy, type Incoming, type TrustedProxies } from "./proxies.ts";

/** Where client certificates come from: nowhere, our own TLS, or a header that a trusted proxy sets. */
export type CertificateSource =
  | { readonly from: "nowhere" }
  | { readonly from: "tls" }
  | { readonly from: "header"; readonly name: string };

/**
 * The certificate with whose key the caller has proved itself in its TLS handshake, or `null`. A header counts only from a
 * trusted proxy, which has to remove what callers send by that name (RFC 9440 §4).
 */
export const clientCertificate = (
  req: Incoming,
  source: CertificateSource,
  trusted: TrustedProxies,
): X509Certificate | null => {
  switch (source.from) {
    case "nowhere":
      return null;
    case "tls":
      return req.socket.encrypted === true ? (req.socket.getPeerX509Certificate?.() ?? null) : null;
    case "header":
      return fromTrustedProxy(req, trusted) ? fromHeader(firstOf(req.headers[source.name])) : null;
  }
};

/** RFC 9440 §2.1 (`:base64:`), PEM with percent signs (nginx's `$ssl_client_escaped_cert`), or base64 DER. */
const fromHeader = (value: string | undefined): X509Certificate | null => {
  if (value === undefined) return null;
  const [, bytes] = /^:([A-Za-z0-9+/=]+):$/.exec(value.trim()) ?? [];
  if (bytes !== undefined) return readCertificate(bytes);
  try {
    // Only percent signs: a plus is a character of base64 here.
    const decoded = decodeURIComponent(value);
    return readCertificate(decoded.includes("-----BEGIN") ? inLines(decoded) : decoded);
  } catch {
    return null;
  }
};

/** Some proxies put a certificate's lines into one, with spaces or tabs between. */
const inLines = (pem: string): string =>
  pem.replace(/(-----BEGIN CERTIFICATE-----)([\s\S]*?)(-----END CERTIFICATE-----)/, (_all, begin, body, end) =>
    [begin, ...String(body).trim().split(/\s+/), end].join("\n"),
  );
