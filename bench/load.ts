/** One turn of a client: a request, or the few that make up what is measured. Throws when it is not answered rightly. */
export type Turn = () => Promise<unknown>;

export type Round = {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly milliseconds: readonly number[];
};

/** All clients take turn after turn, each as soon as its last one is answered. */
const runRound = async (clients: readonly Turn[], seconds: number, cpuSeconds: () => number): Promise<Round> => {
  const milliseconds: number[] = [];
  const cpuBefore = cpuSeconds();
  const began = performance.now();
  const until = began + seconds * 1_000;
  await Promise.all(
    clients.map(async (turn) => {
      for (let at = performance.now(); at < until; ) {
        await turn();
        const now = performance.now();
        milliseconds.push(now - at);
        at = now;
      }
    }),
  );
  const elapsed = (performance.now() - began) / 1_000;
  return {
    perSecond: milliseconds.length / elapsed,
    cpuMicros: ((cpuSeconds() - cpuBefore) * 1e6) / milliseconds.length,
    milliseconds,
  };
};

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The value that `share` of all are below or at. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

export type Contestant = {
  readonly name: string;
  readonly clients: readonly Turn[];
  readonly server: { readonly cpuSeconds: () => number; readonly statements?: (() => Promise<number>) | null };
};

export type Row = {
  readonly name: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly cpuMicros: number;
  /** rate over the last contestant's, median of the rounds */
  readonly ratio: number | null;
  /** the last contestant's CPU time over this one's: other work on the machine does not change it */
  readonly cpuRatio: number | null;
  /** SQL statements per turn */
  readonly statements: number | null;
};

const digits = (value: number, places: number): number => Number(value.toFixed(places));

const countedTurns = 20;

/** SQL statements per turn of one client, by name of the contestant; those that count none are left out. */
export const countStatements = async (contestants: readonly Contestant[]): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  for (const { name, clients, server } of contestants) {
    const [turn] = clients;
    if (turn === undefined || !server.statements) continue;
    await turn();
    const before = await server.statements();
    for (let n = 0; n < countedTurns; n += 1) await turn();
    counts.set(name, digits(((await server.statements()) - before) / countedTurns, 1));
  }
  return counts;
};

/** Measures all in turn, A B A B …, so that whatever else the machine does meets each alike. */
export const compare = async (
  contestants: readonly Contestant[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
  statements: ReadonlyMap<string, number>,
): Promise<readonly Row[]> => {
  for (const { clients, server } of contestants) await runRound(clients, 1, server.cpuSeconds);
  const measured = contestants.map((): Round[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, { clients, server }] of contestants.entries()) {
      measured[i]?.push(await runRound(clients, seconds, server.cpuSeconds));
    }
  }
  const base = contestants.length > 1 ? (measured.at(-1) ?? []) : [];
  return contestants.map(({ name }, i) => {
    const own = measured[i] ?? [];
    const times = own.flatMap(({ milliseconds }) => milliseconds);
    const against = (of: (mine: Round, other: Round) => number): number | null =>
      base.length === 0 || base === own
        ? null
        : digits(middle(own.flatMap((mine, r) => (base[r] ? [of(mine, base[r])] : []))), 2);
    return {
      name,
      perSecond: digits(middle(own.map(({ perSecond }) => perSecond)), 1),
      p50: digits(percentile(times, 0.5), 2),
      p95: digits(percentile(times, 0.95), 2),
      p99: digits(percentile(times, 0.99), 2),
      cpuMicros: Math.round(middle(own.map(({ cpuMicros }) => cpuMicros))),
      ratio: against((mine, other) => mine.perSecond / other.perSecond),
      cpuRatio: against((mine, other) => other.cpuMicros / mine.cpuMicros),
      statements: statements.get(name) ?? null,
    };
  });
};
