import { adminLink } from "./modules/admin-link/admin-link.events.ts";
import { adminLinkProjection } from "./modules/admin-link/admin-link.projection.ts";
import { administrator } from "./modules/administrator/administrator.events.ts";
import { administratorProjection } from "./modules/administrator/administrator.projection.ts";
import { application } from "./modules/application/application.events.ts";
import { applicationProjection } from "./modules/application/application.projection.ts";
import { applicationReactor } from "./modules/application/application.reactor.ts";
import { applicationKey } from "./modules/application/application-key.events.ts";
import { applicationKeyProjection } from "./modules/application/application-key.projection.ts";
import { authRequest } from "./modules/auth-request/auth-request.events.ts";
import { authRequestProjection } from "./modules/auth-request/auth-request.projection.ts";
import { decoupled } from "./modules/auth-request/decoupled.events.ts";
import { decoupledProjection } from "./modules/auth-request/decoupled.projection.ts";
import { authorization } from "./modules/authorization/authorization.events.ts";
import { authorizationProjection } from "./modules/authorization/authorization.projection.ts";
import { clientRegistration } from "./modules/client-registration/client-registration.events.ts";
import { clientRegistrationProjection } from "./modules/client-registration/client-registration.projection.ts";
import { consent } from "./modules/consent/consent.events.ts";
import { consentProjection } from "./modules/consent/consent.projection.ts";
import { consentReactor } from "./modules/consent/consent.reactor.ts";
import { grant } from "./modules/grant/grant.events.ts";
import { grantProjection } from "./modules/grant/grant.projection.ts";
import { instance } from "./modules/instance/instance.events.ts";
import { instanceProjection } from "./modules/instance/instance.projection.ts";
import { notificationProviders } from "./modules/notification/provider.events.ts";
import { providerProjection } from "./modules/notification/provider.projection.ts";
import { org } from "./modules/org/org.events.ts";
import { orgProjection } from "./modules/org/org.projection.ts";
import { orgReactor } from "./modules/org/org.reactor.ts";
import { orgMetadata } from "./modules/org/org-metadata.events.ts";
import { orgMetadataProjection } from "./modules/org/org-metadata.projection.ts";
import { project } from "./modules/project/project.events.ts";
import { projectProjection } from "./modules/project/project.projection.ts";
import { projectReactor } from "./modules/project/project.reactor.ts";
import { projectRole } from "./modules/project/project-role.events.ts";
import { projectRoleProjection } from "./modules/project/project-role.projection.ts";
import { session } from "./modules/session/session.events.ts";
import { sessionProjection } from "./modules/session/session.projection.ts";
import { sessionReactor } from "./modules/session/session.reactor.ts";
import { settings } from "./modules/settings/settings.events.ts";
import { settingsProjection } from "./modules/settings/settings.projection.ts";
import { user } from "./modules/user/user.events.ts";
import { userProjection } from "./modules/user/user.projection.ts";
import { userReactor } from "./modules/user/user.reactor.ts";
import { webKey } from "./modules/web-key/web-key.events.ts";
import { webKeyProjection } from "./modules/web-key/web-key.projection.ts";
import { type Part, part } from "./platform/projections/projection.ts";
import type { Database } from "./schema.ts";

/** Every stream type with its read tables and reactions. A module is known to the store when it stands here. */
export const parts: readonly Part<Database>[] = [
  part(instance, instanceProjection),
  part(settings, settingsProjection),
  part(org, orgProjection, orgReactor),
  part(orgMetadata, orgMetadataProjection),
  part(user, userProjection, userReactor),
  part(adminLink, adminLinkProjection),
  part(administrator, administratorProjection),
  part(project, projectProjection, projectReactor),
  part(projectRole, projectRoleProjection),
  part(application, applicationProjection, applicationReactor),
  part(applicationKey, applicationKeyProjection),
  part(authorization, authorizationProjection),
  part(clientRegistration, clientRegistrationProjection),
  part(consent, consentProjection, consentReactor),
  part(notificationProviders, providerProjection),
  part(grant, grantProjection),
  part(webKey, webKeyProjection),
  part(session, sessionProjection, sessionReactor),
  part(authRequest, authRequestProjection),
  part(decoupled, decoupledProjection),
];

/** The read tables that projections write; credentials, jobs, keys and the log itself are none. */
export const projectionTables: readonly (keyof Database)[] = [
  "instances",
  "instance_domains",
  "instance_trusted_domains",
  "settings",
  "orgs",
  "org_domains",
  "org_metadata",
  "users",
  "user_metadata",
  "user_keys",
  "admin_links",
  "administrators",
  "projects",
  "project_roles",
  "applications",
  "application_keys",
  "application_resources",
  "authorizations",
  "client_registration_policies",
  "initial_access_tokens",
  "consents",
  "authorization_roles",
  "oidc_sessions",
  "grant_bases",
  "web_keys",
  "notification_providers",
  "sessions",
  "auth_requests",
  "decoupled_authorizations",
];
