import http from "node:http";
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
    const outgoing = http.request(
      {
        host: "127.0.0.1",
        port: ports[index],
        method: request.method,
        path: request.url,
        headers: { ...request.headers, connection: "close", "content-length": body.length },
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

  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => forward(request, response, Buffer.concat(chunks), 1));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${port}`,
    port,
    answered: () => [...answered],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
