import { chmodSync, rmSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { readBody } from "../http/body.ts";

/**
 * The command line's way into a running server: HTTP over a Unix socket in the data folder that only its owner may open.
 * Each action takes and gives JSON.
 */
export type ControlActions = { readonly [name: string]: (input: unknown) => Promise<unknown> };

const bodyBytes = 65_536;
/** sun_path of Linux is 108 bytes, of macOS 104; a longer path cannot be bound */
const pathBytes = 103;

const socketPath = (dataDir: string): string => join(dataDir, "munot.sock");

/** Opens the socket; `null` where the folder's path is too long for one. */
export const openControl = async (
  dataDir: string,
  actions: ControlActions,
): Promise<{ close: () => Promise<void> } | null> => {
  const path = socketPath(dataDir);
  if (Buffer.byteLength(path) > pathBytes) return null;
  // Left over from a process that was killed: whoever holds the data folder's lock may remove it.
  rmSync(path, { force: true });
  const server = http.createServer((request, response) => {
    answer(request, actions).then(
      (body) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body ?? null)),
      (error: unknown) => response.writeHead(400).end(error instanceof Error ? error.message : "failed"),
    );
  });
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(before);
  }
  chmodSync(path, 0o600);
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
};

const answer = async (request: http.IncomingMessage, actions: ControlActions): Promise<unknown> => {
  const body = await readBody(request, bodyBytes);
  const name = (request.url ?? "").slice(1);
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (request.method !== "POST" || action === undefined) throw new Error(`unknown action ${name}`);
  return action(body.length === 0 ? null : JSON.parse(body.toString("utf8")));
};

/** The server refused or failed an action. */
class ControlRefused extends Error {
  override readonly name = "ControlRefused";
}

/** Asks the running server of a data folder; `null` when none is running there. */
export const askControl = (
  dataDir: string,
  name: string,
  input: unknown,
): Promise<{ readonly answer: unknown } | null> =>
  new Promise((resolve, reject) => {
    const request = http.request(
      { socketPath: socketPath(dataDir), path: `/${name}`, method: "POST", agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          if (response.statusCode === 200) resolve({ answer: JSON.parse(text) });
          else reject(new ControlRefused(text));
        });
      },
    );
    request.on("error", (error) => {
      const code = "code" in error ? error.code : "";
      if (code === "ENOENT" || code === "ECONNREFUSED") resolve(null);
      else reject(error);
    });
    request.end(JSON.stringify(input));
  });
