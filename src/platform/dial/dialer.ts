import { isIP, connect as netConnect, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import type { Observer } from "../metrics/observer.ts";
import { createAddressPolicy } from "./addresses.ts";
import { DialError } from "./dial-error.ts";
import { type Answer, exchange } from "./exchange.ts";
import { pinned, type Resolve, resolveAllowed, systemResolve } from "./resolve.ts";

export type FetchOptions = {
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** for everything: name look-up, connection, redirects, body */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** of GET and HEAD; requests with a body are never sent elsewhere */
  readonly maxRedirects?: number;
  readonly httpsOnly?: boolean;
};

export type Fetched = Answer & { readonly url: string };

export type ConnectOptions = {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; for STARTTLS connect without and upgrade */
  readonly tls: boolean;
  readonly timeoutMs?: number;
};

/** Every outgoing connection of Munot to a host that is not in its own settings goes through here. */
export type Dialer = {
  /** Calls an http(s) URL; throws {@link DialError}, never for a status. */
  readonly fetch: (url: string, options?: FetchOptions) => Promise<Fetched>;
  /** Opens a TCP or TLS connection (SMTP, LDAP). */
  readonly connect: (options: ConnectOptions) => Promise<Socket>;
  /** whom to trust where a connection is upgraded later (STARTTLS) */
  readonly trust: { readonly ca?: string };
};

const defaults = { timeoutMs: 10_000, maxBytes: 1_048_576, maxRedirects: 0 } as const;

/** Ports whose servers may take the lines of an HTTP body for commands (after the Fetch Standard §2.9, "bad port"). */
const foreignPorts = new Set([
  "0",
  "21",
  "22",
  "23",
  "25",
  "53",
  "110",
  "119",
  "143",
  "465",
  "514",
  "515",
  "587",
  "993",
  "995",
  "6379",
  "6667",
  "11211",
]);

/**
 * A dialer that reaches public addresses and those in `allow` (addresses or networks). The name is resolved once, every
 * address is checked, and the connection goes to one of these: a name that answers differently the second time gains
 * nothing. Each redirect is checked anew (flaw class: server-side request forgery in outgoing calls).
 */
export const createDialer = ({
  allow,
  resolve = systemResolve,
  ca,
  measure,
}: {
  readonly allow: readonly string[];
  readonly resolve?: Resolve;
  /** each call and each connection is an outgoing call to whoever observes */
  readonly measure: Observer["measure"];
  /** certificates (PEM) to trust beside the system's */
  readonly ca?: string;
}): Dialer => {
  const isAllowed = createAddressPolicy(allow);
  const addressesOf = (host: string, signal: AbortSignal) => within(signal, resolveAllowed(host, isAllowed, resolve));

  const fetchOnce = async (url: URL, options: FetchOptions, signal: AbortSignal): Promise<Answer> => {
    const body = options.body ?? null;
    return exchange({
      url,
      method: options.method ?? "GET",
      headers: options.headers ?? {},
      body: typeof body === "string" ? Buffer.from(body, "utf8") : body,
      maxBytes: options.maxBytes ?? defaults.maxBytes,
      signal,
      addresses: await addressesOf(hostOf(url), signal),
      ca,
    });
  };

  const openSocket = async (name: string, port: number, secure: boolean, signal: AbortSignal): Promise<Socket> => {
    const lookup = pinned(await addressesOf(name, signal));
    const socket = secure
      ? tlsConnect({
          host: name,
          port,
          lookup,
          ...(isIP(name) === 0 ? { servername: name } : {}),
          ...(ca === undefined ? {} : { ca }),
        })
      : netConnect({ host: name, port, lookup });
    return opened(socket, secure ? "secureConnect" : "connect", signal);
  };

  return {
    fetch: async (start, options = {}) => {
      const signal = AbortSignal.timeout(options.timeoutMs ?? defaults.timeoutMs);
      let left = options.maxRedirects ?? defaults.maxRedirects;
      let url = readUrl(start, null, options.httpsOnly ?? false);
      let headers = options.headers ?? {};
      for (;;) {
        const at = { url, headers };
        const answer = await measure(
          "call",
          options.method ?? "GET",
          () => fetchOnce(at.url, { ...options, headers: at.headers }, signal),
          { "server.address": hostOf(url), "server.port": portOf(url) },
        );
        const location = redirectOf(answer);
        if (location === null) return { ...answer, url: url.href };
        if (left === 0 || !isRepeatable(options)) throw new DialError("redirect");
        left -= 1;
        const next = readUrl(location, url, options.httpsOnly ?? false);
        // Credentials are for the host they were given for.
        if (next.origin !== url.origin) headers = publicHeaders(headers);
        url = next;
      }
    },
    trust: ca === undefined ? {} : { ca },
    connect: ({ host, port, tls, timeoutMs = defaults.timeoutMs }) => {
      const name = host.replace(/^\[|\]$/g, "");
      const open = () => openSocket(name, port, tls, AbortSignal.timeout(timeoutMs));
      return measure("call", "connect", open, { "server.address": name, "server.port": port });
    },
  };
};

const portOf = ({ port, protocol }: URL): number => Number(port || (protocol === "https:" ? 443 : 80));

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");

/** The URL to call, absolute or relative to the one that redirected; from https never to http. */
const readUrl = (text: string, from: URL | null, httpsOnly: boolean): URL => {
  const url = URL.parse(text, from ?? undefined);
  const isHttp = url?.protocol === "https:" || url?.protocol === "http:";
  if (url === null || !isHttp || url.username !== "" || url.password !== "" || foreignPorts.has(url.port)) {
    throw new DialError("url");
  }
  if (url.protocol === "http:") {
    if (httpsOnly) throw new DialError("url");
    if (from?.protocol === "https:") throw new DialError("redirect");
  }
  return url;
};

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

const redirectOf = ({ status, headers }: Answer): string | null =>
  redirectStatuses.has(status) ? (headers["location"] ?? null) : null;

const isRepeatable = ({ method = "GET", body }: FetchOptions): boolean =>
  (method === "GET" || method === "HEAD") && body === undefined;

const publicHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(accept|accept-language|user-agent)$/i.test(name)));

/** Stops waiting when the time is up; a name look-up itself cannot be stopped. */
const within = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = () => reject(new DialError("timeout"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });

const opened = async (socket: Socket, event: "connect" | "secureConnect", signal: AbortSignal): Promise<Socket> => {
  const ready = new Promise<Socket>((resolve, reject) => {
    socket.once("error", (error) => reject(new DialError("connect", error)));
    socket.once(event, () => resolve(socket));
  });
  try {
    return await within(signal, ready);
  } catch (error) {
    socket.destroy();
    throw error;
  }
};
