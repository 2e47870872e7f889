import { Refusal } from "../../kernel/refusal.ts";
import { standAside } from "../http/admission.ts";

/** Runs work at most so many at a time; see {@link createGate}. */
export type Gate = {
  <T>(work: () => Promise<T>): Promise<T>;
  /** how much runs and how much waits at this moment */
  readonly load: () => { readonly running: number; readonly waiting: number };
};

/** How long a standing queue may make its last comer wait. */
const targetMs = 500;
/** A queue that has been longer for this long without ever being empty is no burst any more. */
const burstMs = 2_000;

/**
 * Lets at most `concurrency` pieces of work run and at most `queue` wait, in order. What comes beyond is refused with
 * `request.overloaded` at once: a flood is answered instead of piled up. A burst may fill the queue; while it stands, it
 * is kept to what can be done in half a second (after CoDel, RFC 8289).
 */
export const createGate = ({ concurrency, queue }: { concurrency: number; queue: number }): Gate => {
  const waiting: { readonly since: number; readonly go: () => void }[] = [];
  let running = 0;
  /** when somebody first came to their turn too late since the queue was last empty; null: nobody has */
  let slowSince: number | null = null;
  let lastTurn = 0;
  /** from one turn to the next while somebody waits, the newest ones counting most */
  let betweenTurnsMs = 0;
  const places = (): number =>
    slowSince === null || performance.now() - slowSince < burstMs
      ? queue
      : Math.min(queue, Math.max(1, Math.floor(targetMs / betweenTurnsMs)));
  const enter = (): Promise<void> | undefined => {
    if (running < concurrency) {
      running += 1;
      return undefined;
    }
    if (waiting.length >= places()) throw new Refusal("request.overloaded");
    if (waiting.length === 0) lastTurn = performance.now();
    return new Promise((resolve) => waiting.push({ since: performance.now(), go: resolve }));
  };
  const leave = (): void => {
    // The place goes from one to the next without being free in between: nobody overtakes the queue.
    const next = waiting.shift();
    if (next === undefined) {
      running -= 1;
      slowSince = null;
      return;
    }
    const now = performance.now();
    betweenTurnsMs = betweenTurnsMs === 0 ? now - lastTurn : betweenTurnsMs * 0.9 + (now - lastTurn) * 0.1;
    lastTurn = now;
    if (now - next.since > targetMs) slowSince ??= now;
    next.go();
  };
  const pass = <T>(work: () => Promise<T>): Promise<T> =>
    standAside(async () => {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    });
  return Object.assign(pass, { load: () => ({ running, waiting: waiting.length }) });
};
