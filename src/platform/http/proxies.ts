import type { X509Certificate } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Proxies whose forwarding headers count. */
export type TrustedProxies = { readonly ranges: readonly Range[] };

/** Nobody is trusted: the default. */
export const noProxies: TrustedProxies = { ranges: [] };

/** Parses a list of addresses and CIDR ranges; throws with the offending entry. */
export const parseTrustedProxies = (list: readonly string[]): TrustedProxies => ({
  ranges: list.map((entry) => {
    const text = entry.trim();
    if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
    if (!ipaddr.isValid(text)) throw new Error(`not an address or CIDR range: ${JSON.stringify(entry)}`);
    const address = ipaddr.parse(text);
    return [address, address.kind() === "ipv4" ? 32 : 128];
  }),
});

/** What the forwarding headers are read from; both HTTP versions have it. */
export type Incoming = {
  readonly headers: IncomingHttpHeaders;
  readonly socket: {
    readonly remoteAddress?: string | undefined;
    readonly encrypted?: boolean;
    /** of a TLS connection: what the peer showed and proved to hold, whoever issued it */
    readonly getPeerX509Certificate?: () => X509Certificate | undefined;
  };
};

/** Whether the peer of this connection is a trusted proxy. */
export const fromTrustedProxy = (req: Incoming, trusted: TrustedProxies): boolean =>
  trusted.ranges.length > 0 && isTrusted(req.socket.remoteAddress ?? "", trusted);

/**
 * Address of the caller: the peer, or the nearest address in `x-forwarded-for` that is not itself a trusted proxy. The
 * header is read from the right, because everything left of the last trusted hop is the caller's own claim. RFC 7239
 * `Forwarded` is not read: a proxy that sets one of the two headers passes the other one through unchecked.
 */
export const clientAddress = (req: Incoming, trusted: TrustedProxies): string => {
  let address = normalise(req.socket.remoteAddress ?? "");
  if (!fromTrustedProxy(req, trusted)) return address;
  for (const hop of listOf(req.headers["x-forwarded-for"]).reverse()) {
    const parsed = withoutPort(hop);
    if (!ipaddr.isValid(parsed)) return address;
    address = normalise(parsed);
    if (!isTrusted(address, trusted)) return address;
  }
  return address;
};

/** Host as the caller wrote it: `x-forwarded-host` from a trusted proxy, else the request's own authority. */
export const requestHost = (req: Incoming, trusted: TrustedProxies): string => {
  const own = firstOf(req.headers[":authority"]) ?? req.headers.host ?? "";
  if (!fromTrustedProxy(req, trusted)) return own;
  return listOf(req.headers["x-forwarded-host"]).at(-1) ?? own;
};

/** Scheme as the caller used it: `x-forwarded-proto` from a trusted proxy, else that of the connection. */
export const requestScheme = (req: Incoming, trusted: TrustedProxies): "http" | "https" => {
  const own = req.socket.encrypted === true ? "https" : "http";
  if (!fromTrustedProxy(req, trusted)) return own;
  const forwarded = listOf(req.headers["x-forwarded-proto"]).at(-1)?.toLowerCase();
  return forwarded === "https" || forwarded === "http" ? forwarded : own;
};

/** A single-valued header, or `undefined`. */
export const firstOf = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === "string" ? value : value?.[0];

const listOf = (value: string | readonly string[] | undefined): string[] => {
  const text = typeof value === "string" ? value : (value ?? []).join(",");
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
};

const isTrusted = (address: string, trusted: TrustedProxies): boolean => {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return trusted.ranges.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match([range, bits]));
};

// `::ffff:10.0.0.1` and `10.0.0.1` are one address.
const normalise = (address: string): string => {
  // What the system itself says of a peer, nearly always: there is but one way to write it.
  const v4 = address.startsWith("::ffff:") ? address.slice(7) : address;
  if (isIPv4(v4)) return v4;
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
};

const withoutPort = (hop: string): string => {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1];
  if (bracketed !== undefined) return bracketed;
  return /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop)?.[1] ?? hop;
};
