import { setTimeout as wait } from "node:timers/promises";
import type { Core } from "./compose.ts";
import { languageCodes } from "./login/i18n/languages.ts";
import { administratorService } from "./modules/administrator/administrator.rpc.ts";
import { applicationService } from "./modules/application/application.rpc.ts";
import { clientSettingsService } from "./modules/application/client-settings.rpc.ts";
import { oidcService } from "./modules/auth-request/oidc.rpc.ts";
import { authorizationService } from "./modules/authorization/authorization.rpc.ts";
import { clientRegistrationService } from "./modules/client-registration/client-registration.rpc.ts";
import { consentService } from "./modules/consent/consent.rpc.ts";
import { featureService } from "./modules/feature/feature.rpc.ts";
import { instanceService } from "./modules/instance/instance.rpc.ts";
import { orgService } from "./modules/org/org.rpc.ts";
import { orgBetaService } from "./modules/org/org-beta.rpc.ts";
import { projectService } from "./modules/project/project.rpc.ts";
import { sessionService } from "./modules/session/session.rpc.ts";
import { settingsService } from "./modules/settings/settings.rpc.ts";
import { humanUserOf } from "./modules/user/human-user.rpc.ts";
import { userService } from "./modules/user/user.rpc.ts";
import { webKeyBetaService, webKeyService } from "./modules/web-key/web-key.rpc.ts";
import { standAside } from "./platform/http/admission.ts";
import type { LaterService, RpcService } from "./platform/http/rpc.ts";

/** The services of the API that are there from the start. */
export const rpcServices = ({
  run,
  readers,
  answers,
  hashUserCode,
}: Pick<Core, "run" | "readers" | "answers" | "hashUserCode">): readonly RpcService[] => [
  userService({
    run,
    users: readers.users,
    orgs: readers.orgs,
    credentials: readers.credentials,
    metadata: readers.userMetadata,
  }),
  orgService({ run, orgs: readers.orgs, humanUserOf }),
  orgBetaService({ run, orgs: readers.orgs, orgDetails: readers.orgDetails, humanUserOf }),
  projectService({ run, projects: readers.projects, projectRoles: readers.projectRoles }),
  applicationService({ run, applications: readers.applications, applicationKeys: readers.applicationKeys }),
  clientRegistrationService({ run, registration: readers.registration }),
  consentService({
    run,
    consents: readers.consents,
    authRequests: readers.authRequests,
    sessions: readers.sessions,
  }),
  clientSettingsService({ run, applications: readers.applications }),
  sessionService({
    run,
    sessions: readers.sessions,
    tokens: readers.tokens,
    findUserByLoginName: async (instanceId, loginName) =>
      (await readers.users.findByLoginName({ instanceId }, loginName))?.userId ?? null,
    waitSeconds: (seconds) => standAside(() => wait(seconds * 1_000)),
  }),
  oidcService({
    run,
    authRequests: readers.authRequests,
    sessions: readers.sessions,
    answers,
    decoupled: readers.decoupled,
    hashUserCode,
  }),
  featureService({ orgs: readers.orgs, users: readers.users }),
  instanceService({ run, instances: readers.instanceDetails }),
  administratorService({ run, administrators: readers.administratorSearch }),
  authorizationService({ run, authorizations: readers.authorizations }),
  webKeyService({ run, webKeys: readers.webKeys }),
  webKeyBetaService({ run, webKeys: readers.webKeys }),
  settingsService({ run, settings: readers.settings, supportedLanguages: languageCodes }),
];

type V1 = typeof import("./services-v1.ts");

/** ZITADEL's first API: its descriptors take 0.2 s and 15 MB, so whoever never calls it never pays for it. */
export const laterServices = (core: Parameters<V1["adminService"]>[0]): readonly LaterService[] => [
  {
    typeName: "zitadel.admin.v1.AdminService",
    load: async () => (await import("./services-v1.ts")).adminService(core),
  },
  {
    typeName: "zitadel.management.v1.ManagementService",
    load: async () => (await import("./services-v1.ts")).managementService(core),
  },
];

/** Every service of the API that is built; docs/api-coverage.md is made from this list. */
export const allServices = async (
  core: Parameters<typeof rpcServices>[0] & Parameters<typeof laterServices>[0],
): Promise<readonly RpcService[]> => [
  ...rpcServices(core),
  ...(await Promise.all(laterServices(core).map((one) => one.load()))),
];
