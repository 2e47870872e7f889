import { type Cluster, startCluster } from "./postgres.ts";

// Every project that needs a database runs this set-up in a module graph of its own, so what they share is kept on the
// process: the first project starts the server and the last stops it.
const home = process as typeof process & { munotTestPostgres?: { cluster: Promise<Cluster>; users: number } };

/** Vitest global set-up: one PostgreSQL server per run, known to the tests by `MUNOT_TEST_POSTGRES_URL`. */
export const setup = async (): Promise<void> => {
  if (process.env.MUNOT_TEST_POSTGRES_URL && !home.munotTestPostgres) return;
  home.munotTestPostgres ??= { cluster: startCluster(), users: 0 };
  home.munotTestPostgres.users += 1;
  process.env.MUNOT_TEST_POSTGRES_URL = (await home.munotTestPostgres.cluster).url;
};

export const teardown = async (): Promise<void> => {
  const shared = home.munotTestPostgres;
  if (!shared) return;
  shared.users -= 1;
  if (shared.users === 0) await (await shared.cluster).stop();
};
