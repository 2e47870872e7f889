import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** Says whether a connection to an address may be opened. */
export type AddressPolicy = (address: string) => boolean;

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** RFC 4291 §2.4: what is delegated to the regional registries lies in here; all else is local, special or unassigned. */
const globalUnicast: Network = ipaddr.parseCIDR("2000::/3");

/** Reads an address; one that is an IPv4 address in IPv6 clothes (`::ffff:127.0.0.1`, `::127.0.0.1`) is that one. */
const readAddress = (text: string): ipaddr.IPv4 | ipaddr.IPv6 | null => {
  // ipaddr.js also reads short forms such as 1.2.3, which no resolver gives.
  if (isIP(text) === 0 || !ipaddr.isValid(text)) return null;
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
};

const readNetwork = (text: string): Network => {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = readAddress(text);
  if (address === null) throw new Error(`not an address or network: ${JSON.stringify(text)}`);
  return [address, address.kind() === "ipv4" ? 32 : 128];
};

const isIn = (address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Network): boolean =>
  address.kind() === network.kind() && address.match(network, bits);

/**
 * Public addresses, and those in `allow` (addresses or CIDR networks). It names what is public instead of what is not:
 * loopback, private, link-local (cloud metadata), ULA, CGNAT, NAT64, 6to4, Teredo, multicast, documentation and whatever
 * is reserved next are all outside (IANA special-purpose address registries).
 */
export const createAddressPolicy = (allow: readonly string[]): AddressPolicy => {
  const allowed = allow.map((text) => readNetwork(text.trim()));
  return (text) => {
    const address = readAddress(text);
    if (address === null) return false;
    if (allowed.some((network) => isIn(address, network))) return true;
    return address.range() === "unicast" && (address.kind() === "ipv4" || isIn(address, globalUnicast));
  };
};
