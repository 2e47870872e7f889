import { expect, test } from "vitest";
import { given, instanceOwner, orgOwner, past, plainUser } from "../../../test/harness/given.ts";
import { projectId } from "../../kernel/ids.ts";
import { org } from "../org/org.events.ts";
import { project } from "../project/project.events.ts";
import { user } from "../user/user.events.ts";
import { addAdministrator } from "./add-administrator.ts";
import { administrator } from "./administrator.events.ts";
import { removeAdministrator } from "./remove-administrator.ts";
import { revokeAdministrator } from "./revoke-administrator.ts";
import { updateAdministrator } from "./update-administrator.ts";

const acme = past(org, "acme", "acme", ["org.added", { name: "Acme" }]);
const bob = past(user, "bob", "acme", [
  "user.machine.added",
  { orgId: "acme", userNameScope: "instance", accessTokenType: "bearer" },
  { userName: "bob", name: "Bob", description: "" },
]);
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
const asOrgOwner = { level: "org", objectId: "acme", userId: "bob", roles: ["ORG_OWNER", "ORG_OWNER"] } as const;
const input = (part: object) => ({ ...asOrgOwner, roles: [...asOrgOwner.roles], ...part });

test("an owner shares the organization, and nobody else does", async () => {
  await given(acme, bob)
    .when(addAdministrator, orgOwner("acme"), input({}), undefined)
    .thenEvents(["org.member.added", { objectId: "acme", userId: "bob", roles: ["ORG_OWNER"] }]);
  await given(acme, bob).when(addAdministrator, orgOwner("other"), input({}), undefined).refused("auth.denied");
  await given(acme, bob).when(addAdministrator, plainUser("bob"), input({}), undefined).refused("auth.denied");
  await given(bob).when(addAdministrator, orgOwner("acme"), input({}), undefined).refused("auth.denied");
});

test("roles are had on their own level only", async () => {
  const onInstance = input({ level: "instance", objectId: "", roles: ["IAM_OWNER"] });
  await given(bob).when(addAdministrator, orgOwner("acme"), onInstance, undefined).refused("auth.denied");
  await given(bob)
    .when(addAdministrator, instanceOwner(), onInstance, undefined)
    .thenEvents(["instance.member.added", { objectId: "111111111111111111", userId: "bob", roles: ["IAM_OWNER"] }]);
  const mixed = input({ roles: ["IAM_OWNER"] });
  await given(acme, bob)
    .when(addAdministrator, orgOwner("acme"), mixed, undefined)
    .refused("administrator.role_invalid");
});

test("a project's administrators belong to the project's organization", async () => {
  const onProject = input({ level: "project", objectId: "shop", roles: ["PROJECT_OWNER"] });
  await given(shop, bob)
    .when(addAdministrator, orgOwner("acme"), onProject, undefined)
    .thenEvents(["project.member.added", { objectId: "shop", userId: "bob", roles: ["PROJECT_OWNER"] }]);
  const projectOwner = {
    ...plainUser("eve"),
    memberships: [{ level: "project", projectId: projectId.parse("shop"), roles: ["PROJECT_OWNER"] }],
  } as ReturnType<typeof plainUser>;
  await given(shop, bob).when(addAdministrator, projectOwner, onProject, undefined).decided();
  await given(shop, bob).when(addAdministrator, orgOwner("other"), onProject, undefined).refused("auth.denied");
});

test("unknown and removed users administrate nothing", async () => {
  await given(acme).when(addAdministrator, orgOwner("acme"), input({}), undefined).refused("user.not_found");
});

const held = past(administrator, "m1", "acme", [
  "org.member.added",
  { objectId: "acme", userId: "bob", roles: ["ORG_OWNER"] },
]);

test("roles are taken away once, by who may; the pair of user and object is then free again", async () => {
  const removal = { administratorId: "m1" };
  await given(held).when(removeAdministrator, orgOwner("acme"), removal, undefined).thenEvents(["org.member.removed"]);
  await given(held).when(removeAdministrator, orgOwner("other"), removal, undefined).refused("auth.denied");
  await given().when(removeAdministrator, instanceOwner(), removal, undefined).refused("administrator.not_found");
  const before = { status: "active", level: "org", objectId: "acme", userId: "bob", roles: [] } as const;
  expect(administrator.claims?.["org.member.removed"]?.({} as never, before)).toEqual({
    release: [{ kind: "administrator", value: "org/acme/bob" }],
  });
});

const wanted = (part: object = {}) => ({
  administratorId: "m1",
  level: "org" as const,
  objectId: "acme",
  userId: "bob",
  roles: ["ORG_OWNER_VIEWER"],
  ...part,
});
const ofBob = { administratorId: "m1", level: "org", objectId: "acme", userId: "bob" } as const;

test("roles are replaced as a whole, by who may give them", async () => {
  await given(acme, held)
    .when(updateAdministrator, orgOwner("acme"), wanted(), undefined)
    .thenEvents(["org.member.changed", { roles: ["ORG_OWNER_VIEWER"] }]);
  await given(acme, held)
    .when(updateAdministrator, orgOwner("acme"), wanted({ roles: ["ORG_OWNER"] }), undefined)
    .thenEvents();
  await given(acme, held)
    .when(updateAdministrator, orgOwner("acme"), wanted({ roles: ["IAM_OWNER"] }), undefined)
    .refused("administrator.role_invalid");
  for (const actor of [orgOwner("other"), plainUser("bob")]) {
    await given(acme, held).when(updateAdministrator, actor, wanted(), undefined).refused("auth.denied");
    await given(acme, held).when(revokeAdministrator, actor, ofBob, undefined).refused("auth.denied");
  }
});

test("who may not manage an object learns nothing about who administers it", async () => {
  const none = wanted({ administratorId: "" });
  await given(acme).when(updateAdministrator, orgOwner("other"), none, undefined).refused("auth.denied");
  await given().when(updateAdministrator, orgOwner("other"), none, undefined).refused("auth.denied");
  await given(acme).when(updateAdministrator, orgOwner("acme"), none, undefined).refused("administrator.not_found");
  await given()
    .when(updateAdministrator, instanceOwner(), wanted({ level: "project", objectId: "" }), undefined)
    .refused("administrator.role_invalid");
});

test("a stream of another object or user is not the one that was named", async () => {
  const other = wanted({ userId: "eve" });
  await given(acme, held)
    .when(updateAdministrator, orgOwner("acme"), other, undefined)
    .refused("administrator.not_found");
  const elsewhere = past(org, "other", "other", ["org.added", { name: "Other" }]);
  const named = wanted({ objectId: "other" });
  await given(acme, elsewhere, held)
    .when(updateAdministrator, orgOwner("other"), named, undefined)
    .refused("administrator.not_found");
  const { decided } = given(acme, elsewhere, held).when(
    revokeAdministrator,
    orgOwner("other"),
    { ...ofBob, objectId: "other" },
    undefined,
  );
  expect((await decided()).result).toEqual({ removed: false });
});

test("taking roles away twice is taking them away", async () => {
  await given(acme, held)
    .when(revokeAdministrator, orgOwner("acme"), ofBob, undefined)
    .thenEvents(["org.member.removed", {}]);
  await given(acme)
    .when(revokeAdministrator, orgOwner("acme"), { ...ofBob, administratorId: "" }, undefined)
    .thenEvents();
});
