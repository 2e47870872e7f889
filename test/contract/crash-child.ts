import { once } from "node:events";
import { writeSync } from "node:fs";
import { streamRef } from "../../src/kernel/event.ts";
import { openStoreAt, type Place } from "../harness/store.ts";
import { addPerson, contractCtx, contractSetup, countPair, countPerson, person } from "./fixture.ts";

/**
 * A process that writes until it is killed: waits for a line (so that it starts at once), then says `ack <id> <version>`
 * the moment that an append is acknowledged. Arguments: the place as JSON, the number of writers, the number of appends
 * of each (0: without end).
 */
const [place, writers, appends] = process.argv.slice(2);
const ctx = contractCtx();
const say = (line: string) => writeSync(1, `${line}\n`);

say("loaded");
await once(process.stdin, "data");
// The parent of this process writes what it parses here.
const { run, store, instanceId } = await openStoreAt(JSON.parse(place ?? "") as Place, {
  ...contractSetup,
  connections: 8,
});
say(`ready ${process.pid}`);

const turn = async (writer: number, count: number): Promise<void> => {
  const one = `pair-${writer % 4}-a`;
  const other = `pair-${writer % 4}-b`;
  if (count % 5 === 4) {
    const id = `new-${process.pid}-${writer}-${count}`;
    const done = await run(addPerson, ctx, { id, name: id, email: `${id}@example.com` });
    say(`ack ${done.id} ${done.sequence}`);
  } else if (count % 2) {
    const done = await run(countPair, ctx, { one, other });
    say(`ack ${one} ${done.sequence}`);
  } else {
    const done = await run(countPerson, ctx, { id: `solo-${writer}`, events: 3 });
    say(`ack ${done.id} ${done.sequence}`);
  }
};

/** The persons that the writers count, where they are not there yet. */
const prepare = async (): Promise<void> => {
  const ids = [
    ...Array.from({ length: Number(writers) }, (_, writer) => `solo-${writer}`),
    ...Array.from({ length: 4 }, (_, pair) => [`pair-${pair}-a`, `pair-${pair}-b`]).flat(),
  ];
  const refs = ids.map((id) => streamRef(person, id));
  const stored = await store.load(instanceId, refs);
  for (const { ref, version } of stored) {
    if (version === 0) await run(addPerson, ctx, { id: ref.id, name: ref.id, email: `${ref.id}@example.com` });
  }
};

await prepare();
say("writing");
await Promise.all(
  Array.from({ length: Number(writers) }, async (_, writer) => {
    for (let count = 0; appends === "0" || count < Number(appends); count += 1) await turn(writer, count);
  }),
);
process.exit(0);
