import { createHash, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { type Instant, microsPerSecond } from "../../kernel/time.ts";

/** RFC 8705 §3.1 `x5t#S256`: the base64url SHA-256 of a certificate's DER form. */
export const thumbprintOf = ({ raw }: X509Certificate): string => createHash("sha256").update(raw).digest("base64url");

/** Longest certificate that is looked at, in any of its written forms. */
const certificateChars = 16_384;

/** Reads a certificate in PEM or base64 DER; `null` when it is none. */
export const readCertificate = (text: string): X509Certificate | null => {
  if (text.length > certificateChars) return null;
  try {
    const isPem = text.includes("-----BEGIN CERTIFICATE-----");
    return new X509Certificate(isPem ? text : Buffer.from(text, "base64"));
  } catch {
    return null;
  }
};

const pemForm = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Reads every certificate of a PEM file; throws on one that is none. */
export const readCertificates = (pem: string): readonly X509Certificate[] =>
  (pem.match(pemForm) ?? []).map((one) => new X509Certificate(one));

const clientAuthUsage = "1.3.6.1.5.5.7.3.2";

/** Whether now lies within the certificate's life (RFC 5280 §4.1.2.5). */
const isCurrent = ({ validFromDate, validToDate }: X509Certificate, now: Instant): boolean => {
  const ms = (now / microsPerSecond) * 1_000;
  return validFromDate.getTime() <= ms && ms <= validToDate.getTime();
};

/**
 * Whether one of the trust anchors has issued the certificate, for authentication of clients, and both are current. An
 * intermediate authority is trusted by being an anchor itself; revocation lists are not read (RFC 5280 §6.1).
 */
export const isIssuedBy = (
  certificate: X509Certificate,
  anchors: readonly X509Certificate[],
  now: Instant,
): boolean => {
  // Node types it as always there; a certificate without the extension has none.
  const usages: readonly string[] | undefined = certificate.keyUsage;
  if (!isCurrent(certificate, now) || (usages !== undefined && !usages.includes(clientAuthUsage))) return false;
  return anchors.some(
    (anchor) =>
      anchor.ca && isCurrent(anchor, now) && certificate.checkIssued(anchor) && certificate.verify(anchor.publicKey),
  );
};

/** What of a certificate names its holder (RFC 8705 §2.1.2). */
export type CertificateName =
  | { readonly by: "subject_dn"; readonly value: string }
  | { readonly by: "san_dns" | "san_uri" | "san_ip" | "san_email"; readonly value: string };

/** Whether the certificate names that holder; exactly, wildcards name nobody. */
export const isNamed = (certificate: X509Certificate, name: CertificateName): boolean => {
  if (name.by === "subject_dn") return isSameName(certificate.subject, name.value);
  const { value } = name;
  switch (name.by) {
    case "san_dns":
      return certificate.checkHost(value, { subject: "never", wildcards: false }) !== undefined;
    case "san_email":
      return certificate.checkEmail(value, { subject: "never" }) !== undefined;
    case "san_ip":
      return isIP(value) !== 0 && certificate.checkIP(value) !== undefined;
    case "san_uri":
      return urisOf(certificate).includes(value);
  }
};

/** OpenSSL prints alternative names with commas between; a value that holds one is quoted as JSON. */
const alternativeName = /(?:^|, )URI:("(?:[^"\\]|\\.)*"|[^,]*)/g;

const urisOf = ({ subjectAltName }: X509Certificate): readonly string[] =>
  [...(subjectAltName ?? "").matchAll(alternativeName)].map(([, uri = ""]) =>
    uri.startsWith('"') ? String(JSON.parse(uri)) : uri,
  );

/** RFC 4514 names run from the leaf, OpenSSL's lines from the root. Values are compared as they are, case and all. */
const isSameName = (lines: string, registered: string): boolean => {
  const own = lines
    .split("\n")
    .reverse()
    .map((line) => line.split(" + ").map(attribute));
  const wanted = splitOutside(registered, ",").map((part) => splitOutside(part, "+").map(attribute));
  if (own.some((set) => set.includes(null)) || wanted.some((set) => set.includes(null))) return false;
  const text = (name: readonly (readonly (string | null)[])[]) => JSON.stringify(name.map((set) => [...set].sort()));
  return text(own) === text(wanted);
};

/** `type=value` without escapes (RFC 4514 §2.4), or `null` when it is none. */
const attribute = (part: string): string | null => {
  const at = part.indexOf("=");
  if (at < 1) return null;
  const value = part.slice(at + 1).replace(/^ +|(?<!\\) +$/g, "");
  if (value.startsWith("#")) return null;
  const bytes = value.replace(
    /\\([0-9A-Fa-f]{2})/g,
    (_all, hex: string) => `\\${String.fromCharCode(0xe000 + Number.parseInt(hex, 16))}`,
  );
  const unescaped = bytes.replace(/\\(.)/gs, "$1");
  return `${part.slice(0, at).trim().toUpperCase()}=${withUtf8(unescaped)}`;
};

/** Bytes that were written as hexadecimal stand as private characters until here, where they are read as UTF-8. */
const withUtf8 = (text: string): string =>
  text.replace(/[\ue000-\ue0ff]+/g, (run) =>
    Buffer.from([...run].map((char) => char.charCodeAt(0) - 0xe000)).toString("utf8"),
  );

const splitOutside = (text: string, separator: string): readonly string[] => {
  const parts: string[] = [""];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === separator) parts.push("");
    else if (char === "\\") parts.push(`${parts.pop() ?? ""}${char}${text.charAt(++at)}`);
    else parts.push(`${parts.pop() ?? ""}${char}`);
  }
  return parts;
};
