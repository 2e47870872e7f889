import http from "node:http";
import http2 from "node:http2";
import { connect } from "node:net";

export type RawAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
};

type RawRequest = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

/** An HTTP/1.1 request whose headers, `Host` among them, are sent as given: fetch would put its own. */
export const rawHttp1 = (url: string, { method = "GET", headers = {}, body }: RawRequest = {}): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
      answer.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });

/** Lines as they are on a connection of their own, and all that comes back: no client sends a header twice. */
export const rawLines = (url: string, lines: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    let answer = "";
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("utf8");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  });

/** An HTTP/2 request in clear text (or under TLS, with its options); trailers are among the answer's headers. */
export const rawHttp2 = (
  url: string,
  { method = "GET", headers = {}, body }: RawRequest = {},
  options: http2.SecureClientSessionOptions = {},
): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const session = http2.connect(url, options);
    session.on("error", reject);
    const { pathname, search } = new URL(url);
    const stream = session.request(
      { ":method": method, ":path": `${pathname}${search}`, ...headers },
      { endStream: body === undefined },
    );
    const chunks: Buffer[] = [];
    let seen: RawAnswer["headers"] = {};
    const keep = (more: http2.IncomingHttpHeaders) => {
      seen = { ...seen, ...more };
    };
    stream.on("response", keep);
    stream.on("trailers", keep);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("end", () => {
      session.close();
      resolve({ status: Number(seen[":status"]), headers: seen, body: Buffer.concat(chunks).toString("utf8") });
    });
    if (body !== undefined) stream.end(body);
  });

/** An empty message in gRPC's framing. */
export const emptyGrpcMessage = Buffer.alloc(5);
