import { expect, test } from "vitest";
import { migrations } from "../migrations/index.ts";
import { openHouse } from "../test/harness/house.ts";
import { describeOnBothDatabases, testInstance, wallClock } from "../test/harness/store.ts";
import { sweep } from "./jobs.ts";
import { clientId, sessionId } from "./kernel/ids.ts";
import { addSeconds } from "./kernel/time.ts";
import { authRequestReader } from "./modules/auth-request/auth-request.queries.ts";
import { decoupledReader } from "./modules/auth-request/decoupled.queries.ts";
import { startAuthRequest } from "./modules/auth-request/start-auth-request.ts";
import { instanceReader } from "./modules/instance/instance.queries.ts";
import { createSession } from "./modules/session/create-session.ts";
import { sessionReader } from "./modules/session/session.queries.ts";
import { terminateSession } from "./modules/session/terminate-session.ts";
import { parts, projectionTables } from "./parts.ts";
import type { Database as OpenDatabase } from "./platform/db/database.ts";
import { verifyChain } from "./platform/eventstore/verify-chain.ts";
import { assertionUses } from "./platform/keys/assertion-uses.ts";
import { paces } from "./platform/pace/pace.ts";
import { verifyProjections } from "./platform/projections/verify.ts";
import type { Database, Db } from "./schema.ts";

const twoDays = 172_800;

const readersOf = (db: Db) => ({
  authRequests: authRequestReader({ db }),
  decoupled: decoupledReader({ db }),
  instances: instanceReader({ db }),
  sessions: sessionReader({ db }),
});
/** Only what the sweep reads of the composition root. */
const coreOf = (database: OpenDatabase<Database>, readers: ReturnType<typeof readersOf>) =>
  ({ assertions: assertionUses(database), pace: paces(database), database, readers }) as unknown as Omit<
    Parameters<typeof sweep>[0],
    "now"
  >;

describeOnBothDatabases("the sweep of what has expired", (open) => {
  test("removes auth requests with their events, keeps the others, and the log still proves itself", async () => {
    const house = await openHouse(open);
    const { db, database, sealer } = house;
    const readers = readersOf(db);
    const now = wallClock();
    const { result } = await house.run(startAuthRequest, house.as(house.login), {
      clientId: clientId.parse("client-1"),
      redirectUri: "https://app.example.com/cb",
      responseType: "code",
      responseMode: "query",
      scope: ["openid"],
      audience: ["client-1"],
      state: null,
      nonce: null,
      codeChallenge: null,
      prompt: [],
      maxAgeSeconds: null,
      uiLocales: [],
      acrValues: [],
      hintUserId: null,
      orgId: null,
      browserId: null,
      loginClientId: null,
      loginHint: "ada@example.com",
    });
    const find = () => readers.authRequests.find(testInstance, result.authRequestId);
    const core = coreOf(database, readers);

    await sweep({ ...core, now });
    expect(await find()).not.toBeNull();
    await sweep({ ...core, now: () => addSeconds(now(), twoDays) });
    expect(await find()).toBeNull();

    expect((await verifyChain(database)).breaks).toEqual([]);
    const tables = projectionTables;
    expect(await verifyProjections({ database, parts, sealer, migrations, tables, now })).toEqual([]);
  });

  test("removes sessions with their events three months after they expired, and leaves those that live or just ended", async () => {
    const house = await openHouse(open);
    const { db, database, sealer } = house;
    const readers = readersOf(db);
    const now = wallClock();
    const begin = async (lifetimeSeconds: number | null) =>
      (await house.run(createSession, house.as(house.login), { checks: {}, lifetimeSeconds })).result;
    const made = [await begin(60), await begin(60), await begin(null)].map((one) =>
      one.is === "written" ? one.sessionId : "",
    );
    const rows = async () =>
      (await db.selectFrom("sessions").select("session_id").where("instance_id", "=", testInstance).execute()).map(
        ({ session_id }) => session_id,
      );
    const core = coreOf(database, readers);

    await sweep({ ...core, now: () => addSeconds(now(), 80 * 86_400) });
    expect(await rows()).toEqual(expect.arrayContaining(made));
    await sweep({ ...core, now: () => addSeconds(now(), 91 * 86_400) });
    expect(await rows()).toEqual([made[2]]);
    await expect(
      house.run(terminateSession, house.as(house.login), { sessionId: sessionId.parse(made[0]) }),
    ).rejects.toMatchObject({ code: "session.terminated" });

    expect((await verifyChain(database)).breaks).toEqual([]);
    const tables = projectionTables;
    expect(await verifyProjections({ database, parts, sealer, migrations, tables, now })).toEqual([]);
  });
});
