// `npm run bench -- <scenario> …` or `all`: each scenario prints its figures and stores them in bench/results/;
// docs/performance.md shows the newest.

import { footprint } from "./footprint.ts";
import { type Machine, type MunotMachine, munotMachine, peerMachine } from "./grants.ts";
import { type Contestant, compare, countStatements, type Row } from "./load.ts";
import { overload } from "./overload.ts";
import { munotParty, type Party, peerParty } from "./parties.ts";
import { record } from "./record.ts";
import { apiScenarios } from "./scenarios/api.ts";
import { besideRawSigning, machineScenarios, munotScenarios } from "./scenarios/grants.ts";
import { oidcScenarios } from "./scenarios/oidc.ts";
import { openLab } from "./servers.ts";
import { writeTables } from "./table.ts";

const known = [
  "footprint",
  "overload",
  ...Object.keys(oidcScenarios),
  ...Object.keys(machineScenarios),
  ...Object.keys(munotScenarios),
  ...Object.keys(apiScenarios),
];
const asked = process.argv.slice(2).flatMap((name) => (name === "all" ? known : [name]));
if (asked.length === 0 || !asked.every((name) => known.includes(name))) {
  console.error(`npm run bench -- <scenario> …; scenarios: all, ${known.join(", ")}`);
  process.exit(2);
}

const print = (scenario: string, rows: readonly Row[]): void => {
  console.log(scenario);
  console.table(Object.fromEntries(rows.map(({ name, ...figures }) => [name, figures])));
  record(scenario, { rows });
};

const lab = openLab();
const memo = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
};
type Named<T> = readonly (readonly [string, () => Promise<T>])[];
type NamedParties = Named<Party>;
const parties: NamedParties = [
  ["Munot, SQLite", memo(async () => munotParty(await lab.sqlite()))],
  ["Munot, PostgreSQL", memo(async () => munotParty(await lab.postgres()))],
  ["oidc-provider, in memory", memo(async () => peerParty(await lab.peer()))],
];
const counting: NamedParties = [
  ["Munot, SQLite", memo(async () => munotParty(await lab.counting.sqlite()))],
  ["Munot, PostgreSQL", memo(async () => munotParty(await lab.counting.postgres()))],
];
const machinesOn = (on: Pick<typeof lab, "sqlite" | "postgres">): Named<MunotMachine> => [
  ["Munot, SQLite", memo(async () => munotMachine(await on.sqlite()))],
  ["Munot, PostgreSQL", memo(async () => munotMachine(await on.postgres()))],
];
const machines = machinesOn(lab);
const countingMachines = machinesOn(lab.counting);
const allMachines: Named<Machine> = [
  ...machines,
  ["oidc-provider, in memory", memo(async () => peerMachine(await lab.peer()))],
];
/** This process, where it does itself what is measured. */
const here = {
  url: "",
  stop: async () => {},
  statements: null,
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
};
const contestantsOf = async <T extends Pick<Party, "server">>(
  named: Named<T>,
  clientsFor: (party: T) => Promise<Contestant["clients"]>,
): Promise<readonly Contestant[]> => {
  const contestants: Contestant[] = [];
  for (const [name, party] of named) {
    const { server } = await party();
    contestants.push({ name, clients: await clientsFor(await party()), server });
  }
  return contestants;
};
const times = { rounds: 3, seconds: 2 } as const;

try {
  if (asked.includes("footprint")) await footprint();
  if (asked.includes("overload")) {
    await overload([
      { name: "SQLite", start: lab.sqlite },
      { name: "PostgreSQL", start: lab.postgres },
    ]);
  }
  for (const [scenario, clientsFor] of Object.entries(oidcScenarios)) {
    if (!asked.includes(scenario)) continue;
    const counts = await countStatements(await contestantsOf(counting, clientsFor));
    print(scenario, await compare(await contestantsOf(parties, clientsFor), times, counts));
  }
  for (const [scenario, clientsFor] of Object.entries(machineScenarios)) {
    if (!asked.includes(scenario)) continue;
    const counts = await countStatements(await contestantsOf<Machine>(countingMachines, clientsFor));
    const contestants = [...(await contestantsOf(allMachines, clientsFor))];
    const raw = besideRawSigning.get(scenario);
    if (raw !== undefined) contestants.push({ name: "node:crypto alone", clients: await raw(), server: here });
    print(scenario, await compare(contestants, times, counts));
  }
  for (const [scenario, clientsFor] of Object.entries(munotScenarios)) {
    if (!asked.includes(scenario)) continue;
    const counts = await countStatements(await contestantsOf(countingMachines, clientsFor));
    print(scenario, await compare(await contestantsOf(machines, clientsFor), times, counts));
  }
  for (const [scenario, contestantsOn] of Object.entries(apiScenarios)) {
    if (!asked.includes(scenario)) continue;
    const rows: Row[] = [];
    for (const [name, start, startCounting] of [
      ["SQLite", lab.sqlite, lab.counting.sqlite],
      ["PostgreSQL", lab.postgres, lab.counting.postgres],
    ] as const) {
      const counts = await countStatements(await contestantsOn({ name, munot: await startCounting() }));
      rows.push(...(await compare(await contestantsOn({ name, munot: await start() }), times, counts)));
    }
    print(scenario, rows);
  }
} finally {
  await lab.close();
}
writeTables();
