import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { directoryOf, type OidcClient, relyingParty, rpcClient, signInByApi } from "../../harness/client.ts";
import { type RunningProcesses, startProcesses } from "../../harness/processes.ts";

const runSeconds = 20;
const writers = 4;
const betweenWritesMs = 25;
const killEveryMs = 4_000;

/** What a client may try again without asking anybody: nobody there, broken off, overloaded, contended. */
const retriableStatuses = [429, 502, 503, 504];
const retriableCodes = ["unavailable", "aborted", "resource_exhausted"];

let munot: RunningProcesses;
let orgId: string;
let client: OidcClient;
beforeAll(async () => {
  munot = await startProcesses();
  const directory = directoryOf(munot);
  orgId = await directory.addOrg("Acme");
  client = await directory.addClient(await directory.addProject(orgId, "Notes"), "Notes");
});
afterAll(() => munot?.stop());

test("processes are killed and started again under load: no acknowledged write is lost, errors are retriable", async () => {
  const acknowledged: { userId: string; name: string }[] = [];
  const unsure: string[] = [];
  const wrong: unknown[] = [];
  let loading = true;

  const sessions: string[] = [];
  const write = async (name: string) => {
    const answer = await fetch(`${munot.url}/zitadel.user.v2.UserService/AddHumanUser`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${munot.ownerPat}` },
      body: JSON.stringify({
        organization: { orgId },
        username: name,
        profile: { givenName: name, familyName: "Example" },
        email: { email: `${name}@acme.example`, isVerified: true },
      }),
    });
    const text = await answer.text();
    if (answer.ok) {
      acknowledged.push({ userId: String(JSON.parse(text).userId), name });
      return;
    }
    const code = text.startsWith("{") ? String(JSON.parse(text).code) : "";
    if (retriableStatuses.includes(answer.status) || retriableCodes.includes(code)) unsure.push(name);
    else wrong.push({ name, status: answer.status, text });
  };
  const load = async (writer: number) => {
    for (let count = 0; loading; count += 1) {
      await write(`user-${writer}-${count}`).catch((error: unknown) => wrong.push(error));
      await sleep(betweenWritesMs);
    }
  };
  const openSessions = async () => {
    while (loading) {
      const made = await directoryOf(munot)
        .must(munot.ownerPat, "session.v2.SessionService/CreateSession", { lifetime: "3600s" })
        .catch(() => null);
      if (made !== null) sessions.push(String(made.sessionId));
      await sleep(betweenWritesMs * 4);
    }
  };

  const loaders = [...Array.from({ length: writers }, (_, writer) => load(writer)), openSessions()];
  const until = performance.now() + runSeconds * 1_000;
  let kills = 0;
  while (performance.now() < until) {
    await sleep(killEveryMs);
    const index = kills % munot.nodes.length;
    const node = munot.nodes[index];
    if (node === undefined) throw new Error("no process to kill");
    await node.end("SIGKILL");
    kills += 1;
    munot.nodes[index] = await node.restart();
  }
  loading = false;
  await Promise.all(loaders);

  expect(wrong).toEqual([]);
  expect(kills).toBeGreaterThanOrEqual(3);
  expect(acknowledged.length).toBeGreaterThan(100);

  const { call, must } = rpcClient(munot.url);
  const readBack = async () => {
    for (let one = acknowledged.pop(); one !== undefined; one = acknowledged.pop()) {
      const { user } = await must(munot.ownerPat, "user.v2.UserService/GetUserByID", { userId: one.userId });
      expect(user).toMatchObject({ username: one.name });
    }
  };
  await Promise.all(Array.from({ length: 8 }, readBack));
  for (const sessionId of sessions) {
    const { code } = await call(munot.ownerPat, "session.v2.SessionService/GetSession", { sessionId });
    expect(code).toBe("ok");
  }
  // Whoever tries again finds the write done or does it now; nothing is half there.
  for (const name of unsure) {
    const { code } = await call(munot.ownerPat, "user.v2.UserService/AddHumanUser", {
      organization: { orgId },
      username: name,
      profile: { givenName: name, familyName: "Example" },
      email: { email: `${name}@acme.example`, isVerified: true },
    });
    expect(["ok", "already_exists"]).toContain(code);
  }
}, 120_000);

test("signed-in people stay signed in while processes are killed: their tokens hold on the one that lives", async () => {
  const userId = await directoryOf(munot).addUser(orgId, { userName: "ada" });
  const { tokens } = await signInByApi(munot, client, userId);
  const [first] = munot.nodes;
  if (first === undefined) throw new Error("no process to kill");
  await first.end("SIGKILL");
  const party = relyingParty(munot.url, client);
  for (let round = 0; round < 4; round += 1) expect((await party.userinfo(tokens.access_token)).status).toBe(200);
  const refreshed = await party.refresh(tokens.refresh_token);
  expect(refreshed.status).toBe(200);
  munot.nodes[0] = await first.restart();
  // The token endpoint's answer (RFC 6749 §5.1).
  const { access_token: renewed } = (await refreshed.json()) as { access_token: string };
  for (let round = 0; round < 4; round += 1) expect(await party.isActive(renewed)).toBe(true);
});
