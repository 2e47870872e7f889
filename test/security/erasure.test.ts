import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";

const person = {
  userName: "wilhelmina.quartermaine",
  givenName: "Wilhelmina",
  familyName: "Quartermaine",
  email: "wilhelmina@quartermaine.example",
  userAgent: "Quartermaine-Browser/7",
} as const;
const password = "Rheinfall-1589!";

/** All that is stored, as bytes read as text: the files of the embedded database, or every row of every table. */
const everythingStored = async (munot: RunningMunot): Promise<string> => {
  const url = munot.databaseSettings.MUNOT_DATABASE_URL;
  if (url === undefined) {
    const files = readdirSync(munot.dataDir).filter((name) => name.startsWith("munot.db"));
    return files.map((name) => readFileSync(join(munot.dataDir, name)).toString("latin1")).join("\n");
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query("select tablename from pg_tables where schemaname = 'public'");
    const texts: string[] = [];
    for (const { tablename } of tables.rows) {
      for (const row of (await client.query(`select * from ${pg.escapeIdentifier(tablename)}`)).rows) {
        for (const value of Object.values(row))
          texts.push(Buffer.isBuffer(value) ? value.toString("latin1") : String(value));
      }
    }
    return texts.join("\n");
  } finally {
    await client.end();
  }
};

onEachDatabase("deleting a user", (database) => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({ database });
  });
  afterAll(() => munot?.stop());

  const call = async (token: string, method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${munot.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "user-agent": person.userAgent },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(answer.ok, `${method} ${path}: ${answer.status} ${answer.ok ? "" : await answer.clone().text()}`).toBe(true);
    // The API answers with JSON objects.
    return (await answer.json()) as Record<string, unknown>;
  };

  test("leaves nothing of the person in any row or file", async () => {
    const { userId, details } = await call(munot.ownerPat, "POST", "/v2/users/human", {
      username: person.userName,
      profile: { givenName: person.givenName, familyName: person.familyName, nickName: "Mina Q" },
      email: { email: person.email, isVerified: true },
      phone: { phone: "+41791234567", isVerified: true },
      password: { password, changeRequired: false },
      metadata: [{ key: "desk", value: Buffer.from("Quartermaine corner").toString("base64") }],
    });
    const session = await call(munot.loginClientPat, "POST", "/v2/sessions", {
      checks: { user: { loginName: person.userName }, password: { password } },
      userAgent: { ip: "192.0.2.77", description: "Quartermaine's laptop", fingerprintId: "mina-1" },
      metadata: { note: Buffer.from("Quartermaine session").toString("base64") },
    });
    const project = await call(munot.ownerPat, "POST", "/v2beta/projects", {
      organizationId: Object(details).resourceOwner,
      name: "Shop",
    });
    // What the user was given is cleared by the same job, which must get through to its end.
    await call(munot.ownerPat, "POST", "/v2beta/authorizations", { userId, projectId: project.id, roleKeys: [] });
    // The user acts itself, so that its address and browser stand in the log as an actor's.
    await call(String(session.sessionToken), "GET", `/v2/users/${userId}`);
    const before = await everythingStored(munot);
    expect(before).toContain(person.email);
    expect(before).toContain("192.0.2.77");

    await call(munot.ownerPat, "DELETE", `/v2/users/${userId}`);

    const traces = ["Quartermaine", "quartermaine", "Wilhelmina", "wilhelmina", "192.0.2.77", "Mina Q", "41791234567"];
    await vi.waitFor(
      async () => {
        const after = await everythingStored(munot);
        expect(traces.filter((trace) => after.includes(trace))).toEqual([]);
      },
      { timeout: 20_000, interval: 250 },
    );
    expect(await everythingStored(munot)).toContain(String(userId));
  });
});
