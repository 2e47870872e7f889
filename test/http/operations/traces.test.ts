import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf, directoryOf, relyingParty, signInByApi, testPassword } from "../../harness/client.ts";
import { type Collector, type ReceivedSpan, startCollector } from "../../harness/collector.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";

const callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const callersSpan = "00f067aa0ba902b7";

onEachDatabase("traces", (database) => {
  let collector: Collector;
  let munot: RunningMunot;
  let spans: readonly ReceivedSpan[];
  let secrets: readonly string[];

  beforeAll(async () => {
    collector = await startCollector();
    munot = await startMunot({
      database,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_HEADERS: "x-collector-key=open%20sesame",
        OTEL_SERVICE_NAME: "munot-under-test",
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
      },
    });
    const directory = directoryOf(munot);
    const orgId = await directory.addOrg("Acme");
    const userId = await directory.addUser(orgId, { userName: "ada-lovelace" });
    const client = await directory.addClient(await directory.addProject(orgId, "Notes"), "Notes");
    const { tokens, sessionId, sessionToken } = await signInByApi(munot, client, userId);
    const party = relyingParty(munot.url, client);
    await party.refresh(tokens.refresh_token);
    const browser = browserOf(munot.url);
    const begun = await browser.get(party.authorizeUrl({ login_hint: "ada-lovelace" }));
    const password = await browser.submit(await browser.get(begun.location ?? ""), { loginName: "ada-lovelace" });
    await browser.submit(password, { password: "Wrong-Rheinfall-9851?" });
    await browser.submit(password, { password: testPassword });
    await fetch(`${munot.url}/v2/users/${userId}?trace=ada-lovelace`, {
      headers: {
        authorization: `Bearer ${munot.ownerPat}`,
        "user-agent": "ada-lovelace's browser",
        traceparent: `00-${callersTrace}-${callersSpan}-01`,
        tracestate: "vendor=ada-lovelace",
      },
    });
    await fetch(`${munot.url}/nothing/ada-lovelace`, { headers: { traceparent: "00-ada-lovelace-01" } });
    await fetch(`${munot.url}/debug/ready`);
    // What is left is sent before the process ends.
    expect(await munot.end()).toBe(0);
    spans = collector.spans();
    secrets = [
      ...[userId, orgId, sessionId, sessionToken, client.clientId, client.clientSecret, munot.ownerPat],
      ...[tokens.access_token, tokens.refresh_token, tokens.id_token, munot.loginClientPat],
      ...["ada-lovelace", "Acme", "acme.example", testPassword, "Wrong-Rheinfall"],
    ];
  });
  afterAll(async () => {
    await munot?.stop();
    await collector?.close();
  });

  const below = (one: ReceivedSpan): readonly ReceivedSpan[] =>
    spans.filter(({ parentSpanId, traceId }) => parentSpanId === one.spanId && traceId === one.traceId);
  const find = (name: string): ReceivedSpan => {
    const found = spans.find((one) => one.name === name);
    if (found === undefined)
      throw new Error(`no span ${name} among ${[...new Set(spans.map((one) => one.name))].join(", ")}`);
    return found;
  };
  const isStatement = ({ attributes }: ReceivedSpan) => "db.query.text" in attributes;

  test("a sign-in is a tree: the request, its RPC, its command, the append, the statements of each", () => {
    const request = find("POST /zitadel.session.v2.SessionService/CreateSession");
    expect(request.attributes).toMatchObject({
      "http.request.method": "POST",
      "http.route": "/zitadel.session.v2.SessionService/CreateSession",
      "http.response.status_code": "200",
    });
    expect(request.parentSpanId).toBeNull();
    const [rpc] = below(request);
    expect(rpc?.name).toBe("rpc zitadel.session.v2.SessionService/CreateSession");
    const command = below(rpc ?? request).find(({ name }) => name.startsWith("command "));
    expect(below(command ?? request).some(isStatement)).toBe(true);
    const append = below(command ?? request).find(({ name }) => name === "append unit");
    const written = below(append ?? request);
    expect(written.map(({ name }) => name)).toEqual(expect.arrayContaining(["insert events", "insert sessions"]));
    const system = database === "sqlite" ? "sqlite" : "postgresql";
    expect(written.every(({ attributes }) => attributes["db.system.name"] === system)).toBe(true);
    // Each lies in the time of the one above it.
    for (const outer of [request, rpc, command, append]) {
      for (const inner of outer ? below(outer) : []) {
        expect([inner.name, inner.from >= (outer?.from ?? 0n), inner.to <= (outer?.to ?? 0n)]).toEqual([
          inner.name,
          true,
          true,
        ]);
      }
    }
  });

  test("a page's form is one too, although its body arrives by events", () => {
    const posts = spans.filter(({ name }) => name.startsWith("POST /ui/login"));
    expect(posts.length).toBeGreaterThan(1);
    for (const post of posts)
      expect(below(post).some((one) => isStatement(one) || one.name.startsWith("command "))).toBe(true);
    const token = find("POST /oauth/v2/token");
    expect(below(token).some(({ name }) => name.startsWith("command "))).toBe(true);
  });

  test("what a caller began goes on: its traceparent is taken over, a malformed one is not", () => {
    const request = find("GET /v2/users/{user_id}");
    expect([request.traceId, request.parentSpanId]).toEqual([callersTrace, callersSpan]);
    expect(find("GET /unknown").parentSpanId).toBeNull();
  });

  test("no statement stands alone, and probes are not traced", () => {
    expect(spans.filter(isStatement).every(({ parentSpanId }) => parentSpanId !== null)).toBe(true);
    expect(spans.some(({ name }) => name.includes("/debug/"))).toBe(false);
  });

  test("nothing that is sent belongs to a person or is a secret", () => {
    const sent = collector
      .received()
      .map(({ body }) => body.toString())
      .join("\n");
    expect(spans.length).toBeGreaterThan(100);
    for (const secret of secrets) expect(sent).not.toContain(secret);
  });

  test("the collector sees who sends, and gets the headers it asks for", () => {
    for (const { path, headers } of collector.received()) {
      expect([path, headers["x-collector-key"]]).toEqual(["/v1/traces", "open sesame"]);
    }
    expect(collector.resources()[0]).toMatchObject({
      "service.name": "munot-under-test",
      "deployment.environment.name": "test",
    });
  });
});

test("protobuf is what collectors are sent unless told otherwise; a collector that is away holds nobody up", async () => {
  const collector = await startCollector();
  const munot = await startMunot({
    database: "sqlite",
    env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/anywhere` },
  });
  await directoryOf(munot).addOrg("Acme");
  expect(await munot.end()).toBe(0);
  const [sent] = collector.received();
  expect([sent?.path, sent?.headers["content-type"]]).toEqual(["/anywhere", "application/x-protobuf"]);
  expect(sent?.body.toString("latin1")).toContain("AddOrganization");
  await collector.close();

  const alone = await munot.restart();
  await directoryOf(alone).addOrg("Bcme");
  const from = performance.now();
  expect(await alone.end()).toBe(0);
  expect(performance.now() - from).toBeLessThan(10_000);
  await alone.stop();
});
