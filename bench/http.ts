import http from "node:http";

export type Reply = { readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly body: string };
export type Request = {
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};
export type Connection = (request: Request) => Promise<Reply>;

/** One keep-alive connection, one request at a time. */
export const connect = (url: string): Connection => {
  const { hostname, port } = new URL(url);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  return ({ method = "GET", path, headers = {}, body = "" }) =>
    new Promise((resolve, reject) => {
      const length = method === "POST" ? { "content-length": String(Buffer.byteLength(body)) } : {};
      const asked = http.request(
        { agent, hostname, port, path, method, headers: { ...headers, ...length } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("error", reject);
          answer.on("end", () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      asked.on("error", reject);
      asked.end(body);
    });
};

/** A form in a POST, as OAuth's endpoints take it. */
export const formPost = (path: string, fields: Readonly<Record<string, string>>, authorization: string): Request => ({
  method: "POST",
  path,
  headers: { authorization, "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(fields).toString(),
});

/** The answer, or an error that says which request was answered otherwise. */
export const expectStatus = (reply: Reply, status: number, what: string): Reply => {
  if (reply.status !== status) throw new Error(`${what}: ${reply.status} ${reply.body.slice(0, 300)}`);
  return reply;
};
