import { lookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import type { AddressPolicy } from "./addresses.ts";
import { DialError } from "./dial-error.ts";

/** Finds all addresses of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** Names as this machine knows them, hosts file included. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/**
 * All addresses of a host, each of them allowed. One that is not makes the whole host refused: a name that points both
 * ways is an attack or a mistake. Connect with {@link pinned} to these and nothing else: asking again may give others.
 */
export const resolveAllowed = async (
  host: string,
  isAllowed: AddressPolicy,
  resolve: Resolve,
): Promise<readonly string[]> => {
  const addresses = isIP(host) === 0 ? await addressesOf(host, resolve) : [host];
  if (!addresses.every(isAllowed)) throw new DialError("address");
  return addresses;
};

const addressesOf = async (host: string, resolve: Resolve): Promise<readonly string[]> => {
  const addresses = await resolve(host).catch((error: unknown) => {
    throw new DialError("resolve", error);
  });
  if (addresses.length === 0) throw new DialError("resolve");
  return addresses;
};

/** A look-up that answers with these addresses, whatever name it is asked for. */
export const pinned = (addresses: readonly string[]): LookupFunction => {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    const [first] = found;
    if (first === undefined) callback(new DialError("resolve"), "");
    else if (options.all === true) callback(null, found);
    else callback(null, first.address, first.family);
  };
};
