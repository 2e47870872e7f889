import { expect, test } from "vitest";
import { anonymous, given, instanceOwner, orgOwner, past, plainUser, stateAfter } from "../../../test/harness/given.ts";
import type { Actor } from "../../kernel/actor.ts";
import { orgId, projectId, userId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { project } from "../project/project.events.ts";
import { user } from "../user/user.events.ts";
import { authorization } from "./authorization.events.ts";
import { createAuthorization } from "./create-authorization.ts";
import { removeAuthorization } from "./remove-authorization.ts";
import { activateAuthorization, deactivateAuthorization } from "./switch-authorization.ts";
import { updateAuthorization } from "./update-authorization.ts";

const shop = past(project, "shop", "acme", [
  "project.added",
  {
    orgId: "acme",
    name: "Shop",
    roleAssertion: false,
    authorizationRequired: false,
    accessRequired: false,
    privateLabeling: "unspecified",
  },
]);
const bob = past(user, "bob", "guests", [
  "user.machine.added",
  { orgId: "guests", userNameScope: "instance", accessTokenType: "bearer" },
  { userName: "bob", name: "Bob", description: "" },
]);
const added = { userId: "bob", projectId: "shop", orgId: "acme", roles: [{ key: "buyer", since: 1 }] } as const;
const held = past(authorization, "a1", "acme", ["user.grant.added", { ...added, roles: [...added.roles] }]);
const paused = past(
  authorization,
  "a1",
  "acme",
  ["user.grant.added", { ...added, roles: [...added.roles] }],
  ["user.grant.deactivated", {}],
);

const input = { userId: "bob", projectId: "shop", roleKeys: ["buyer"] };
const roles = { buyer: 1, seller: 2 } as const;
const facts = {
  findProjectRoles: async (_instance: unknown, _project: unknown, keys: readonly string[]) =>
    Object.entries(roles).flatMap(([key, since]) => (keys.includes(key) ? [{ key, since }] : [])),
};
const projectOwner: Actor = {
  kind: "user",
  userId: userId.parse("eve"),
  orgId: orgId.parse("elsewhere"),
  via: "access_token",
  memberships: [{ level: "project", projectId: projectId.parse("shop"), roles: ["PROJECT_OWNER"] }],
};

test("owners of the organization or the project give a user of any organization roles of the project", async () => {
  for (const actor of [orgOwner("acme"), projectOwner, instanceOwner()]) {
    await given(shop, bob).when(createAuthorization, actor, input, facts).thenEvents(["user.grant.added", added]);
  }
  await given(shop, bob)
    .when(createAuthorization, orgOwner("acme"), { ...input, orgId: "acme", roleKeys: ["seller", "seller"] }, facts)
    .thenEvents(["user.grant.added", { ...added, roles: [{ key: "seller", since: 2 }] }]);
});

test("403: nobody gives roles of a project that is not its own, and nobody gives to itself", async () => {
  const on = given(shop, bob);
  await on.when(createAuthorization, orgOwner("other"), input, facts).refused("auth.denied");
  await on.when(createAuthorization, plainUser("bob"), input, facts).refused("auth.denied");
  await on.when(createAuthorization, anonymous, input, facts).refused("auth.missing");
  await given(bob).when(createAuthorization, projectOwner, input, facts).refused("auth.denied");
  const held_ = given(held);
  for (const actor of [orgOwner("other"), plainUser("bob", "guests")]) {
    const of = { authorizationId: "a1" };
    await held_.when(updateAuthorization, actor, { ...of, roleKeys: ["seller"] }, facts).refused("auth.denied");
    await held_.when(activateAuthorization, actor, of, undefined).refused("auth.denied");
    await held_.when(deactivateAuthorization, actor, of, undefined).refused("auth.denied");
    await held_.when(removeAuthorization, actor, of, undefined).refused("auth.denied");
  }
});

test("a project of another organization is as unknown as none", async () => {
  const mine = { ...input, orgId: "other" };
  await given(shop, bob).when(createAuthorization, orgOwner("other"), mine, facts).refused("project.not_found");
  await given(bob).when(createAuthorization, orgOwner("other"), mine, facts).refused("project.not_found");
});

test("users and roles must exist", async () => {
  await given(shop).when(createAuthorization, orgOwner("acme"), input, facts).refused("user.not_found");
  await given(shop, bob)
    .when(createAuthorization, orgOwner("acme"), { ...input, roleKeys: ["buyer", "king"] }, facts)
    .refused("authorization.role_unknown");
  await given(held)
    .when(updateAuthorization, orgOwner("acme"), { authorizationId: "a1", roleKeys: ["king"] }, facts)
    .refused("authorization.role_unknown");
});

test("roles are replaced as a whole; the same roles are no change", async () => {
  const change = (roleKeys: string[]) =>
    given(held).when(updateAuthorization, orgOwner("acme"), { authorizationId: "a1", roleKeys }, facts);
  await change(["seller"]).thenEvents(["user.grant.changed", { roles: [{ key: "seller", since: 2 }] }]);
  await change([]).thenEvents(["user.grant.changed", { roles: [] }]);
  await change(["buyer"]).thenEvents();
});

test("a role that was removed and added again is given anew", async () => {
  const later = { findProjectRoles: async () => [{ key: "buyer", since: 7 }] };
  await given(held)
    .when(updateAuthorization, orgOwner("acme"), { authorizationId: "a1", roleKeys: ["buyer"] }, later)
    .thenEvents(["user.grant.changed", { roles: [{ key: "buyer", since: 7 }] }]);
});

test("an authorization is switched off and on; switching it to what it is changes nothing", async () => {
  const of = { authorizationId: "a1" };
  await given(held)
    .when(deactivateAuthorization, projectOwner, of, undefined)
    .thenEvents(["user.grant.deactivated", {}]);
  await given(paused).when(deactivateAuthorization, projectOwner, of, undefined).thenEvents();
  await given(paused)
    .when(activateAuthorization, projectOwner, of, undefined)
    .thenEvents(["user.grant.reactivated", {}]);
  await given(held).when(activateAuthorization, projectOwner, of, undefined).thenEvents();
  await given().when(activateAuthorization, instanceOwner(), of, undefined).refused("authorization.not_found");
});

test("a removed authorization is gone, and the user may be given another one", async () => {
  const of = { authorizationId: "a1" };
  await given(held).when(removeAuthorization, orgOwner("acme"), of, undefined).thenEvents(["user.grant.removed", {}]);
  await given().when(removeAuthorization, instanceOwner(), of, undefined).thenEvents();
  expect(authorization.claims?.["user.grant.removed"]?.({} as never, stateAfter(authorization, held))).toEqual({
    release: [{ kind: "authorization", value: "acme/shop/bob" }],
  });
});

test("the most and longest roles fit into the state; more are refused", async () => {
  const keys = Array.from({ length: 100 }, (_, i) => `${"x".repeat(97)}${String(i).padStart(3, "0")}`);
  const found = { findProjectRoles: async () => keys.map((key) => ({ key, since: 1_800_000_000_000_000 })) };
  const of = { ...input, roleKeys: keys };
  const { events } = await given(shop, bob).when(createAuthorization, orgOwner("acme"), of, found).decided();
  expect(JSON.stringify(events[0]?.payload).length).toBeLessThan(limits.stateBytes - 200);
  const more = { ...input, roleKeys: [...keys.slice(1), "x".repeat(101)] };
  await given(shop, bob).when(createAuthorization, orgOwner("acme"), more, found).refused("request.invalid");
});
