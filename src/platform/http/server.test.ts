import http2 from "node:http2";
import net from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { startToyApi } from "../../../test/harness/toy-api.ts";

let toy: Awaited<ReturnType<typeof startToyApi>> | undefined;
afterEach(async () => {
  await toy?.stop();
  toy = undefined;
});

const short = { sniffMs: 150, headersMs: 300, requestMs: 400, idleMs: 200, stalledMs: 600 };

/** What a raw socket gets until the server closes it. */
const talk = (port: number, speak: (socket: net.Socket) => void): Promise<string> =>
  new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let got = "";
    socket.on("data", (chunk) => {
      got += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(got));
    socket.on("connect", () => speak(socket));
  });

const dripping = (first: string, more: string) => (socket: net.Socket) => {
  socket.write(first);
  const timer = setInterval(() => socket.write(more), 50);
  socket.on("close", () => clearInterval(timer));
};

describe("hostile or broken connections end by themselves", () => {
  test.each<readonly [string, (socket: net.Socket) => void, RegExp]>([
    ["silence", () => {}, /^$/],
    ["half a preface", (socket) => socket.write("PR"), /^$/],
    ["headers that never end", dripping("GET /page HTTP/1.1\r\nHost: x\r\n", "a: b\r\n"), /^HTTP\/1.1 408/],
    [
      "a body that never ends",
      dripping("POST /v2/organizations HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n", "x"),
      /^HTTP\/1.1 408|^$/,
    ],
    ["a TLS hello", (socket) => socket.write("\x16\x03\x01\x02\x00\x01"), /^HTTP\/1.1 400/],
    ["CONNECT", (socket) => socket.write("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"), /^$/],
    ["no Host", (socket) => socket.write("GET /page HTTP/1.1\r\n\r\n"), /^HTTP\/1.1 400/],
    ["an HTTP/2 preface and then the end", (socket) => socket.end("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), /./],
    [
      "both lengths (RFC 9112 §6.1)",
      (socket) =>
        socket.write(
          "POST /page HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
      /^HTTP\/1.1 400/,
    ],
  ])("%s", async (_name, speak, expected) => {
    toy = await startToyApi({ limits: short });
    expect(await talk(toy.port, speak)).toMatch(expected);
  });
});

test("Upgrade is not acted on: the request is answered as it stands", async () => {
  toy = await startToyApi();
  const got = await talk(toy.port, (socket) =>
    socket.write("GET /page HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n"),
  );
  expect(got).not.toMatch(/101/);
});

test("bytes that come one by one are understood, in either version", async () => {
  toy = await startToyApi();
  const got = await talk(toy.port, async (socket) => {
    for (const byte of "GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  expect(got).toMatch(/a page$/);
});

test("a client that resets streams rapidly is cut off (CVE-2023-44487)", async () => {
  toy = await startToyApi();
  const session = http2.connect(toy.url);
  session.on("error", () => {});
  const closed = new Promise<void>((resolve) => session.once("close", () => resolve()));
  for (let round = 0; round < 100 && !session.destroyed; round += 1) {
    for (let stream = 0; stream < 20 && !session.destroyed; stream += 1) {
      const request = session.request({ ":path": "/page" });
      request.on("error", () => {});
      request.close(http2.constants.NGHTTP2_CANCEL);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await closed;
});

test("closing sends GOAWAY, lets what is in flight end, and is not held up by idle connections", async () => {
  toy = await startToyApi();
  const session = http2.connect(toy.url);
  session.on("error", () => {});
  const away = new Promise<void>((resolve) => session.once("goaway", () => resolve()));
  await new Promise<void>((resolve) => session.request({ ":path": "/page" }).resume().once("end", resolve));
  await (await fetch(`${toy.url}/page`)).text();
  const started = performance.now();
  await toy.http.close(5_000);
  await away;
  expect(performance.now() - started).toBeLessThan(2_000);
  await expect(fetch(`${toy.url}/page`)).rejects.toThrow();
});
