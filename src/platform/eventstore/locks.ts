import type { StreamLocks } from "../../kernel/runner.ts";

type Held = { readonly contended: boolean; readonly release: () => void };

/**
 * Keyed locks of this process, first come first served. Keys are taken in sorted order, so two holders of several never
 * wait for each other. Writers of one stream queue here instead of conflicting in the database.
 */
export const createStreamLocks = (): StreamLocks => {
  const tails = new Map<string, Promise<void>>();

  const take = async (key: string): Promise<Held> => {
    const before = tails.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    tails.set(key, promise);
    if (before !== undefined) await before;
    return {
      contended: before !== undefined,
      release: () => {
        if (tails.get(key) === promise) tails.delete(key);
        resolve();
      },
    };
  };

  return {
    hold: async (keys) => {
      const held: Held[] = [];
      for (const key of [...new Set(keys)].sort()) held.push(await take(key));
      return {
        contended: held.some((one) => one.contended),
        release: () => {
          for (const one of held.toReversed()) one.release();
        },
      };
    },
  };
};
