import { expect, test } from "vitest";
import { orgId } from "../../kernel/ids.ts";
import { mayEnterProject } from "./project-access.events.ts";

const home = orgId.parse("home");
const guest = orgId.parse("guest");
const open = { authorizationRequired: false, accessRequired: false, projectOrgId: home, hasRole: false };

test("a project is open to all, to who has a role, to its own organization's users, or to who is both", () => {
  expect(mayEnterProject(open, guest)).toBe(true);
  expect(mayEnterProject({ ...open, authorizationRequired: true }, home)).toBe(false);
  expect(mayEnterProject({ ...open, authorizationRequired: true, hasRole: true }, guest)).toBe(true);
  expect(mayEnterProject({ ...open, accessRequired: true, hasRole: true }, guest)).toBe(false);
  expect(mayEnterProject({ ...open, accessRequired: true }, home)).toBe(true);
  expect(mayEnterProject({ ...open, accessRequired: true, authorizationRequired: true }, home)).toBe(false);
});
