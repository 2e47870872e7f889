import type { Socket } from "node:net";

/** Takes over a socket whose first bytes, `seen`, have been read already. */
type Hand = (version: 1 | 2, seen: Buffer) => void;

const preface = Buffer.from("PRI");

/**
 * Tells by its first bytes which HTTP a plain-text socket speaks and hands the socket on with them. `PRI` begins
 * the HTTP/2 connection preface (RFC 9113 §3.4) and no HTTP/1.1 method. A socket that stays silent is destroyed.
 */
export const sniffHttpVersion = (socket: Socket, timeoutMs: number, hand: Hand): void => {
  let seen: Buffer = Buffer.alloc(0);
  const done = () => {
    clearTimeout(timer);
    socket.off("data", onData);
    socket.off("end", drop);
    socket.off("error", drop);
    socket.off("close", done);
  };
  const drop = () => {
    done();
    socket.destroy();
  };
  const onData = (chunk: Buffer) => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const known = Math.min(seen.length, preface.length);
    const matches = seen.subarray(0, known).equals(preface.subarray(0, known));
    if (matches && known < preface.length) return;
    done();
    hand(matches ? 2 : 1, seen);
  };
  const timer = setTimeout(drop, timeoutMs);
  socket.on("data", onData);
  socket.on("end", drop);
  socket.on("error", drop);
  socket.on("close", done);
};
