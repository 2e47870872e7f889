import { expect, test } from "vitest";
import { instant } from "../../src/kernel/time.ts";
import { type Job, startJobWorker } from "../../src/platform/jobs/worker.ts";
import { describeOnBothDatabases } from "../harness/store.ts";
import { addPerson, contractCtx, contractSetup, mailPerson } from "./fixture.ts";

const ctx = contractCtx();

describeOnBothDatabases("outbox", (open) => {
  const withMails = async (count: number) => {
    const opened = await open(contractSetup);
    await opened.run(addPerson, ctx, { id: "1", name: "Ada", email: "ada@example.com" });
    for (let mail = 0; mail < count; mail += 1) await opened.run(mailPerson, ctx, { id: "1", text: `code ${mail}` });
    let now = ctx.now;
    const pass = (seconds: number) => {
      now = instant(now + seconds * 1_000_000);
    };
    const clock = { now: () => now, pass };
    const waiting = () =>
      opened.database.read({ sql: "select job_key, last_error, payload from jobs", parameters: [] });
    return { ...opened, clock, waiting };
  };

  test("every job is handed over once, opened, and gone when it is done; what waits is sealed", async () => {
    const { database, sealer, clock, waiting } = await withMails(25);
    const [sealed] = await waiting();
    expect(Buffer.from(sealed?.payload instanceof Uint8Array ? sealed.payload : []).includes("code")).toBe(false);
    const jobs: Job[] = [];
    const handlers = { mail: async (job: Job) => void jobs.push(job) };
    const deps = { database, sealer, handlers, now: clock.now, pollMs: 0 };
    clock.pass(1);
    const tried = await Promise.all([startJobWorker(deps).runDue(), startJobWorker(deps).runDue()]);
    expect(tried.reduce((sum, one) => sum + one)).toBe(25);
    expect(jobs.map((job) => job.payload)).toEqual(
      expect.arrayContaining(Array.from({ length: 25 }, (_, mail) => ({ text: `code ${mail}` }))),
    );
    expect(await waiting()).toEqual([]);
  });

  test("a failed job is tried again later under the same key, and its error's text is not kept", async () => {
    const { database, sealer, clock, waiting } = await withMails(1);
    const attempts: string[] = [];
    const handlers = {
      mail: async ({ key, attempt }: Job) => {
        attempts.push(`${key} ${attempt}`);
        if (attempt === 1) throw new TypeError("no route to ada@example.com");
      },
    };
    const worker = startJobWorker({ database, sealer, handlers, now: clock.now, pollMs: 0 });
    clock.pass(1);
    expect(await worker.runDue()).toBe(1);
    expect(await waiting()).toMatchObject([{ last_error: "TypeError" }]);
    expect(await worker.runDue()).toBe(0);
    clock.pass(3);
    expect(await worker.runDue()).toBe(1);
    expect(attempts).toEqual(["1/2/mail 1", "1/2/mail 2"]);
    expect(await waiting()).toEqual([]);
  });

  test("a job of a kind that a process does not know is left, untouched, to those that do", async () => {
    const { database, sealer, clock } = await withMails(1);
    const deps = { database, sealer, now: clock.now, pollMs: 0 };
    clock.pass(1);
    expect(await startJobWorker({ ...deps, handlers: { other: async () => undefined } }).runDue()).toBe(0);
    expect(await startJobWorker({ ...deps, handlers: {} }).runDue()).toBe(0);
    const attempts: number[] = [];
    const mail = async ({ attempt }: Job) => void attempts.push(attempt);
    expect(await startJobWorker({ ...deps, handlers: { mail } }).runDue()).toBe(1);
    expect(attempts).toEqual([1]);
  });

  test("a job whose worker died is taken again after its lease", async () => {
    const { database, sealer, clock } = await withMails(1);
    clock.pass(1);
    const dead = startJobWorker({
      database: { ...database, write: async (unit) => (unit.length === 2 ? database.write(unit) : []) },
      sealer,
      handlers: { mail: async () => undefined },
      now: clock.now,
      pollMs: 0,
    });
    await dead.runDue();
    const seen: number[] = [];
    const handlers = { mail: async (job: Job) => void seen.push(job.attempt) };
    const worker = startJobWorker({ database, sealer, handlers, now: clock.now, pollMs: 0 });
    expect(await worker.runDue()).toBe(0);
    clock.pass(121);
    expect(await worker.runDue()).toBe(1);
    expect(seen).toEqual([2]);
  });

  test("an expired job is dropped, not handed over", async () => {
    const { database, sealer, clock, waiting } = await withMails(1);
    await database.write([{ sql: `update jobs set expires_at = ${clock.now() + 1}`, parameters: [] }]);
    clock.pass(1);
    const worker = startJobWorker({ database, sealer, handlers: {}, now: clock.now, pollMs: 0 });
    expect(await worker.runDue()).toBe(0);
    expect(await waiting()).toEqual([]);
  });

  test("a nudge is worked off at once, and stopping waits for what runs", async () => {
    const { database, sealer, clock, waiting } = await withMails(1);
    clock.pass(1);
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const mail = async () => {
      begin();
      await released;
    };
    const worker = startJobWorker({ database, sealer, handlers: { mail }, now: clock.now, pollMs: 0 });
    worker.nudge();
    await begun;
    const stopped = worker.stop();
    release();
    await stopped;
    expect(await waiting()).toEqual([]);
  });
});
