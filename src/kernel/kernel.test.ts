import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Actor,
  can,
  needs,
  needsAny,
  needsAuthenticated,
  needsNothing,
  needsSelf,
  readable,
  satisfies,
} from "./actor.ts";
import { fold } from "./fold.ts";
import { authRequestId, orgId, projectId, userId } from "./ids.ts";
import { canonicalJson, type Json } from "./json.ts";
import { email, name, text } from "./text.ts";
import { addSeconds, epochSeconds, fromTimestamp, instant, toTimestamp } from "./time.ts";

const acme = orgId.parse("acme");
const other = orgId.parse("other");
const ada = userId.parse("ada");
const actor = (...memberships: Extract<Actor, { kind: "user" }>["memberships"]): Actor => ({
  kind: "user",
  userId: ada,
  orgId: acme,
  memberships,
  via: "pat",
});

test("an org role counts for what its org owns and for nothing else", () => {
  const owner = actor({ level: "org", orgId: acme, roles: ["ORG_OWNER"] });
  expect(can(owner, "user.write", { orgId: acme })).toBe(true);
  expect(can(owner, "user.write", { orgId: other })).toBe(false);
  expect(can(owner, "user.write", {})).toBe(false);
  expect(can(owner, "iam.read", { orgId: acme })).toBe(false);
});

test("an instance role counts everywhere, also where the owner is unknown", () => {
  const iam = actor({ level: "instance", roles: ["IAM_OWNER"] });
  expect(can(iam, "user.delete", { orgId: null })).toBe(true);
  expect(can(iam, "session.link", {})).toBe(false);
});

test("a project role counts for that project only", () => {
  const project = projectId.parse("p1");
  const owner = actor({ level: "project", projectId: project, roles: ["PROJECT_OWNER"] });
  expect(can(owner, "project.app.write", { orgId: acme, projectId: project })).toBe(true);
  expect(can(owner, "project.app.write", { orgId: acme, projectId: projectId.parse("p2") })).toBe(false);
  expect(can(owner, "project.app.write", { orgId: acme })).toBe(false);
  expect(readable(owner, "project.read")).toEqual({ all: false, orgIds: [], projectIds: [project] });
});

test("needs: nothing, authenticated, self, any", () => {
  const anonymous: Actor = { kind: "anonymous" };
  expect(satisfies(anonymous, needsNothing)).toBe(true);
  expect(satisfies(anonymous, needsAuthenticated)).toBe(false);
  expect(satisfies(anonymous, needs("user.read", { orgId: acme }))).toBe(false);
  expect(satisfies(actor(), needsSelf(ada))).toBe(true);
  expect(satisfies(actor(), needsSelf(null))).toBe(false);
  expect(satisfies(actor(), needsAny(needs("user.read", { orgId: acme }), needsSelf(ada)))).toBe(true);
  expect(satisfies(actor(), needsAny())).toBe(false);
});

test("fold is idempotent and makes equal what people take for equal", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (value) => fold(fold(value)) === fold(value)));
  expect(fold("ÄDA@Example.COM")).toBe(fold("A\u0308da@example.com"));
  expect(fold("ﬁne")).toBe("fine");
});

test("canonical JSON is JSON, and does not depend on the order of keys", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // jsonValue yields exactly our Json.
      const canonical = canonicalJson(value as Json);
      expect(JSON.parse(canonical)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  expect(canonicalJson({ b: 1, a: [true, null, undefined as unknown as null].slice(0, 2), c: undefined })).toBe(
    '{"a":[true,null],"b":1}',
  );
  expect(() => canonicalJson(Number.NaN)).toThrow(RangeError);
});

test("ids admit the characters of URLs and tokens, and no word of a route", () => {
  expect(authRequestId.safeParse("V2_123").success).toBe(true);
  for (const bad of ["", "a b", "a/b", "ä", "..", "_search", "human", "x".repeat(201), "a\u0000"]) {
    expect(userId.safeParse(bad).success, bad).toBe(false);
  }
});

test("texts that a database cannot hold are refused at the edge", () => {
  expect(text().safeParse("a\u0000b").success).toBe(false);
  expect(text().safeParse("\ud800").success).toBe(false);
  expect(name().parse("  Ada  ")).toBe("Ada");
  expect(name().safeParse("a\nb").success).toBe(false);
  expect(email.safeParse("ada@example.com").success).toBe(true);
  for (const bad of ["ada", "a@b@c", "a b@c.d", "a@", "@b", "a@b\r\nBcc: x@y.z"])
    expect(email.safeParse(bad).success, bad).toBe(false);
});

test("instants survive the trip through a protobuf timestamp", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (micros) => {
      expect(fromTimestamp(toTimestamp(instant(micros)))).toBe(micros);
    }),
  );
  expect(epochSeconds(addSeconds(instant(1_999_999), 1))).toBe(2);
  expect(() => instant(-1)).toThrow(RangeError);
});
