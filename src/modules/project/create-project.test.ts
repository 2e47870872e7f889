import { test } from "vitest";
import { anonymous, given, instanceOwner, orgOwner, past, plainUser } from "../../../test/harness/given.ts";
import { org } from "../org/org.events.ts";
import { createProject } from "./create-project.ts";

const acme = past(org, "acme", "acme", ["org.added", { name: "Acme" }]);
const input = { orgId: "acme", projectId: "shop", name: "Shop" };
const added = {
  orgId: "acme",
  name: "Shop",
  roleAssertion: false,
  authorizationRequired: false,
  accessRequired: false,
  privateLabeling: "unspecified",
} as const;

test("a project keeps all of its settings", async () => {
  await given(acme)
    .when(
      createProject,
      orgOwner("acme"),
      { ...input, roleAssertion: true, privateLabeling: "enforce_project" },
      undefined,
    )
    .thenEvents(["project.added", { ...added, roleAssertion: true, privateLabeling: "enforce_project" }]);
});

test("403: a project is created in one's own organization, by who may", async () => {
  await given(acme).when(createProject, orgOwner("other"), input, undefined).refused("auth.denied");
  await given().when(createProject, orgOwner("other"), input, undefined).refused("auth.denied");
  await given(acme).when(createProject, plainUser("bob"), input, undefined).refused("auth.denied");
  await given(acme).when(createProject, anonymous, input, undefined).refused("auth.missing");
  await given().when(createProject, instanceOwner(), input, undefined).refused("org.not_found");
});
