import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A relying party's back-channel logout endpoint: keeps what it was sent, and answers as the test says. */
export const startLogoutReceiver = async () => {
  const received: string[] = [];
  const waiting: (() => void)[] = [];
  const answers = { status: 200 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const isForm = request.headers["content-type"] === "application/x-www-form-urlencoded";
      received.push(request.method === "POST" && isForm ? (form.get("logout_token") ?? "") : "");
      response.writeHead(answers.status).end();
      for (const resolve of waiting.splice(0)) resolve();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server that listens has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/back-channel`,
    answers,
    received,
    /** resolves when so many messages have come in all */
    arrival: async (count: number): Promise<void> => {
      while (received.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

export type LogoutReceiver = Awaited<ReturnType<typeof startLogoutReceiver>>;
