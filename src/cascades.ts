import { z } from "zod";
import { type Core, systemCtx } from "./compose.ts";
import { applicationId, clientId, orgId, projectId, userId } from "./kernel/ids.ts";
import { Refusal } from "./kernel/refusal.ts";
import { removeAdministrator } from "./modules/administrator/remove-administrator.ts";
import { removeApplication } from "./modules/application/remove-application.ts";
import { removeApplicationKey } from "./modules/application/remove-application-key.ts";
import { removeAuthorization } from "./modules/authorization/remove-authorization.ts";
import { withdrawConsent } from "./modules/consent/withdraw-consent.ts";
import { revokeGrant } from "./modules/grant/revoke-grant.ts";
import { clearOrganizationMetadata } from "./modules/org/delete-organization-metadata.ts";
import { removeProject } from "./modules/project/remove-project.ts";
import { removeProjectRole } from "./modules/project/remove-project-role.ts";
import { removeUser } from "./modules/user/remove-user.ts";
import type { Job, JobHandlers } from "./platform/jobs/worker.ts";

const orgPayload = z.object({ orgId });
const projectPayload = z.object({ projectId });
const consentPayload = z.object({ userId, clientId });
const applicationPayload = z.object({ applicationId });
const atOnce = 100;

/**
 * What goes after an organization, a project or an application has been removed. All of it stopped with the removal, as
 * reads join it with what it hangs on; here it gets its own events, and its names become free.
 */
export const cascadeHandlers = ({
  readers: { consents, dependents },
  run,
  now,
}: Pick<Core, "readers" | "run" | "now">): JobHandlers => {
  const clearOrg = async ({ instanceId, payload }: Job): Promise<void> => {
    const removed = orgPayload.parse(payload).orgId;
    const ctx = systemCtx(instanceId, "job", now());
    await each(
      () => dependents.authorizationsOf(instanceId, "org_id", removed, atOnce),
      (authorizationId) => run(removeAuthorization, ctx, { authorizationId }),
    );
    await each(
      () => dependents.administratorsOf(instanceId, "org", removed, atOnce),
      (administratorId) => run(removeAdministrator, ctx, { administratorId }),
    );
    await each(
      () => dependents.projectsOf(instanceId, removed, atOnce),
      (id) => run(removeProject, ctx, { projectId: id }),
    );
    await each(
      () => dependents.metadataKeysOf(instanceId, removed, atOnce),
      (key) => run(clearOrganizationMetadata, ctx, { orgId: removed, key }),
    );
    await each(
      () => dependents.usersOf(instanceId, removed, atOnce),
      (userId) => run(removeUser, ctx, { userId }),
    );
  };

  const clearProject = async ({ instanceId, payload }: Job): Promise<void> => {
    const removed = projectPayload.parse(payload).projectId;
    const ctx = systemCtx(instanceId, "job", now());
    await each(
      () => dependents.authorizationsOf(instanceId, "project_id", removed, atOnce),
      (authorizationId) => run(removeAuthorization, ctx, { authorizationId }),
    );
    await each(
      () => dependents.administratorsOf(instanceId, "project", removed, atOnce),
      (administratorId) => run(removeAdministrator, ctx, { administratorId }),
    );
    await each(
      () => dependents.applicationsOf(instanceId, removed, atOnce),
      (id) => run(removeApplication, ctx, { projectId: removed, applicationId: id }),
    );
    await each(
      () => dependents.rolesOf(instanceId, removed, atOnce),
      (key) => run(removeProjectRole, ctx, { projectId: removed, key }),
    );
  };

  const clearApplication = async ({ instanceId, payload }: Job): Promise<void> => {
    const removed = applicationPayload.parse(payload).applicationId;
    const ctx = systemCtx(instanceId, "job", now());
    await each(
      () => dependents.keysOf(instanceId, removed, atOnce),
      (key) => run(removeApplicationKey, ctx, { ...key, applicationId: removed }),
    );
    await each(
      () => consents.remaining(instanceId, "application_id", removed, atOnce),
      (given) => run(withdrawConsent, ctx, given),
    );
  };

  /** A consent was taken back: the tokens went with it, here the grants behind them are revoked. */
  const revokeGrants = async ({ instanceId, payload }: Job): Promise<void> => {
    const of = consentPayload.parse(payload);
    await each(
      () => consents.activeGrants(instanceId, of, atOnce),
      (grantId) => run(revokeGrant, systemCtx(instanceId, "job", now()), { grantId, reason: "user" }),
    );
  };

  return {
    "consent.revoke_grants": revokeGrants,
    "org.clear": clearOrg,
    "project.clear": clearProject,
    "application.clear": clearApplication,
  };
};

/** Removes all that a list gives, until it gives no more. Somebody else may be faster. */
const each = async <T>(list: () => Promise<readonly T[]>, remove: (one: T) => Promise<unknown>): Promise<void> => {
  for (;;) {
    const some = await list();
    for (const one of some) await remove(one).catch(unlessGone);
    if (some.length < atOnce) return;
  }
};

const unlessGone = (error: unknown): void => {
  if (!(error instanceof Refusal && error.kind === "not_found")) throw error;
};
