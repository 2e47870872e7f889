import { Refusal } from "../../kernel/refusal.ts";

/** Runs work at most so many at a time; see {@link createGate}. */
export type Gate = {
  <T>(work: () => Promise<T>): Promise<T>;
  /** how much runs and how much waits at this moment */
  readonly load: () => { readonly running: number; readonly waiting: number };
};

/**
 * Lets at most `concurrency` pieces of work run and at most `queue` wait, in order. What comes beyond is refused with
 * `request.overloaded` at once: a flood is answered instead of piled up.
 */
export const createGate = ({ concurrency, queue }: { concurrency: number; queue: number }): Gate => {
  const waiting: (() => void)[] = [];
  let running = 0;
  const enter = (): Promise<void> | undefined => {
    if (running < concurrency) {
      running += 1;
      return undefined;
    }
    if (waiting.length >= queue) throw new Refusal("request.overloaded");
    return new Promise((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    // The place goes from one to the next without being free in between: nobody overtakes the queue.
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  const pass = async <T>(work: () => Promise<T>): Promise<T> => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
  return Object.assign(pass, { load: () => ({ running, waiting: waiting.length }) });
};
