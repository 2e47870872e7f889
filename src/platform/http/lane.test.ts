import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import { createLane, type LaneAnswered, type LaneRoute } from "./lane.ts";
import { createHttpServer } from "./server.ts";
import type { WebRequest } from "./web.ts";

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

const form = { "content-type": "application/x-www-form-urlencoded" };

const start = async (answer: LaneRoute["answer"], fail?: LaneRoute["fail"]) => {
  const answered: LaneAnswered[] = [];
  const errors: unknown[] = [];
  const lane = createLane({
    bodyBytes: 1_000,
    resume: (_req, work) => work(),
    onAnswered: (one) => answered.push(one),
    onError: (error) => errors.push(error),
  });
  const failWith: LaneRoute["fail"] = (error, _request, reply) => reply.code(400).send({ error: String(error) });
  lane.add({ method: "GET", path: "/hot", answer, fail: fail ?? failWith });
  lane.add({ method: "POST", path: "/hot", answer, fail: fail ?? failWith });
  const server = createHttpServer({
    api: (req, res) => lane.take(req as IncomingMessage, res as ServerResponse),
    app: { routing: (_req, res) => res.end("the long way") },
  });
  const port = await server.listen(0, "127.0.0.1");
  close = () => server.close(100);
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  return { ask, answered, errors };
};

const echo: LaneRoute["answer"] = async ({ body, headers }, reply) =>
  reply
    .header("vary", "Origin")
    .header("x-seen", headers["x-sent"] as string)
    .send({ fields: body === undefined ? null : [...(body as Iterable<readonly [string, string]>)], gone: undefined });

test("an exact path is answered as JSON and noted by its route", async () => {
  const { ask, answered } = await start(echo);
  const got = await ask("/hot", { headers: { "x-sent": "1" } });
  expect(got).toMatchObject({ status: 200, text: '{"fields":null}' });
  expect(Object.fromEntries(got.headers)).toMatchObject({
    "content-type": "application/json; charset=utf-8",
    "content-length": "15",
    vary: "Origin",
    "x-seen": "1",
  });
  const posted = await ask("/hot", { method: "POST", headers: { ...form, "x-sent": "2" }, body: "a=b&c=%20&a=" });
  expect(posted.text).toBe('{"fields":[["a","b"],["c"," "],["a",""]]}');
  expect(answered).toEqual([
    { method: "GET", route: "/hot", status: 200, ms: expect.any(Number) },
    { method: "POST", route: "/hot", status: 200, ms: expect.any(Number) },
  ]);
});

test.each<readonly [string, string, RequestInit]>([
  ["a query", "/hot?a=1", {}],
  ["another path", "/hot/", {}],
  ["another method", "/hot", { method: "OPTIONS" }],
  ["a browser", "/hot", { headers: { accept: "text/html,*/*" } }],
  ["a body that is no form", "/hot", { method: "POST", headers: { "content-type": "text/plain" }, body: "a=1" }],
  ["a body that is too large", "/hot", { method: "POST", headers: form, body: "a".repeat(1_001) }],
  // RequestInit's type does not know `duplex` yet.
  [
    "a body of unknown length",
    "/hot",
    { method: "POST", headers: form, body: new Blob(["a=1"]).stream(), duplex: "half" } as RequestInit,
  ],
])("the long way for %s", async (_what, path, init) => {
  const { ask, answered } = await start(echo);
  expect((await ask(path, init)).text).toBe("the long way");
  expect(answered).toEqual([]);
});

test("an error is answered by the route's own writer, with the headers that stood before it", async () => {
  const { ask } = await start(async (_request, reply) => {
    reply.header("vary", "Origin").code(418);
    throw new Error("no");
  });
  const got = await ask("/hot");
  expect(got).toMatchObject({ status: 400, text: '{"error":"Error: no"}' });
  expect(got.headers.get("vary")).toBe("Origin");
});

test("a defect of the writer is a 500 and is reported; a value that would split the header ends the exchange", async () => {
  const fail = () => {
    throw new Error("defect");
  };
  const broken = await start(async () => {
    throw new Error("no");
  }, fail);
  expect(await broken.ask("/hot")).toMatchObject({ status: 500, text: '{"error":"server_error"}' });
  expect(broken.errors).toEqual([new Error("defect")]);
  await close?.();
  const splitting = await start(async (_request: WebRequest, reply) => reply.header("a", "b\r\nc: d").send({}));
  await expect(splitting.ask("/hot")).rejects.toThrow();
  expect(splitting.errors).toHaveLength(1);
});
