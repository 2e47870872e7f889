import type { IncomingHttpHeaders } from "node:http";
import type { Incoming } from "./proxies.ts";

/** What handlers read of a request, whoever took it from the wire: Fastify's requests are such, and the lane's. */
export type WebRequest = {
  readonly method: string;
  /** path and query, as sent */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly raw: Incoming;
  readonly routeOptions: { readonly url?: string | undefined };
};

/** What handlers answer with; `send` takes an object, which goes out as JSON, a text whose type a header says, or nothing. */
export type WebReply = {
  readonly header: (name: string, value: string) => WebReply;
  readonly code: (status: number) => WebReply;
  readonly send: (payload?: unknown) => WebReply;
};
