import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf, directoryOf, relyingParty, rpcClient, signInByApi, testPassword } from "../../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";
import { freePort } from "../../harness/ports.ts";

/** The samples of a page in Prometheus' text form: `name{labels}` → value. */
const samplesOf = (page: string): ReadonlyMap<string, number> =>
  new Map(
    page
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );

onEachDatabase("metrics", (database) => {
  let munot: RunningMunot;
  let metricsUrl: string;
  let userId: string;
  let secrets: readonly string[];
  beforeAll(async () => {
    const port = await freePort();
    munot = await startMunot({ database, env: { MUNOT_METRICS_PORT: String(port) } });
    metricsUrl = `http://127.0.0.1:${port}/metrics`;
    const directory = directoryOf(munot);
    const orgId = await directory.addOrg("Acme");
    userId = await directory.addUser(orgId, { userName: "ada-lovelace" });
    const client = await directory.addClient(await directory.addProject(orgId, "Notes"), "Notes");
    const { tokens, sessionId } = await signInByApi(munot, client, userId);
    await relyingParty(munot.url, client).userinfo(tokens.access_token);
    await browserOf(munot.url).get(relyingParty(munot.url, client).authorizeUrl());
    const rest = `${munot.url}/v2/users/${userId}`;
    expect((await fetch(rest, { headers: { authorization: `Bearer ${munot.ownerPat}` } })).status).toBe(200);
    await fetch(`${munot.url}/no/such/page/${userId}`);
    await fetch(`${munot.url}/v2/no-such/${userId}`);
    await rpcClient(munot.url).call(munot.ownerPat, "user.v2.UserService/GetUserByID", { userId: "404" });
    await rpcClient(munot.url).must(munot.ownerPat, "user.v2.UserService/DeleteUser", { userId });
    secrets = [userId, sessionId, "ada-lovelace", testPassword, tokens.access_token, munot.ownerPat, client.clientId];
  });
  afterAll(() => munot?.stop());

  const read = async () => (await fetch(metricsUrl)).text();

  test("are in Prometheus' text form and say what happened, by bounded names", async () => {
    const answer = await fetch(metricsUrl);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    const samples = samplesOf(await answer.text());
    const request = (method: string, route: string, status: number) =>
      samples.get(`munot_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`);
    expect(request("POST", "/oauth/v2/token", 200)).toBe(1);
    expect(request("GET", "/oidc/v1/userinfo", 200)).toBe(1);
    expect(request("GET", "/v2/users/{user_id}", 200)).toBe(1);
    expect(request("POST", "/zitadel.user.v2.UserService/GetUserByID", 404)).toBe(1);
    expect([request("GET", "/unknown", 404)]).toEqual([2]);
    const named = (metric: string, name: string, outcome: string) =>
      samples.get(`${metric}_duration_seconds_count{name="${name}",outcome="${outcome}"}`);
    expect(named("munot_rpc", "zitadel.user.v2.UserService/AddHumanUser", "ok")).toBe(1);
    expect(named("munot_rpc", "zitadel.user.v2.UserService/GetUserByID", "user.not_found")).toBe(1);
    const commands = [...samples].filter(([name]) => name.startsWith("munot_command_duration_seconds_count"));
    expect(commands.length).toBeGreaterThan(8);
    expect(named("munot_append", "unit", "ok") ?? 0).toBeGreaterThan(8);
    expect(samples.get('munot_db_statements_total{verb="insert",table="events"}') ?? 0).toBeGreaterThan(20);
    expect(samples.get('munot_db_statements_total{verb="select",table="users"}') ?? 0).toBeGreaterThan(0);
    for (const gauge of [
      "munot_jobs_waiting",
      "munot_log_unsettled_events",
      "munot_password_hashes_running",
      "munot_password_hashes_waiting",
      "process_resident_memory_bytes",
      "process_cpu_seconds_total",
      "nodejs_eventloop_lag_p99_seconds",
    ]) {
      expect(samples.get(gauge), gauge).toBeGreaterThanOrEqual(0);
    }
  });

  test("note each job by its kind and outcome", async () => {
    await expect
      .poll(read, { timeout: 20_000 })
      .toContain('munot_job_duration_seconds_count{name="user.erase",outcome="ok"} 1');
  });

  test("hold nothing that belongs to a person or a client", async () => {
    const page = await read();
    for (const secret of secrets) expect(page).not.toContain(secret);
  });

  test("are on their own port only, and nothing else is there", async () => {
    expect((await fetch(`${munot.url}/metrics`)).status).toBe(404);
    expect((await fetch(metricsUrl.replace("/metrics", "/debug/ready"))).status).toBe(404);
    expect((await fetch(metricsUrl, { method: "POST" })).status).toBe(404);
  });
});

test("without the setting no second port is opened; the same port as the product's is refused with a sentence", async () => {
  const port = String(await freePort());
  await expect(startMunot({ database: "sqlite", env: { MUNOT_PORT: port, MUNOT_METRICS_PORT: port } })).rejects.toThrow(
    /MUNOT_METRICS_PORT must be another port than MUNOT_PORT/,
  );
});
