import { expect, test } from "vitest";
import {
  anonymous,
  given,
  instanceOwner,
  orgOwner,
  past,
  plainUser,
  testInstanceId,
} from "../../../test/harness/given.ts";
import type { Actor } from "../../kernel/actor.ts";
import { projectId } from "../../kernel/ids.ts";
import { instance } from "../instance/instance.events.ts";
import { activateProject } from "./activate-project.ts";
import { addProjectRole } from "./add-project-role.ts";
import { deactivateProject } from "./deactivate-project.ts";
import { project } from "./project.events.ts";
import { keyOfRole, projectRole, roleStreamId } from "./project-role.events.ts";
import { removeProject } from "./remove-project.ts";
import { removeProjectRole } from "./remove-project-role.ts";
import { updateProject } from "./update-project.ts";
import { updateProjectRole } from "./update-project-role.ts";

const shopAdded = [
  "project.added",
  {
    orgId: "acme",
    name: "Shop",
    roleAssertion: false,
    authorizationRequired: false,
    accessRequired: false,
    privateLabeling: "unspecified",
  },
] as const;
const shop = past(project, "shop", "acme", shopAdded);
const closed = past(project, "shop", "acme", shopAdded, ["project.deactivated", {}]);
const gone = past(project, "shop", "acme", shopAdded, ["project.removed", {}]);
const adminAdded = [
  "project.role.added",
  { projectId: "shop", orgId: "acme", key: "admin", displayName: "Admin", group: "staff" },
] as const;
const admin = past(projectRole, "shop:admin", "acme", adminAdded);
const exAdmin = past(projectRole, "shop:admin", "acme", adminAdded, ["project.role.removed", {}]);
const house = past(
  instance,
  testInstanceId,
  null,
  ["instance.added", { name: "House", defaultLanguage: "en" }],
  ["instance.iam.project.set", { projectId: "shop" }],
);
const owner = orgOwner("acme");
const shopOwner = {
  ...plainUser("eve", "other"),
  memberships: [{ level: "project", projectId: projectId.parse("shop"), roles: ["PROJECT_OWNER"] }],
} as Actor;
const onShop = { projectId: "shop" };

test("only what is named and differs is changed", async () => {
  const changing = given(shop).when(updateProject, owner, { ...onShop, name: "Shop", roleAssertion: true }, undefined);
  await changing.thenEvents(["project.changed", { roleAssertion: true }]);
  await given(shop)
    .when(updateProject, owner, { ...onShop, name: "Shop" }, undefined)
    .thenEvents();
  await given(closed)
    .when(updateProject, shopOwner, { ...onShop, privateLabeling: "enforce_project" }, undefined)
    .thenEvents(["project.changed", { privateLabeling: "enforce_project" }]);
  await given(gone)
    .when(updateProject, owner, { ...onShop, name: "X" }, undefined)
    .refused("project.not_found");
});

test("a project is deactivated and activated; asking again changes nothing", async () => {
  await given(shop).when(deactivateProject, owner, onShop, undefined).thenEvents(["project.deactivated"]);
  await given(closed).when(deactivateProject, owner, onShop, undefined).thenEvents();
  await given(closed).when(activateProject, owner, onShop, undefined).thenEvents(["project.reactivated"]);
  await given(shop).when(activateProject, owner, onShop, undefined).thenEvents();
  await given(gone).when(activateProject, owner, onShop, undefined).refused("project.not_found");
  await given(gone).when(deactivateProject, owner, onShop, undefined).refused("project.not_found");
});

test("a project is removed once; one that is gone is as wanted, and its id is never free again", async () => {
  const removing = given(closed).when(removeProject, owner, onShop, undefined);
  await removing.thenEvents(["project.removed"]);
  await removing.thenResult({ removed: true });
  await given(gone).when(removeProject, owner, onShop, undefined).thenResult({ removed: false });
  await given().when(removeProject, instanceOwner(), onShop, undefined).thenResult({ removed: false });
});

test("the instance's own project can neither be removed nor deactivated", async () => {
  await given(shop, house).when(removeProject, instanceOwner(), onShop, undefined).refused("project.own");
  await given(shop, house).when(deactivateProject, instanceOwner(), onShop, undefined).refused("project.own");
});

test("a name is free again when its project has another one or is gone", () => {
  const event = { payload: { name: "Store" } } as never;
  const before = { orgId: "acme", name: "Shop" } as never;
  const claims = (value: string) => [{ kind: "project_name", value }];
  expect(project.claims?.["project.changed"]?.(event, before)).toEqual({
    take: claims("acme/store"),
    release: claims("acme/shop"),
  });
  expect(project.claims?.["project.changed"]?.({ payload: { name: "SHOP" } } as never, before)).toEqual({});
  expect(project.claims?.["project.removed"]?.(event, before)).toEqual({ release: claims("acme/shop") });
});

test("a role is unique by its key, and may come again after it was removed", async () => {
  const input = { ...onShop, key: "admin", displayName: "Admin", group: "staff" };
  const added = ["project.role.added", { ...input, orgId: "acme" }] as const;
  await given(shop).when(addProjectRole, owner, input, undefined).thenEvents(added);
  await given(shop, exAdmin).when(addProjectRole, owner, input, undefined).thenEvents(added);
  await given(shop, admin).when(addProjectRole, owner, input, undefined).refused("project.role_taken");
  await given(gone).when(addProjectRole, owner, input, undefined).refused("project.not_found");
});

test("a role is shown otherwise only where it differs", async () => {
  const role = { ...onShop, key: "admin" };
  await given(shop, admin)
    .when(updateProjectRole, owner, { ...role, displayName: "Boss", group: "staff" }, undefined)
    .thenEvents(["project.role.changed", { displayName: "Boss" }]);
  await given(shop, admin).when(updateProjectRole, owner, role, undefined).thenEvents();
  await given(shop, exAdmin).when(updateProjectRole, owner, role, undefined).refused("project.role_not_found");
  await given(gone, admin).when(updateProjectRole, owner, role, undefined).refused("project.not_found");
});

test("a role is removed once", async () => {
  const role = { ...onShop, key: "admin" };
  const removing = given(shop, admin).when(removeProjectRole, owner, role, undefined);
  await removing.thenEvents(["project.role.removed"]);
  await given(shop, exAdmin).when(removeProjectRole, owner, role, undefined).thenResult({ removed: false });
});

test("403: who may not write a project changes nothing of it and does not learn whether it exists", async () => {
  const role = { ...onShop, key: "admin" };
  for (const stranger of [orgOwner("other"), plainUser("bob")]) {
    for (const known of [[shop, admin], []]) {
      await given(...known)
        .when(updateProject, stranger, onShop, undefined)
        .refused("auth.denied");
      await given(...known)
        .when(deactivateProject, stranger, onShop, undefined)
        .refused("auth.denied");
      await given(...known)
        .when(activateProject, stranger, onShop, undefined)
        .refused("auth.denied");
      await given(...known)
        .when(removeProject, stranger, onShop, undefined)
        .refused("auth.denied");
      await given(...known)
        .when(addProjectRole, stranger, { ...role, displayName: "A" }, undefined)
        .refused("auth.denied");
      await given(...known)
        .when(updateProjectRole, stranger, role, undefined)
        .refused("auth.denied");
      await given(...known)
        .when(removeProjectRole, stranger, role, undefined)
        .refused("auth.denied");
    }
  }
  await given(shop).when(updateProject, anonymous, onShop, undefined).refused("auth.missing");
  await given(shop).when(removeProject, shopOwner, onShop, undefined).decided();
});

test("the streams of two roles are never the same one", () => {
  expect(keyOfRole(roleStreamId(projectId.parse("shop"), "a:b"))).toEqual({ projectId: "shop", key: "a:b" });
});
