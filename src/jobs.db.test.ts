import { expect, test } from "vitest";
import { migrations } from "../migrations/index.ts";
import { openHouse } from "../test/harness/house.ts";
import { describeOnBothDatabases, testInstance, wallClock } from "../test/harness/store.ts";
import { sweep } from "./jobs.ts";
import { clientId } from "./kernel/ids.ts";
import { addSeconds } from "./kernel/time.ts";
import { authRequestReader } from "./modules/auth-request/auth-request.queries.ts";
import { startAuthRequest } from "./modules/auth-request/start-auth-request.ts";
import { instanceReader } from "./modules/instance/instance.queries.ts";
import { parts, projectionTables } from "./parts.ts";
import { verifyChain } from "./platform/eventstore/verify-chain.ts";
import { assertionUses } from "./platform/keys/assertion-uses.ts";
import { verifyProjections } from "./platform/projections/verify.ts";

const twoDays = 172_800;

describeOnBothDatabases("the sweep of what has expired", (open) => {
  test("removes auth requests with their events, keeps the others, and the log still proves itself", async () => {
    const house = await openHouse(open);
    const { db, database, sealer } = house;
    const readers = { authRequests: authRequestReader({ db }), instances: instanceReader({ db }) };
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
    // Only what the sweep reads of the composition root.
    const core = { assertions: assertionUses(database), database, readers } as unknown as Parameters<typeof sweep>[0];

    await sweep({ ...core, now });
    expect(await find()).not.toBeNull();
    await sweep({ ...core, now: () => addSeconds(now(), twoDays) });
    expect(await find()).toBeNull();

    expect((await verifyChain(database)).breaks).toEqual([]);
    const tables = projectionTables;
    expect(await verifyProjections({ database, parts, sealer, migrations, tables, now })).toEqual([]);
  });
});
