import type { DescService } from "@bufbuild/protobuf";

export type ListedService = {
  readonly typeName: string;
  readonly load: () => Promise<DescService>;
  /** start of the service's REST paths; a rule's own path follows it */
  readonly restPrefix: string;
  /** v1 never spoke the Connect protocol */
  readonly connect: boolean;
};

const v2 = (typeName: string, load: () => Promise<DescService>): ListedService => ({
  typeName,
  load,
  restPrefix: "",
  connect: true,
});
const v1 = (typeName: string, restPrefix: string, load: () => Promise<DescService>): ListedService => ({
  typeName,
  load,
  restPrefix,
  connect: false,
});

/**
 * All services of the contract, and Munot's own. Descriptors cost time and memory, so each is loaded when it is first asked for; those of
 * built services are there anyway. `zitadel.resources.debug_events` is left out: it claims `POST /`.
 */
export const catalogue: readonly ListedService[] = [
  v2(
    "zitadel.user.v2.UserService",
    async () => (await import("@zitadel/proto/zitadel/user/v2/user_service_pb.js")).UserService,
  ),
  v2(
    "zitadel.session.v2.SessionService",
    async () => (await import("@zitadel/proto/zitadel/session/v2/session_service_pb.js")).SessionService,
  ),
  v2(
    "zitadel.oidc.v2.OIDCService",
    async () => (await import("@zitadel/proto/zitadel/oidc/v2/oidc_service_pb.js")).OIDCService,
  ),
  v2(
    "zitadel.saml.v2.SAMLService",
    async () => (await import("@zitadel/proto/zitadel/saml/v2/saml_service_pb.js")).SAMLService,
  ),
  v2(
    "zitadel.org.v2.OrganizationService",
    async () => (await import("@zitadel/proto/zitadel/org/v2/org_service_pb.js")).OrganizationService,
  ),
  v2(
    "zitadel.idp.v2.IdentityProviderService",
    async () => (await import("@zitadel/proto/zitadel/idp/v2/idp_service_pb.js")).IdentityProviderService,
  ),
  v2(
    "zitadel.settings.v2.SettingsService",
    async () => (await import("@zitadel/proto/zitadel/settings/v2/settings_service_pb.js")).SettingsService,
  ),
  v2(
    "zitadel.feature.v2.FeatureService",
    async () => (await import("@zitadel/proto/zitadel/feature/v2/feature_service_pb.js")).FeatureService,
  ),
  v2(
    "zitadel.webkey.v2.WebKeyService",
    async () => (await import("@zitadel/proto/zitadel/webkey/v2/webkey_service_pb.js")).WebKeyService,
  ),
  v2(
    "zitadel.analytics.v2beta.TelemetryService",
    async () => (await import("@zitadel/proto/zitadel/analytics/v2beta/telemetry_service_pb.js")).TelemetryService,
  ),
  v2(
    "zitadel.user.v2beta.UserService",
    async () => (await import("@zitadel/proto/zitadel/user/v2beta/user_service_pb.js")).UserService,
  ),
  v2(
    "zitadel.session.v2beta.SessionService",
    async () => (await import("@zitadel/proto/zitadel/session/v2beta/session_service_pb.js")).SessionService,
  ),
  v2(
    "zitadel.oidc.v2beta.OIDCService",
    async () => (await import("@zitadel/proto/zitadel/oidc/v2beta/oidc_service_pb.js")).OIDCService,
  ),
  v2(
    "zitadel.org.v2beta.OrganizationService",
    async () => (await import("@zitadel/proto/zitadel/org/v2beta/org_service_pb.js")).OrganizationService,
  ),
  v2(
    "zitadel.project.v2beta.ProjectService",
    async () => (await import("@zitadel/proto/zitadel/project/v2beta/project_service_pb.js")).ProjectService,
  ),
  v2(
    "zitadel.app.v2beta.AppService",
    async () => (await import("@zitadel/proto/zitadel/app/v2beta/app_service_pb.js")).AppService,
  ),
  v2(
    "zitadel.authorization.v2beta.AuthorizationService",
    async () =>
      (await import("@zitadel/proto/zitadel/authorization/v2beta/authorization_service_pb.js")).AuthorizationService,
  ),
  v2(
    "zitadel.instance.v2beta.InstanceService",
    async () => (await import("@zitadel/proto/zitadel/instance/v2beta/instance_service_pb.js")).InstanceService,
  ),
  v2(
    "zitadel.internal_permission.v2beta.InternalPermissionService",
    async () =>
      (await import("@zitadel/proto/zitadel/internal_permission/v2beta/internal_permission_service_pb.js"))
        .InternalPermissionService,
  ),
  v2(
    "zitadel.settings.v2beta.SettingsService",
    async () => (await import("@zitadel/proto/zitadel/settings/v2beta/settings_service_pb.js")).SettingsService,
  ),
  v2(
    "zitadel.feature.v2beta.FeatureService",
    async () => (await import("@zitadel/proto/zitadel/feature/v2beta/feature_service_pb.js")).FeatureService,
  ),
  v2(
    "zitadel.webkey.v2beta.WebKeyService",
    async () => (await import("@zitadel/proto/zitadel/webkey/v2beta/webkey_service_pb.js")).WebKeyService,
  ),
  v2(
    "zitadel.action.v2beta.ActionService",
    async () => (await import("@zitadel/proto/zitadel/action/v2beta/action_service_pb.js")).ActionService,
  ),
  v2(
    "zitadel.resources.userschema.v3alpha.ZITADELUserSchemas",
    async () =>
      (await import("@zitadel/proto/zitadel/resources/userschema/v3alpha/user_schema_service_pb.js"))
        .ZITADELUserSchemas,
  ),
  v2(
    "zitadel.resources.user.v3alpha.ZITADELUsers",
    async () => (await import("@zitadel/proto/zitadel/resources/user/v3alpha/user_service_pb.js")).ZITADELUsers,
  ),
  v2(
    "munot.registration.v1.ClientRegistrationService",
    async () =>
      (await import("../../proto/gen/munot/registration/v1/client_registration_pb.js")).ClientRegistrationService,
  ),
  v2(
    "munot.consent.v1.ConsentService",
    async () => (await import("../../proto/gen/munot/consent/v1/consent_pb.js")).ConsentService,
  ),
  v2(
    "munot.application.v1.ClientSettingsService",
    async () => (await import("../../proto/gen/munot/application/v1/client_settings_pb.js")).ClientSettingsService,
  ),
  v1(
    "zitadel.management.v1.ManagementService",
    "/management/v1",
    async () => (await import("@zitadel/proto/zitadel/management_pb.js")).ManagementService,
  ),
  v1(
    "zitadel.admin.v1.AdminService",
    "/admin/v1",
    async () => (await import("@zitadel/proto/zitadel/admin_pb.js")).AdminService,
  ),
  v1(
    "zitadel.auth.v1.AuthService",
    "/auth/v1",
    async () => (await import("@zitadel/proto/zitadel/auth_pb.js")).AuthService,
  ),
  v1(
    "zitadel.system.v1.SystemService",
    "/system/v1",
    async () => (await import("@zitadel/proto/zitadel/system_pb.js")).SystemService,
  ),
];
