import http from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { sniffHttpVersion } from "../../src/platform/http/sniff.ts";
import { freePort } from "./ports.ts";

/** A reverse proxy before several processes: the next request goes to the next process, as an operator's would. */
export type Balancer = {
  readonly url: string;
  readonly port: number;
  /** how many requests each process has answered */
  readonly answered: () => readonly number[];
  readonly close: () => Promise<void>;
};

/**
 * Round-robin over local ports. A process that refuses the connection is passed over; one that breaks off in the middle
 * is answered for with 502, because nobody knows what it had done.
 */
export const startBalancer = async (ports: readonly number[]): Promise<Balancer> => {
  const port = await freePort();
  const answered = ports.map(() => 0);
  let turn = 0;

  const forward = (request: http.IncomingMessage, response: http.ServerResponse, body: Buffer, tries: number): void => {
    const index = turn++ % ports.length;
    const { "transfer-encoding": _chunked, ...headers } = request.headers;
    const outgoing = http.request(
      {
        host: "127.0.0.1",
        port: ports[index],
        method: request.method,
        path: request.url,
        headers: { ...headers, connection: "close", "content-length": body.length },
        agent: false,
      },
      (incoming) => {
        answered[index] = (answered[index] ?? 0) + 1;
        response.writeHead(incoming.statusCode ?? 502, incoming.rawHeaders);
        incoming.pipe(response);
        incoming.on("error", () => response.destroy());
      },
    );
    outgoing.on("error", (error) => {
      const nobody = "code" in error && error.code === "ECONNREFUSED";
      if (nobody && tries < ports.length) forward(request, response, body, tries + 1);
      else if (response.headersSent) response.destroy();
      else response.writeHead(nobody ? 503 : 502, { "content-type": "text/plain" }).end("no process answered");
    });
    outgoing.end(body);
  };

  const http1 = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => forward(request, response, Buffer.concat(chunks), 1));
  });
  /** HTTP/2 is handed on connection by connection: gRPC's proxies do that, or speak it themselves. */
  const passOn = (socket: Socket, seen: Buffer): void => {
    const to = connect({ host: "127.0.0.1", port: ports[turn++ % ports.length] ?? 0 });
    to.write(seen);
    socket.pipe(to).pipe(socket);
    to.on("error", () => socket.destroy());
    socket.on("error", () => to.destroy());
    socket.on("close", () => to.destroy());
    to.on("close", () => socket.destroy());
  };
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    sniffHttpVersion(socket, 60_000, (version, seen) => {
      if (version === 2) return passOn(socket, seen);
      http1.emit("connection", socket);
      socket.emit("data", seen);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${port}`,
    port,
    answered: () => [...answered],
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
