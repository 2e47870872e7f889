import { type DescMessage, type DescMethod, fromJson, toJson } from "@bufbuild/protobuf";
import { UpdateTargetRequestSchema } from "@zitadel/proto/zitadel/action/v2beta/action_service_pb.js";
import { SearchQuerySchema } from "@zitadel/proto/zitadel/user/v2/query_pb.js";
import {
  ListUsersRequestSchema,
  SetPasswordRequestSchema,
  VerifyEmailRequestSchema,
} from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogue } from "../catalogue.ts";
import { messageOf } from "./request.ts";
import { createRouteTable } from "./route-table.ts";
import { restRoutes } from "./rules.ts";
import { parseTemplate, variablesOf } from "./template.ts";

const none = { path: [], query: new URLSearchParams(), body: "", bodyField: "" };
const jsonOf = (desc: DescMessage, request: Partial<Parameters<typeof messageOf>[1]>) =>
  toJson(desc, messageOf(desc, { ...none, ...request }));

describe("path templates", () => {
  const matched = (template: string, path: string) => {
    const parsed = parseTemplate(template);
    const table = createRouteTable<string>();
    table.add("GET", parsed, "target");
    const match = table.find("GET", path);
    return match.is === "found" ? Object.fromEntries(variablesOf(parsed, match.parts)) : match.is;
  };

  test.each([
    ["/v1/users/{user_id}", "/v1/users/42", { user_id: "42" }],
    ["/v1/users/{user_id}", "/v1/users/a%2Fb", { user_id: "a/b" }],
    ["/v1/users/{user_id}", "/v1/users/", "nothing"],
    ["/v1/{name=shelves/*/books/*}", "/v1/shelves/1/books/2", { name: "shelves/1/books/2" }],
    ["/v1/roles/{role_key=**}", "/v1/roles/a/b/c", { role_key: "a/b/c" }],
    ["/v1/{user.id}:archive", "/v1/7:archive", { "user.id": "7" }],
    ["/v1/{user.id}:archive", "/v1/7", "nothing"],
    ["/v1/*/x", "/v1/anything/x", {}],
    ["/", "/", "nothing"],
  ])("%s on %s", (template, path, expected) => {
    expect(matched(template, path)).toEqual(expected);
  });

  test.each(["v1/x", "/v1/{", "/v1/{a=**}/b", "/v1//x"])("%s is not a template", (template) => {
    expect(() => parseTemplate(template)).toThrow();
  });

  test("a literal wins over a variable, and a dead end is left again", () => {
    const table = createRouteTable<string>();
    table.add("GET", parseTemplate("/u/{id}"), "one");
    table.add("GET", parseTemplate("/u/me"), "me");
    table.add("GET", parseTemplate("/u/{id}/keys"), "keys");
    expect(table.find("GET", "/u/me")).toMatchObject({ target: "me" });
    expect(table.find("GET", "/u/me/keys")).toMatchObject({ target: "keys" });
    expect(table.find("PUT", "/u/me")).toMatchObject({ is: "other_method", allowed: ["GET"] });
  });

  test("every value comes back from the path it was put into", () => {
    const value = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(value, value, (a, b) => {
        const path = `/v2/users/${encodeURIComponent(a)}/links/${encodeURIComponent(b)}`;
        expect(matched("/v2/users/{user_id}/links/{idp_id}", path)).toEqual({ user_id: a, idp_id: b });
      }),
    );
  });

  test("no path makes the table fail, but malformed percent-encoding", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          matched("/v1/{a}/x:verb", `/${text}`);
        } catch (error) {
          expect(error).toBeInstanceOf(URIError);
        }
      }),
    );
  });
});

describe("requests", () => {
  test.each([
    [
      "nested names",
      ListUsersRequestSchema,
      "query.offset=7&query.limit=3&query.asc=true",
      { query: { offset: "7", limit: 3, asc: true } },
    ],
    [
      "an enum by name",
      ListUsersRequestSchema,
      "sortingColumn=USER_FIELD_NAME_EMAIL",
      { sortingColumn: "USER_FIELD_NAME_EMAIL" },
    ],
    ["an enum by number", ListUsersRequestSchema, "sorting_column=1", { sortingColumn: "USER_FIELD_NAME_USER_NAME" }],
    [
      "a repeated field",
      SearchQuerySchema,
      "inUserIdsQuery.userIds=a&inUserIdsQuery.userIds=b",
      { inUserIdsQuery: { userIds: ["a", "b"] } },
    ],
    ["a duration", UpdateTargetRequestSchema, "timeout=1.5s", { timeout: "1.500s" }],
    ["unknown names", ListUsersRequestSchema, "no=1&query.no=2&no.limit=3&__proto__.x=1&constructor=1", { query: {} }],
  ])("query parameters: %s", (_name, desc, query, expected) => {
    expect(jsonOf(desc, { query: new URLSearchParams(query) })).toEqual(expected);
  });

  test("with the whole message in the body, query parameters say nothing", () => {
    const query = new URLSearchParams("query.limit=3");
    expect(jsonOf(ListUsersRequestSchema, { body: '{"query":{"asc":true}}', bodyField: "*", query })).toEqual({
      query: { asc: true },
    });
  });

  test("a body that is one field leaves the others to the query", () => {
    const query = new URLSearchParams("currentPassword=old&newPassword.password=forged");
    const body = '{"password":"new"}';
    expect(jsonOf(SetPasswordRequestSchema, { body, bodyField: "new_password", query })).toEqual({
      newPassword: { password: "new" },
      currentPassword: "old",
    });
  });

  test("the path wins over body and query, however they spell the field", () => {
    const path = [["user_id", "path"]] as const;
    for (const name of ["userId", "user_id"]) {
      const body = JSON.stringify({ [name]: "body", verificationCode: "c" });
      expect(jsonOf(VerifyEmailRequestSchema, { path, body, bodyField: "*" })).toEqual({
        userId: "path",
        verificationCode: "c",
      });
      expect(jsonOf(VerifyEmailRequestSchema, { path, query: new URLSearchParams({ [name]: "query" }) })).toEqual({
        userId: "path",
      });
    }
  });

  test("every flat message comes back from query parameters", () => {
    const text = fc.string({ unit: "grapheme" }).filter((one) => one.isWellFormed());
    fc.assert(
      fc.property(fc.record({ userId: text, verificationCode: text }), (fields) => {
        expect(messageOf(VerifyEmailRequestSchema, { ...none, query: new URLSearchParams(fields) })).toEqual(
          fromJson(VerifyEmailRequestSchema, fields),
        );
      }),
    );
  });
});

describe("the routes of the whole contract", () => {
  const routes = catalogue.map(async (one) => restRoutes(await one.load(), one.restPrefix));
  const nameOf = (method: DescMethod) => `${method.parent.typeName}/${method.name}`;
  const concrete = (path: string) => path.replace(/\{[^}]+\}/g, "some-value");

  test("each is reached by its path, and none hides another", async () => {
    const all = (await Promise.all(routes)).flat();
    expect(all.length).toBeGreaterThan(800);
    const table = createRouteTable<string>();
    for (const { method, rule } of all) {
      expect(table.add(rule.verb, parseTemplate(rule.path), nameOf(method)), `${rule.verb} ${rule.path}`).toBe(true);
    }
    for (const { method, rule } of all) {
      expect(table.find(rule.verb, concrete(rule.path)), `${rule.verb} ${rule.path}`).toMatchObject({
        target: nameOf(method),
      });
    }
  });

  test("no service takes a path of another, so that services may be loaded one after the other", async () => {
    const services = await Promise.all(routes);
    for (const [index, own] of services.entries()) {
      const table = createRouteTable<string>();
      for (const { method, rule } of own) table.add(rule.verb, parseTemplate(rule.path), nameOf(method));
      for (const { rule } of services.filter((_, other) => other !== index).flat()) {
        expect(table.find(rule.verb, concrete(rule.path)).is, `${rule.verb} ${rule.path}`).not.toBe("found");
      }
    }
  });
});
