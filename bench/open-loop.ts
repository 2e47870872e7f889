import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What came of one request: its status and the milliseconds until its answer was whole; 0: the connection broke. */
export type Outcome = { readonly status: number; readonly ms: number };

/** One keep-alive connection, with just enough of HTTP/1.1 to know when an answer is whole: Node's own client costs more than a refusal. */
export type Caller = (request: string) => Promise<number>;

const openCaller = async (port: number): Promise<{ readonly call: Caller; readonly socket: Socket }> => {
  const socket = connect({ port, host: "localhost", noDelay: true });
  await once(socket, "connect");
  let text = "";
  let answered: ((status: number) => void) | null = null;
  const settle = (status: number): void => {
    const done = answered;
    answered = null;
    text = "";
    done?.(status);
  };
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    const head = text.indexOf("\r\n\r\n");
    if (head < 0) return;
    const length = /^content-length: *(\d+)/im.exec(text.slice(0, head))?.[1];
    const whole = length === undefined ? text.endsWith("0\r\n\r\n") : text.length >= head + 4 + Number(length);
    if (whole) settle(Number(text.slice(9, 12)));
  });
  socket.on("error", () => settle(0));
  socket.on("close", () => settle(0));
  const call: Caller = (request) =>
    new Promise((resolve) => {
      if (socket.destroyed) return resolve(0);
      answered = resolve;
      socket.write(request);
    });
  // A connection that has said nothing is closed after ten seconds, one that has been used only after a minute.
  await call("GET /debug/healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
  return { call, socket };
};

export type Callers = {
  readonly all: readonly Caller[];
  readonly close: () => void;
};

/** Connections that are open and have been used, one after the other: Node accepts one per turn of its event loop. */
export const openCallers = async (port: number, count: number): Promise<Callers> => {
  const opened: Awaited<ReturnType<typeof openCaller>>[] = [];
  for (let n = 0; n < count; n += 1) opened.push(await openCaller(port));
  return {
    all: opened.map(({ call }) => call),
    close: () => {
      for (const { socket } of opened) socket.destroy();
    },
  };
};

const timed = async (call: Caller, request: string): Promise<Outcome> => {
  const from = performance.now();
  const status = await call(request);
  return { status, ms: performance.now() - from };
};

/** All callers ask again as soon as they are answered. */
export const sendOneByOne = async (
  callers: readonly Caller[],
  seconds: number,
  next: () => string,
): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = [];
  const until = performance.now() + seconds * 1_000;
  await Promise.all(
    callers.map(async (call) => {
      while (performance.now() < until) outcomes.push(await timed(call, next()));
    }),
  );
  return outcomes;
};

/** So many requests per second whatever comes of them; one that finds all callers waiting is not sent. */
export const sendAtRate = async (
  callers: readonly Caller[],
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
  next: () => string,
): Promise<readonly Outcome[]> => {
  const idle = [...callers];
  const outcomes: Outcome[] = [];
  const pending = new Set<Promise<void>>();
  const began = performance.now();
  let due = 0;
  while (performance.now() - began < seconds * 1_000) {
    const now = Math.floor(((performance.now() - began) / 1_000) * perSecond);
    for (; due < now; due += 1) {
      const call = idle.pop();
      if (call === undefined) continue;
      const done = timed(call, next()).then((outcome) => {
        outcomes.push(outcome);
        if (outcome.status !== 0) idle.push(call);
        pending.delete(done);
      });
      pending.add(done);
    }
    await sleep(1);
  }
  await Promise.all(pending);
  return outcomes;
};
