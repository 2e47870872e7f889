import { create } from "@bufbuild/protobuf";
import { ThemeMode } from "@zitadel/proto/zitadel/settings/v2/branding_settings_pb.js";
import { ResourceOwnerType } from "@zitadel/proto/zitadel/settings/v2/settings_pb.js";
import {
  GetActiveIdentityProvidersRequestSchema,
  GetBrandingSettingsRequestSchema,
  GetDomainSettingsRequestSchema,
  GetGeneralSettingsRequestSchema,
  GetLegalAndSupportSettingsRequestSchema,
  GetLockoutSettingsRequestSchema,
  GetLoginSettingsRequestSchema,
  GetPasswordComplexitySettingsRequestSchema,
  GetPasswordExpirySettingsRequestSchema,
  GetSecuritySettingsRequestSchema,
  type SettingsService,
} from "@zitadel/proto/zitadel/settings/v2/settings_service_pb.js";
import { beforeAll, expect, test } from "vitest";
import { openDirectory } from "../../../test/harness/directory.ts";
import { anonymous, instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { setPolicy } from "./set-policy.ts";
import { settingsReader } from "./settings.queries.ts";
import { settingsService } from "./settings.rpc.ts";

describeOnBothDatabases("zitadel.settings.v2.SettingsService", (open) => {
  let house: Awaited<ReturnType<typeof openDirectory>>;
  let methods: Required<RpcMethods<typeof SettingsService>>;
  const root = instanceOwner();
  const callAs = (actor: Actor): Call => ({
    ctx: house.as(actor),
    orgHeader: null,
    publicUrl: "https://id.example.com",
    acceptLanguage: "",
  });

  beforeAll(async () => {
    house = await openDirectory(open);
    const service = settingsService({
      run: house.run,
      settings: settingsReader({ db: house.db }),
      supportedLanguages: ["en", "de"],
    });
    // The map holds exactly the methods that the service declared under these names.
    methods = Object.fromEntries(service.methods) as unknown as typeof methods;
    await house.run(setPolicy, house.as(root), {
      orgId: house.setUp.orgId,
      policy: "lockout",
      value: { maxPasswordAttempts: 5, maxOtpAttempts: 3 },
    });
  });

  test("a new instance has good defaults", async () => {
    const call = callAs(root);
    const general = await methods.getGeneralSettings(create(GetGeneralSettingsRequestSchema), call);
    expect(general).toEqual({
      defaultOrgId: house.setUp.orgId,
      defaultLanguage: "en",
      supportedLanguages: ["en", "de"],
    });
    const login = await methods.getLoginSettings(create(GetLoginSettingsRequestSchema), call);
    expect(login.settings).toMatchObject({
      allowUsernamePassword: true,
      passwordCheckLifetime: { seconds: 864_000n },
      secondFactors: [1, 2, 3, 4],
      resourceOwnerType: ResourceOwnerType.INSTANCE,
    });
    const rules = await methods.getPasswordComplexitySettings(create(GetPasswordComplexitySettingsRequestSchema), call);
    expect(rules.settings).toMatchObject({
      minLength: 8n,
      requiresUppercase: true,
      requiresLowercase: true,
      requiresNumber: true,
      requiresSymbol: true,
    });
    const expiry = await methods.getPasswordExpirySettings(create(GetPasswordExpirySettingsRequestSchema), call);
    expect(expiry.settings).toMatchObject({ maxAgeDays: 0n, expireWarnDays: 0n });
    const branding = await methods.getBrandingSettings(create(GetBrandingSettingsRequestSchema), call);
    expect(branding.settings).toMatchObject({ themeMode: ThemeMode.AUTO, lightTheme: { fontColor: "#1b2329" } });
    const domain = await methods.getDomainSettings(create(GetDomainSettingsRequestSchema), call);
    expect(domain.settings).toMatchObject({ loginNameIncludesDomain: false, requireOrgDomainVerification: false });
    const legal = await methods.getLegalAndSupportSettings(create(GetLegalAndSupportSettingsRequestSchema), call);
    expect(legal.settings).toMatchObject({ tosLink: "", privacyPolicyLink: "" });
    const security = await methods.getSecuritySettings(create(GetSecuritySettingsRequestSchema), call);
    expect(security.settings).toMatchObject({ embeddedIframe: { enabled: false }, enableImpersonation: false });
    const idps = await methods.getActiveIdentityProviders(create(GetActiveIdentityProvidersRequestSchema), call);
    expect(idps.identityProviders).toEqual([]);
    expect(login.details).toMatchObject({ resourceOwner: house.as(root).instanceId });
  });

  test("an organization's own policy holds there, and only there", async () => {
    const lockout = (orgId: string) =>
      methods.getLockoutSettings(
        create(GetLockoutSettingsRequestSchema, { ctx: { resourceOwner: { case: "orgId", value: orgId } } }),
        callAs(root),
      );
    expect((await lockout(house.setUp.orgId)).settings).toMatchObject({
      maxPasswordAttempts: 5n,
      maxOtpAttempts: 3n,
      resourceOwnerType: ResourceOwnerType.ORG,
    });
    expect((await lockout("another")).settings).toMatchObject({
      maxPasswordAttempts: 0n,
      resourceOwnerType: ResourceOwnerType.INSTANCE,
    });
  });

  test("403: settings are read by who may read policies there", async () => {
    const login = (actor: Actor, orgId?: string) =>
      methods.getLoginSettings(
        create(GetLoginSettingsRequestSchema, orgId ? { ctx: { resourceOwner: { case: "orgId", value: orgId } } } : {}),
        callAs(actor),
      );
    await login(orgOwner("acme"), "acme");
    await login(orgOwner("acme"));
    await expect(login(orgOwner("acme"), "other")).rejects.toMatchObject({ code: "auth.denied" });
    await expect(login(plainUser("bob"))).rejects.toMatchObject({ code: "auth.denied" });
    await expect(login(anonymous)).rejects.toMatchObject({ code: "auth.missing" });
    const security = create(GetSecuritySettingsRequestSchema);
    await expect(methods.getSecuritySettings(security, callAs(orgOwner("acme")))).rejects.toMatchObject({
      code: "auth.denied",
    });
  });
});
