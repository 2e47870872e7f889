import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { DialError } from "./dial-error.ts";
import { pinned } from "./resolve.ts";

export type Exchange = {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** checked addresses of the host */
  readonly addresses: readonly string[];
  /** certificates to trust beside the system's */
  readonly ca: string | undefined;
};

/** What the other side answered. */
export type Answer = {
  readonly status: number;
  /** names in lower case; of a repeated header the first value, `set-cookie` left out */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

const maxHeaderBytes = 16_384;

/** What the request's own framing decides, never its caller. */
const ownHeaders = new Set(["host", "connection", "content-length", "transfer-encoding", "accept-encoding", "expect"]);

const headersOf = ({ headers, body }: Exchange): Record<string, string> => ({
  "user-agent": "munot",
  ...Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !ownHeaders.has(name)),
  ),
  "accept-encoding": "identity",
  connection: "close",
  ...(body === null ? {} : { "content-length": String(body.length) }),
});

/** One HTTP request and its answer, over a connection of its own to one of the checked addresses. */
export const exchange = (call: Exchange): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const host = call.url.hostname.replace(/^\[|\]$/g, "");
    const options: RequestOptions & { servername?: string; ca?: string } = {
      method: call.method,
      host,
      port: call.url.port || (call.url.protocol === "https:" ? 443 : 80),
      path: call.url.pathname + call.url.search,
      headers: headersOf(call),
      agent: false,
      lookup: pinned(call.addresses),
      maxHeaderSize: maxHeaderBytes,
      signal: call.signal,
      // Without a name in the URL there is none to send (RFC 6066 §3).
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(call.ca === undefined ? {} : { ca: call.ca }),
    };
    const request: ClientRequest = (call.url.protocol === "https:" ? httpsRequest : httpRequest)(options);
    const fail = (error: unknown): void => {
      request.destroy();
      reject(toDialError(error, call.signal));
    };
    request.on("error", fail);
    // An answer to a CONNECT-like upgrade is none to us.
    request.on("upgrade", () => fail(new DialError("connect")));
    request.on("response", (response) => {
      readBody(response, call.maxBytes).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: flatHeaders(response), body }),
        fail,
      );
    });
    request.end(call.body ?? undefined);
  });

const toDialError = (error: unknown, signal: AbortSignal): DialError => {
  if (error instanceof DialError) return error;
  return new DialError(signal.aborted ? "timeout" : "connect", error);
};

const flatHeaders = (response: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(response.headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );

const readBody = async (response: IncomingMessage, maxBytes: number): Promise<Uint8Array> => {
  const encoding = response.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw new DialError("encoding");
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    // Without setEncoding a response's chunks are buffers.
    const part: Uint8Array = chunk;
    bytes += part.length;
    if (bytes > maxBytes) throw new DialError("too_large");
    chunks.push(part);
  }
  return Uint8Array.from(Buffer.concat(chunks));
};
