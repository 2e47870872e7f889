import type { JsonObject } from "@bufbuild/protobuf";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OpenApiDocument } from "../../../src/api/openapi/document-types.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

onEachDatabase("the API describes itself", (database) => {
  let munot: RunningMunot;
  let document: OpenApiDocument;
  let documentText = "";
  beforeAll(async () => {
    munot = await startMunot({ database });
    documentText = await (await fetch(`${munot.url}/openapi.json`)).text();
    document = JSON.parse(documentText);
  });
  afterAll(() => munot?.stop());

  test("as valid OpenAPI 3.1, with the instance's own address", async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(documentText));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(document.servers).toEqual([{ url: munot.url }]);
    expect(document.components.securitySchemes["openIdConnect"]).toMatchObject({
      openIdConnectUrl: `${munot.url}/.well-known/openid-configuration`,
    });
  });

  test("to scripts of every origin, and not twice to whoever has it", async () => {
    const first = await fetch(`${munot.url}/openapi.json`);
    expect(first.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(first.headers.get("access-control-allow-origin")).toBe("*");
    const again = await fetch(`${munot.url}/openapi.json`, {
      headers: { "if-none-match": first.headers.get("etag") ?? "" },
    });
    expect(again.status).toBe(304);
  });

  test("with what is not built on request, marked", async () => {
    const whole: OpenApiDocument = JSON.parse(await (await fetch(`${munot.url}/openapi.json?all=1`)).text());
    const operations = Object.values(whole.paths).flatMap((item) => Object.values(item));
    expect(operations.some((one) => one["x-munot-built"] === false)).toBe(true);
    expect(documentText).not.toContain("x-munot-built");
    expect(Object.keys(document.paths).filter((path) => !(path in whole.paths))).toEqual([]);
  });

  /** Calls a described route and holds the answer against the schema that the document gives for its status. */
  const called = async (
    verb: "get" | "post" | "patch" | "delete",
    path: string,
    {
      params = {},
      body,
      token = munot.ownerPat,
    }: { params?: Record<string, string>; body?: JsonObject; token?: string } = {},
  ) => {
    const url = path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
    const answer = await fetch(`${munot.url}${url}`, {
      method: verb.toUpperCase(),
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const json: JsonObject = JSON.parse(await answer.text());
    const { responses = {} } = document.paths[path]?.[verb] ?? {};
    const described = responses[answer.status] ?? (answer.ok ? undefined : responses["default"]);
    const schema = described?.content?.["application/json"]?.schema;
    if (schema === undefined) throw new Error(`${verb} ${path} ${answer.status} is not described`);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: "https://document.invalid/", components: document.components });
    const check = ajv.compile({ $ref: `https://document.invalid/${textOf(schema["$ref"])}` });
    check(json);
    expect(check.errors ?? [], `${verb} ${path} ${JSON.stringify(json)}`).toEqual([]);
    return { status: answer.status, json };
  };

  test("and its answers are as described", async () => {
    const organization = await called("post", "/v2/organizations", { body: { name: `Described ${database}` } });
    expect(organization.status).toBeLessThan(300);
    const created = await called("post", "/v2/users/human", {
      body: {
        username: "described",
        organization: { orgId: organization.json["organizationId"] ?? "" },
        profile: { givenName: "Ada", familyName: "Described" },
        email: { email: "ada@described.example", isVerified: true },
        password: { password: "Vines-on-the-Rhine-1" },
      },
    });
    expect(created.status).toBeLessThan(300);
    const userId = textOf(created.json["userId"]);
    expect((await called("get", "/v2/users/{userId}", { params: { userId } })).status).toBe(200);
    const listed = await called("post", "/v2/users", { body: { query: { limit: 10, asc: true } } });
    expect(listed.json["result"]).not.toHaveLength(0);
    const session = await called("post", "/v2/sessions", {
      body: { checks: { user: { userId } }, lifetime: "600s" },
      token: munot.loginClientPat,
    });
    expect(session.status).toBeLessThan(300);
    const sessionId = textOf(session.json["sessionId"]);
    expect((await called("get", "/v2/sessions/{sessionId}", { params: { sessionId } })).status).toBe(200);
    expect((await called("get", "/v2/settings/login")).status).toBe(200);
  });

  test("and so are its refusals", async () => {
    expect((await called("get", "/v2/users/{userId}", { params: { userId: "nobody" } })).status).toBe(404);
    expect((await called("post", "/v2/users/human", { body: {} })).status).toBe(400);
    expect((await called("post", "/v2/users", { body: {}, token: "wrong" })).status).toBe(401);
  });

  test("on a page without script, with what the document has", async () => {
    const answer = await fetch(`${munot.url}/docs`);
    const page = await answer.text();
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page).not.toMatch(/<(script|style)\b|\sstyle=/i);
    expect(Buffer.byteLength(page)).toBeLessThan(900_000);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const item of Object.values(document.paths)) {
      for (const { operationId } of Object.values(item)) expect(ids).toContain(operationId);
    }
    for (const [, anchor] of page.matchAll(/ href="#([^"]+)"/g)) expect(ids).toContain(anchor);
  });
});
