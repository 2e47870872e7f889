import fc from "fast-check";
import { expect, test } from "vitest";
import { type TokenKind, tokenKinds } from "../../kernel/token.ts";
import { createNewId } from "../crypto/ids.ts";
import { createMintToken } from "../crypto/tokens.ts";
import { createLog, type LogLevel, logLevels } from "./log.ts";
import { logRequest } from "./request-log.ts";
import { describeError, scrub } from "./scrub.ts";

const capture = (level: LogLevel = "trace") => {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level, destination: { write: (line) => lines.push(JSON.parse(line)) } });
  return { log, lines };
};

test("a line is one JSON object with time, level, message and its fields", () => {
  const { log, lines } = capture();
  log.with({ instanceId: "1" }).info("ready", { port: 8080 });
  expect(lines).toEqual([{ level: "info", time: expect.any(String), message: "ready", instanceId: "1", port: 8080 }]);
  expect(Date.parse(String(lines[0]?.["time"]))).toBeGreaterThan(0);
});

test.each(logLevels)("at level %s only that level and those above are written", (level) => {
  const { log, lines } = capture(level);
  for (const one of logLevels) log[one]("x");
  expect(lines.map((line) => line["level"])).toEqual(logLevels.slice(0, logLevels.indexOf(level) + 1));
});

test("fields that are not on the list are dropped", () => {
  const { log, lines } = capture();
  // What a careless caller may pass from untyped code.
  const careless = { password: "hunter2", email: "a@b.example", ms: 1, headers: { cookie: "x" } } as { ms: number };
  log.info("x", careless);
  expect(lines).toEqual([{ level: "info", time: expect.any(String), message: "x", ms: 1 }]);
});

test("a request is logged by its route pattern, never by its path, query or unknown method", () => {
  const { log, lines } = capture();
  logRequest(log, { method: "GET", route: "/users/:id", status: 200, ms: 1.234 });
  logRequest(log, { method: "hunter2", route: null, status: 500, ms: 2 });
  expect(lines).toMatchObject([
    { level: "info", method: "GET", route: "/users/:id", status: 200, ms: 1.2 },
    { level: "error", method: "other", route: "none", status: 500 },
  ]);
});

test("no credential of any kind survives in a message, a field or an error", () => {
  const mintToken = createMintToken(createNewId());
  // Object.keys gives strings; these are the keys of the literal table.
  const kind = fc.constantFrom(...(Object.keys(tokenKinds) as TokenKind[]));
  fc.assert(
    fc.property(kind, fc.string(), fc.string(), (one, before, after) => {
      const { text } = mintToken(one);
      const { log, lines } = capture();
      log.error(`${before} ${text} ${after}`, {
        route: text,
        error: new Error(`x ${text}`, { cause: new TypeError(text) }),
      });
      expect(JSON.stringify(lines)).not.toContain(text.split(".")[1]);
    }),
  );
});

test.each([
  ["a JWT", "bad token eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.sig here", "bad token [jwt] here"],
  ["a password in a URL", "connect postgres://munot:hunter2@db:5432/x", "connect postgres://[secret]@db:5432/x"],
  ["a bearer token", "header Authorization: Bearer abcdefgh.ijklmnop", "header Authorization: Bearer [secret]"],
  ["a password hash", "bad $argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA x", "bad [hash] x"],
  ["a query string", "GET https://id.example/cb?code=1#x failed", "GET https://id.example/cb?[query] failed"],
  ["an e-mail address", "user <ada@example.com> exists", "user <[email]> exists"],
  ["nothing secret", "migration 0001-eventlog applied in 3 ms", "migration 0001-eventlog applied in 3 ms"],
])("%s is scrubbed", (_name, text, expected) => {
  expect(scrub(text)).toBe(expected);
});

test("of an error only type, message, code, stack and causes are shown", () => {
  const error = Object.assign(new Error("duplicate key", { cause: new Error("inner") }), {
    code: "23505",
    detail: "Key (user_name)=(ada) already exists.",
    parameters: ["hunter2"],
  });
  const described = describeError(error);
  expect(described).toMatchObject({
    type: "Error",
    message: "duplicate key",
    code: "23505",
    cause: { message: "inner" },
  });
  expect(JSON.stringify(described)).not.toMatch(/ada|hunter2/);
  expect(described.stack).toMatch(/^at /);
  expect(describeError("text")).toEqual({ type: "string", message: "text" });
});

test("no text takes long to scrub", () => {
  const before = performance.now();
  for (const text of [
    "a".repeat(20_000),
    "@".repeat(20_000),
    "eyJ".repeat(7_000),
    "http://".repeat(3_000),
    "a.".repeat(10_000),
  ]) {
    scrub(text);
  }
  expect(performance.now() - before).toBeLessThan(2_000);
});
