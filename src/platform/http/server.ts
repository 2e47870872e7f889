import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";
import { createAdmission } from "./admission.ts";
import { sniffHttpVersion } from "./sniff.ts";

/** Bounds of the transport. Times in the unit that ends the name, sizes in bytes. */
export const transportLimits = {
  /** until the first bytes of a plain-text connection, or the end of a TLS handshake */
  sniffMs: 10_000,
  /** until all headers of an HTTP/1.1 request are there */
  headersMs: 15_000,
  /** until the whole request is there, body included */
  requestMs: 60_000,
  /** an HTTP/1.1 connection between two requests, an HTTP/2 connection without a stream */
  idleMs: 65_000,
  /** an HTTP/1.1 connection on which nothing moves in the middle of an exchange */
  stalledMs: 120_000,
  headerBytes: 16_384,
  headerCount: 128,
  connections: 10_000,
  /**
   * What is worked on at once. Measured under ten times what could be served: the slowest hundredth takes three to four times as
   * long as most, so that all but few are answered within a second.
   */
  admission: { inFlight: 128, targetMs: 200, bodyMs: 100, workMs: 10_000 },
  http2: {
    streams: 128,
    /** streams a client may reset at once, and per second after that (CVE-2023-44487) */
    resetBurst: 200,
    resetRate: 33,
    sessionMegabytes: 10,
    invalidFrames: 100,
    rejectedStreams: 100,
  },
} as const;

export type TransportLimits = {
  readonly [K in keyof typeof transportLimits]: (typeof transportLimits)[K] extends number
    ? number
    : { readonly [L in keyof (typeof transportLimits)[K]]: number };
};

export type HttpRequest = http.IncomingMessage | http2.Http2ServerRequest;
export type HttpResponse = http.ServerResponse | http2.Http2ServerResponse;

/** Ends a response of either HTTP version. */
export const endResponse = (res: HttpResponse, body: string): void => {
  // Both kinds can end with a text; the union of their overloads cannot be called.
  (res as http.ServerResponse).end(body);
};

/** The part of a Fastify instance that the server needs. */
export type WebApp = { readonly routing: (req: http.IncomingMessage, res: http.ServerResponse) => void };

export type HttpServerOptions = {
  /** takes the API's own paths and returns true, else leaves the exchange alone and returns false */
  readonly api: (req: HttpRequest, res: HttpResponse) => boolean;
  /** everything else; must be `ready()` */
  readonly app: WebApp;
  /** PEM; with it the port speaks HTTPS (HTTP/2 or HTTP/1.1 by ALPN) and nothing else */
  readonly tls?: {
    readonly cert: string | Buffer;
    readonly key: string | Buffer;
    /** asks clients for certificates; whoever has issued them is looked at where they count */
    readonly requestCert?: boolean;
  };
  readonly limits?: Partial<TransportLimits>;
  /** surrounds the work on each exchange that was let in */
  readonly serve?: (req: HttpRequest, res: HttpResponse, work: () => void) => void;
  readonly onError?: (error: unknown) => void;
};

export type HttpServer = {
  /** Resolves with the port, which is chosen by the system when 0 was asked for. */
  readonly listen: (port: number, host?: string) => Promise<number>;
  /**
   * Lets in what waits at the door, stops listening, tells clients to go elsewhere (GOAWAY; `connection: close`), waits for what is in flight and
   * destroys what is left at the deadline.
   */
  readonly close: (deadlineMs?: number) => Promise<void>;
};

/** One port for HTTP/1.1 and HTTP/2, in clear text or under TLS; both end in the same handler. */
export const createHttpServer = (options: HttpServerOptions): HttpServer => {
  const limits: TransportLimits = { ...transportLimits, ...options.limits };
  const onError = options.onError ?? (() => {});
  const sockets = new Set<net.Socket>();
  const sessions = new Set<http2.ServerHttp2Session>();
  /** HTTP/1.1 connections whose first request has not been read yet: to Node they are idle, to their clients they are not */
  const fresh = new Set<net.Socket>();
  const admission = createAdmission(limits.admission);
  let closing = false;

  const handle = (req: HttpRequest, res: HttpResponse): void => {
    if (req.httpVersionMajor === 1) {
      fresh.delete(req.socket);
      if (closing) res.setHeader("connection", "close");
    }
    if (hasManyHosts(req)) badRequest(req, res);
    else if (isProbe(req)) dispatch(req, res);
    else if (!admission.admit(req, res, () => serve(req, res))) refuse(req, res);
  };

  const serve = (req: HttpRequest, res: HttpResponse): void => {
    if (options.serve === undefined) dispatch(req, res);
    else options.serve(req, res, () => dispatch(req, res));
  };

  const dispatch = (req: HttpRequest, res: HttpResponse): void => {
    try {
      if (options.api(req, res)) return;
      // Fastify routes both HTTP versions; its types know only the one it was created with.
      options.app.routing(req as http.IncomingMessage, res as http.ServerResponse);
    } catch (error) {
      onError(error);
      if (!res.headersSent) res.statusCode = 500;
      endResponse(res, "");
    }
  };

  const http1 = createHttp1(limits, handle);
  const h2 = createHttp2(limits, handle);
  h2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.setTimeout(limits.idleMs, () => session.close());
    if (closing) session.close();
  });

  const adopt = (socket: net.Socket, version: 1 | 2, seen?: Buffer): void => {
    socket.on("error", ignore);
    if (version === 2) {
      // A client that sends FIN may still wait for its answer on HTTP/1.1, never on HTTP/2.
      socket.once("end", () => socket.destroySoon());
      // The session takes what it finds in the socket's buffer first.
      if (seen) socket.pause().unshift(seen);
      h2.emit("connection", socket);
      return;
    }
    fresh.add(socket);
    socket.once("close", () => fresh.delete(socket));
    http1.emit("connection", socket);
    // The parser now reads the handle itself, so the first bytes must reach it before any others can.
    if (seen) socket.emit("data", seen);
  };
  let accepted = 0;
  const track = (socket: net.Socket): void => {
    accepted += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", ignore);
  };

  const listener: net.Server = options.tls
    ? tls.createServer(
        {
          ...options.tls,
          rejectUnauthorized: false,
          ALPNProtocols: ["h2", "http/1.1"],
          handshakeTimeout: limits.sniffMs,
          allowHalfOpen: true,
        },
        (socket) => adopt(socket, socket.alpnProtocol === "h2" ? 2 : 1),
      )
    : net.createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) =>
        sniffHttpVersion(socket, limits.sniffMs, (version, seen) => adopt(socket, version, seen)),
      );
  listener.on("connection", track);
  listener.maxConnections = limits.connections;

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        listener.once("error", reject);
        listener.listen(port, host, () => {
          listener.off("error", reject);
          listener.on("error", onError);
          // Node checks header and request time-outs only on servers that believe they listen.
          http1.emit("listening");
          const address = listener.address();
          resolve(typeof address === "object" && address !== null ? address.port : port);
        });
      }),
    close: async (deadlineMs = 10_000) => {
      closing = true;
      admission.close();
      // The system resets connections that it has accepted and we have not, and those with a request that we have not read.
      // Node accepts one a turn: the door stays open until none came for a while.
      const doorUntil = performance.now() + doorMs;
      for (let before = -1; listener.listening && before !== accepted && performance.now() < doorUntil; ) {
        before = accepted;
        await sleep(acceptOnMs);
      }
      if (listener.listening) listener.close();
      for (const session of sessions) session.close();
      const patientUntil = performance.now() + freshMs;
      await drained(sockets, deadlineMs, () => {
        if (fresh.size === 0 || performance.now() > patientUntil) http1.closeIdleConnections();
      });
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      http1.close(ignore);
      h2.close(ignore);
    },
  };
};

/** RFC 9112 §3.2, RFC 9113 §8.3.1: who names two hosts may be understood differently by a proxy and by us. */
const hasManyHosts = ({ rawHeaders }: HttpRequest): boolean => {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  return hosts > 1;
};

const badRequest = (req: HttpRequest, res: HttpResponse): void => {
  res.statusCode = 400;
  res.setHeader("content-type", "text/plain; charset=utf-8");
  endResponse(res, "One request is for one host.\n");
  req.resume();
};

/** A process that has much to do is alive: whoever asks that is always answered. */
const isProbe = ({ url }: HttpRequest): boolean => url === "/debug/healthz" || url === "/debug/ready";

/** RFC 9110 §15.6.4: nothing of the request has been done, so it may be repeated. */
const refuse = (req: HttpRequest, res: HttpResponse): void =>
  unavailable(req, res, "Too many requests at once; try again in a moment.\n");

/** RFC 9110 §15.6.4, in these words. */
export const unavailable = (req: HttpRequest, res: HttpResponse, text: string): void => {
  res.statusCode = 503;
  res.setHeader("retry-after", "1");
  res.setHeader("content-type", "text/plain; charset=utf-8");
  endResponse(res, text);
  req.resume();
};

/** How long a server that is told to close still lets in what had reached the machine by then. */
const acceptOnMs = 100;
/** The same at most, while more come. */
const doorMs = 1_000;
/** How long it then waits for the first request of a connection that it has let in. */
const freshMs = 1_000;

type Handler = (req: HttpRequest, res: HttpResponse) => void;

const createHttp1 = (limits: TransportLimits, handle: Handler): http.Server => {
  const server = http.createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
    },
    (req, res) => {
      const { socket } = req;
      res.once("finish", () => dropRest(req, socket));
      handle(req, res);
    },
  );
  server.maxHeadersCount = limits.headerCount;
  server.setTimeout(limits.stalledMs);
  return server;
};

// An answer may come before the body has been read (refused, too large). What is left of the body is thrown away, or the
// next request on the connection would wait behind it for ever; `requestMs` bounds how long.
const dropRest = (req: http.IncomingMessage, socket: net.Socket): void => {
  if (req.readableEnded || (req.complete && req.readableLength === 0)) return;
  if (req.destroyed) {
    // Nobody can read the rest any more: the connection is of no further use.
    socket.end();
    const timer = setTimeout(() => socket.destroy(), 500);
    socket.once("close", () => clearTimeout(timer));
    return;
  }
  const drop = () => {
    while (req.read() !== null);
  };
  req.on("error", ignore);
  req.on("readable", drop);
  drop();
};

const createHttp2 = (limits: TransportLimits, handle: Handler): http2.Http2Server => {
  const server = http2.createServer(
    {
      settings: {
        maxConcurrentStreams: limits.http2.streams,
        maxHeaderListSize: limits.headerBytes,
        enableConnectProtocol: false,
      },
      maxHeaderListPairs: limits.headerCount,
      maxSessionMemory: limits.http2.sessionMegabytes,
      maxSessionInvalidFrames: limits.http2.invalidFrames,
      maxSessionRejectedStreams: limits.http2.rejectedStreams,
      streamResetBurst: limits.http2.resetBurst,
      streamResetRate: limits.http2.resetRate,
    },
    (req, res) => {
      boundTimes(req, limits);
      handle(req, res);
    },
  );
  server.on("sessionError", ignore);
  return server;
};

// Streams of `/grpc.` (reflection, health watch) stay open for as long as the client likes; all others send one request
// and read one answer.
const boundTimes = (req: http2.Http2ServerRequest, limits: TransportLimits): void => {
  if (req.url.startsWith("/grpc.")) return;
  const cancel = () => req.stream.close(http2.constants.NGHTTP2_CANCEL);
  const timer = setTimeout(cancel, limits.requestMs);
  const clear = () => clearTimeout(timer);
  req.once("end", clear);
  req.once("close", clear);
  req.stream.setTimeout(limits.stalledMs, cancel);
};

const drained = (sockets: ReadonlySet<unknown>, deadlineMs: number, closeIdle: () => void): Promise<void> =>
  new Promise((resolve) => {
    const until = performance.now() + deadlineMs;
    const look = () => {
      closeIdle();
      if (sockets.size === 0 || performance.now() >= until) {
        clearInterval(timer);
        resolve();
      }
    };
    const timer = setInterval(look, 25);
    look();
  });

// Broken connections are the client's affair: nothing to answer, nothing to log.
const ignore = (): void => {};
