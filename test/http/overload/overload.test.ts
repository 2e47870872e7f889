import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { directoryOf } from "../../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";
import { freePort } from "../../harness/ports.ts";

/** Far more callers than there are places, each of whom asks again soon after a refusal. */
const callers = 1_000;
const pauseMs = 200;
const seconds = 5;
const warmUps = 200;

type Answer = { readonly status: number; readonly retryAfter: string | null; readonly ms: number };

const percentile = (answers: readonly Answer[], share: number): number =>
  answers.map(({ ms }) => ms).toSorted((a, b) => a - b)[Math.floor(answers.length * share)] ?? Number.NaN;

onEachDatabase("far more requests than can be served", (database) => {
  let munot: RunningMunot;
  let metricsUrl: string;
  let orgId: string;
  beforeAll(async () => {
    const metricsPort = await freePort();
    metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
    munot = await startMunot({ database, env: { MUNOT_METRICS_PORT: String(metricsPort) } });
    orgId = await directoryOf(munot).addOrg("Acme");
  });
  afterAll(() => munot?.stop());

  const memoryMb = async (): Promise<number> => {
    const text = await (await fetch(metricsUrl)).text();
    return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]) / 2 ** 20;
  };
  /** Share of the users made that were made within so many seconds, one of the histogram's bounds. */
  const shareWithin = async (seconds: string): Promise<number> => {
    const text = await (await fetch(metricsUrl)).text();
    const samples = text
      .split("\n")
      .filter(
        (line) => line.includes('AddHumanUser",status="200"') && line.startsWith("munot_http_request_duration_seconds"),
      );
    const sampleOf = (part: string) =>
      Number(
        samples
          .find((line) => line.includes(part))
          ?.split(" ")
          .at(-1),
      );
    return sampleOf(`le="${seconds}"`) / sampleOf("_count");
  };
  const agent = new Agent({ keepAlive: true, maxSockets: callers, maxFreeSockets: callers });
  const connect = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const asked = request(`${munot.url}/debug/healthz`, { agent }, (answer) => {
        answer.resume();
        answer.once("end", () => resolve());
      });
      asked.once("error", reject);
      asked.end();
    });
  const addUser = (username: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const asked = request(
        `${munot.url}/zitadel.user.v2.UserService/AddHumanUser`,
        {
          agent,
          method: "POST",
          headers: { authorization: `Bearer ${munot.ownerPat}`, "content-type": "application/json" },
        },
        (answer) => {
          answer.resume();
          answer.once("end", () =>
            resolve({
              status: answer.statusCode ?? 0,
              retryAfter: answer.headers["retry-after"] ?? null,
              ms: performance.now() - began,
            }),
          );
        },
      );
      asked.once("error", reject);
      asked.end(
        JSON.stringify({
          organization: { orgId },
          username,
          profile: { givenName: "Ada", familyName: "Example" },
          email: { email: `${username}@acme.example`, isVerified: true },
        }),
      );
    });

  test("those let in are answered soon, the others refused at once, and no answer was a lie", async () => {
    // Node accepts one connection per turn of its event loop: who is not yet let in to the machine waits outside.
    await Promise.all(Array.from({ length: callers }, connect));
    // A process that has just started compiles what it runs.
    for (let n = 0; n < warmUps; n += 1) expect((await addUser(`early-${n}`)).status).toBe(200);
    const answers: Answer[] = [];
    const until = performance.now() + seconds * 1_000;
    const load = Promise.all(
      Array.from({ length: callers }, async (_, caller) => {
        for (let turn = 0; performance.now() < until; turn += 1) {
          const answer = await addUser(`user-${caller}-${turn}`);
          answers.push(answer);
          if (answer.status !== 200) await sleep(pauseMs);
        }
      }),
    );
    await sleep((seconds * 1_000) / 2);
    const probe = await fetch(`${munot.url}/debug/ready`);
    const memory = await memoryMb();
    await load;
    agent.destroy();

    const admitted = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(probe.status).toBe(200);
    expect(memory).toBeLessThan(400);
    expect(admitted.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(admitted.length);
    expect(new Set(refused.map(({ status, retryAfter }) => `${status} ${retryAfter}`))).toEqual(new Set(["503 1"]));
    // As the server has timed them: the callers, on the same cores, are late to hear of their answers.
    expect(await shareWithin("2.5")).toBeGreaterThan(0.99);
    expect(percentile(refused, 0.5)).toBeLessThan(percentile(admitted, 0.5));

    await munot.end("SIGKILL");
    munot = await munot.restart();
    const listed = await directoryOf(munot).must(munot.ownerPat, "user.v2.UserService/ListUsers", {
      query: { limit: 1 },
      queries: [{ organizationIdQuery: { organizationId: orgId } }],
    });
    expect(listed.details).toMatchObject({ totalResult: String(warmUps + admitted.length) });
  }, 60_000);
});
