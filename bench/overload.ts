import { directoryOf, testPassword } from "../test/harness/client.ts";
import { percentile } from "./load.ts";
import { type Outcome, openCallers, sendAtRate, sendOneByOne } from "./open-loop.ts";
import { record } from "./record.ts";
import type { Munot } from "./servers.ts";

const seconds = 60;
const times = 10;
const connections = 1_000;
/** Who signs in with a password: sign-ins of one and the same person wait for each other. */
const people = 200;
/** Requests at once while the rate is measured that the server can serve. */
const atOnce = 16;
const warmUpSeconds = 4;
const measureSeconds = 5;

type Work = {
  readonly name: string;
  readonly next: () => string;
  /** how many of the acknowledged writes are missing */
  readonly lost: (admitted: number) => Promise<number>;
};

const request = (munot: Munot, method: string, message: object): string => {
  const body = JSON.stringify(message);
  return [
    `POST /zitadel.${method} HTTP/1.1`,
    "host: localhost",
    "content-type: application/json",
    `authorization: Bearer ${munot.ownerPat}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
};

const totalOf = async (munot: Munot, method: string, query: object): Promise<number> => {
  const { details } = await directoryOf(munot).must(munot.ownerPat, method, { query: { limit: 1 }, queries: [query] });
  // ListDetails in Connect's JSON: a 64-bit number is a text.
  return Number((details as { totalResult?: string } | undefined)?.totalResult ?? 0);
};

/** Users made, each with its events, rows and claims. */
const makeUsers = async (munot: Munot): Promise<Work> => {
  const orgId = await directoryOf(munot).addOrg("Overload");
  let made = 0;
  return {
    name: "make a user",
    next: () => {
      made += 1;
      return request(munot, "user.v2.UserService/AddHumanUser", {
        organization: { orgId },
        username: `over-${made}`,
        profile: { givenName: "Ada", familyName: "Example" },
        email: { email: `over-${made}@acme.example`, isVerified: true },
      });
    },
    lost: async (admitted) => {
      const query = { organizationIdQuery: { organizationId: orgId } };
      return admitted - (await totalOf(munot, "user.v2.UserService/ListUsers", query));
    },
  };
};

/** Sessions made with a password: what a process can do least of. */
const checkPasswords = async (munot: Munot): Promise<Work> => {
  const directory = directoryOf(munot);
  const orgId = await directory.addOrg("Passwords");
  const users: string[] = [];
  for (let n = 0; n < people; n += 1) users.push(await directory.addUser(orgId, { userName: `person-${n}` }));
  let asked = 0;
  return {
    name: "session with a password",
    next: () => {
      asked += 1;
      return request(munot, "session.v2.SessionService/CreateSession", {
        checks: { user: { userId: users[asked % people] }, password: { password: testPassword } },
      });
    },
    lost: async (admitted) => {
      let found = 0;
      for (const id of users)
        found += await totalOf(munot, "session.v2.SessionService/ListSessions", { userIdQuery: { id } });
      return admitted - found;
    },
  };
};

const workloads = [makeUsers, checkPasswords] as const;

const percentileOf = (outcomes: readonly Outcome[], share: number): number =>
  Math.round(
    percentile(
      outcomes.map(({ ms }) => ms),
      share,
    ),
  );

const overloadOn = async (name: string, munot: Munot, prepare: (munot: Munot) => Promise<Work>) => {
  const work = await prepare(munot);
  const port = Number(new URL(munot.url).port);
  const few = await openCallers(port, atOnce);
  await sendOneByOne(few.all, warmUpSeconds, work.next);
  const lostBefore = await work.lost(0);
  const busy = await sendOneByOne(few.all, measureSeconds, work.next);
  few.close();
  const rate = busy.filter(({ status }) => status === 200).length / measureSeconds;
  const callers = await openCallers(port, connections);
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, munot.memoryMb());
  }, 500);
  const outcomes = await sendAtRate(callers.all, { perSecond: rate * times, seconds }, work.next);
  clearInterval(watch);
  callers.close();
  const admitted = outcomes.filter(({ status }) => status === 200);
  const refused = outcomes.filter(({ status }) => status === 429 || status === 503);
  const written = busy.filter(({ status }) => status === 200).length + admitted.length;
  return [
    `${name}, ${work.name}`,
    Math.round(rate),
    Math.round(outcomes.length / seconds),
    Math.round(admitted.length / seconds),
    percentileOf(admitted, 0.5),
    percentileOf(admitted, 0.99),
    Math.round(Math.max(...admitted.slice(-2_000).map(({ ms }) => ms))),
    percentileOf(refused, 0.5),
    percentileOf(refused, 0.99),
    outcomes.length - admitted.length - refused.length,
    (await work.lost(written)) - lostBefore,
    Math.round(most),
  ];
};

const head = [
  "",
  "can serve per second",
  "asked per second",
  "let in per second",
  "let in: p50 ms",
  "p99 ms",
  "longest of the last 2,000",
  "refused: p50 ms",
  "p99 ms ",
  "answered otherwise",
  "writes lost",
  "most memory MB",
] as const;

/** A minute of ten times what one process can serve, on each database. */
export const overload = async (
  places: readonly { readonly name: string; readonly start: () => Promise<Munot> }[],
): Promise<void> => {
  const lines: (string | number)[][] = [];
  for (const { name, start } of places) {
    for (const prepare of workloads) {
      const line = await overloadOn(name, await start(), prepare);
      console.table(Object.fromEntries(head.map((title, column) => [title || "what", line[column]])));
      lines.push(line);
    }
  }
  record("overload", { head, lines });
};
