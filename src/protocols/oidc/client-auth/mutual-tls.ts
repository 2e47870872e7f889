import type { X509Certificate } from "node:crypto";
import type { Instant } from "../../../kernel/time.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import type { ClientSettings } from "../../../modules/application/client-settings.events.ts";
import { type CertificateName, isIssuedBy, isNamed, readCertificate } from "../../../platform/keys/certificate.ts";
import type { ClientKeys } from "../client-keys.ts";

/** Certificates of the authorities whose word on a client's name counts. */
export type ClientAuthorities = readonly X509Certificate[];

/** The one name that is registered (RFC 8705 §2.1.2), or `null` when there is none, or more than one. */
const registeredName = (settings: ClientSettings): CertificateName | null => {
  const names: (CertificateName | null)[] = [
    settings.tlsClientAuthSubjectDn === null ? null : { by: "subject_dn", value: settings.tlsClientAuthSubjectDn },
    settings.tlsClientAuthSanDns === null ? null : { by: "san_dns", value: settings.tlsClientAuthSanDns },
    settings.tlsClientAuthSanUri === null ? null : { by: "san_uri", value: settings.tlsClientAuthSanUri },
    settings.tlsClientAuthSanIp === null ? null : { by: "san_ip", value: settings.tlsClientAuthSanIp },
    settings.tlsClientAuthSanEmail === null ? null : { by: "san_email", value: settings.tlsClientAuthSanEmail },
  ];
  const [name, ...others] = names.flatMap((one) => one ?? []);
  return name !== undefined && others.length === 0 ? name : null;
};

/** RFC 8705 §2.1 `tls_client_auth`: issued by an authority that we trust, to the name that is registered. */
export const isByAuthority = (
  { settings }: Client,
  certificate: X509Certificate,
  authorities: ClientAuthorities,
  now: Instant,
): boolean => {
  const name = registeredName(settings);
  return name !== null && isIssuedBy(certificate, authorities, now) && isNamed(certificate, name);
};

/** RFC 8705 §2.2 `self_signed_tls_client_auth`: the very certificate that stands in the client's JWK set as `x5c`. */
export const isRegisteredItself = async (
  client: Client,
  certificate: X509Certificate,
  clientKeys: ClientKeys,
): Promise<boolean> => {
  // A `kid` that no key has lets the set be fetched anew when the certificate is not in the one that is kept.
  const isIn = async (kid?: string) =>
    (await clientKeys(client, kid)).some((jwk) => isFirstOf(jwk["x5c"], certificate));
  return (await isIn()) || isIn("");
};

const isFirstOf = (x5c: unknown, certificate: X509Certificate): boolean => {
  const [first]: readonly unknown[] = Array.isArray(x5c) ? x5c : [];
  const registered = typeof first === "string" ? readCertificate(first) : null;
  return registered?.raw.equals(certificate.raw) ?? false;
};
