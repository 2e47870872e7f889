import { create, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { beforeAll, expect, test } from "vitest";
import {
  ClientSettingsSchema,
  type ClientSettingsService,
  GetClientSettingsRequestSchema,
  SetClientSettingsRequestSchema,
} from "../../../proto/gen/munot/application/v1/client_settings_pb.js";
import { openDirectory } from "../../../test/harness/directory.ts";
import { instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import { clientId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { addOrganization } from "../org/add-organization.ts";
import { createProject } from "../project/create-project.ts";
import { applicationReader } from "./application.queries.ts";
import { clientReader } from "./client.queries.ts";
import { clientSettings } from "./client-settings.events.ts";
import { clientSettingsService } from "./client-settings.rpc.ts";
import { createApplication } from "./create-application.ts";
import { setClientSettings } from "./set-client-settings.ts";

const projectId = "shop";
const applicationId = "web";
const root = instanceOwner();
const beta = orgOwner("beta");

test("every setting has its field in the message", () => {
  expect(ClientSettingsSchema.fields.map(({ localName }) => localName).toSorted()).toEqual(
    Object.keys(clientSettings.parse({})).toSorted(),
  );
});

describeOnBothDatabases("client settings", (open) => {
  let house: Awaited<ReturnType<typeof openDirectory>>;
  let methods: RpcMethods<typeof ClientSettingsService>;
  let client = clientId.parse("none");
  const callAs = (actor: Actor): Call => ({
    ctx: house.as(actor),
    orgHeader: null,
    publicUrl: "https://id.example.com",
    acceptLanguage: "",
  });
  const get = async (actor: Actor = beta) => {
    const request = create(GetClientSettingsRequestSchema, { projectId, applicationId });
    const answer = await methods.getClientSettings?.(request, callAs(actor));
    return toJson(ClientSettingsSchema, create(ClientSettingsSchema, answer?.settings));
  };
  const set = (settings: MessageInitShape<typeof ClientSettingsSchema>, actor: Actor = beta) =>
    methods.setClientSettings?.(
      create(SetClientSettingsRequestSchema, { projectId, applicationId, settings }),
      callAs(actor),
    );
  const fieldsOf = async (work: Promise<unknown> | undefined) => {
    const error: unknown = await work?.catch((reason: unknown) => reason);
    return error instanceof Refusal ? error.details?.fields?.map(({ path }) => path) : error;
  };

  beforeAll(async () => {
    house = await openDirectory(open);
    const { run, db } = house;
    const service = clientSettingsService({ run, applications: applicationReader({ db }) });
    // The map holds the methods that the service declared under these names.
    methods = Object.fromEntries(service.methods) as unknown as typeof methods;
    for (const name of ["beta", "gamma"]) await run(addOrganization, house.as(root), { orgId: name, name });
    await run(createProject, house.as(root), { orgId: "beta", projectId, name: "Shop" });
    const made = await run(createApplication, house.as(beta), {
      projectId,
      applicationId,
      name: "web",
      config: {
        kind: "oidc",
        redirectUris: ["https://shop.example/cb"],
        appType: "web",
        authMethod: "private_key_jwt",
        devMode: false,
        accessTokenType: "bearer",
        accessTokenRoleAssertion: false,
        idTokenRoleAssertion: false,
        idTokenUserinfoAssertion: false,
        clockSkewSeconds: 0,
        skipNativeAppSuccessPage: false,
        loginVersion: { version: "default", baseUri: "" },
      },
    });
    client = clientId.parse(made.result.clientId);
  });

  test("what is set is told again and is what the protocols see; what is left out has its default", async () => {
    const jwks = { keys: [{ kty: "OKP", crv: "Ed25519", x: "AAAA", kid: "one" }] };
    await set({
      additionalGrantTypes: ["client_credentials"],
      securityProfile: "fapi2_security",
      jwks,
      requirePushedAuthorizationRequests: true,
      idTokenSignedResponseAlg: "ES256",
      defaultMaxAgeSeconds: 0,
      resources: ["https://api.shop.example/"],
      scopes: ["openid", "orders"],
      claimMappings: [
        { claim: "department", source: { from: "user_metadata", key: "dep" }, in: ["id_token", "userinfo"] },
        {
          claim: "tier",
          source: { from: "constant", value: { kind: { case: "numberValue", value: 3 } } },
          in: ["userinfo"],
        },
      ],
      flatRolesClaim: "groups",
    });
    expect(await get()).toMatchObject({
      additionalGrantTypes: ["client_credentials"],
      securityProfile: "fapi2_security",
      jwks,
      idTokenSignedResponseAlg: "ES256",
      defaultMaxAgeSeconds: 0,
      scopes: ["openid", "orders"],
      claimMappings: [{ claim: "department" }, { claim: "tier", source: { from: "constant", value: 3 } }],
      requireConsent: false,
      registeredBy: "administrator",
    });
    const found = await clientReader({ db: house.db }).find(house.as(root).instanceId, client);
    expect(found?.settings).toMatchObject({
      securityProfile: "fapi2_security",
      requirePushedAuthorizationRequests: true,
      flatRolesClaim: "groups",
    });

    await set({});
    expect(await get()).toEqual(expect.objectContaining({ securityProfile: "none", requireConsent: false }));
    const cleared = await clientReader({ db: house.db }).find(house.as(root).instanceId, client);
    expect(cleared?.settings).toEqual(clientSettings.parse({}));
  });

  test("every setting that goes against a specification is named", async () => {
    expect(
      await fieldsOf(
        set({
          jwksUri: "http://shop.example/keys",
          jwks: { keys: [{ kty: "OKP", crv: "Ed25519", x: "AAAA", d: "secret" }] },
          idTokenSignedResponseAlg: "none",
          userinfoEncryptedResponseEnc: "A256GCM",
          tlsClientAuthSanDns: "shop.example",
          frontChannelLogoutUri: "https://elsewhere.example/out",
          backchannelTokenDeliveryMode: "ping",
          claimMappings: [
            {
              claim: "sub",
              source: { from: "constant", value: { kind: { case: "stringValue", value: "root" } } },
              in: ["id_token"],
            },
          ],
          flatRolesClaim: "urn:zitadel:iam:org:project:roles",
        }),
      ),
    ).toEqual([
      "settings.idTokenSignedResponseAlg",
      "settings.userinfoEncryptedResponseEnc",
      "settings.jwksUri",
      "settings.frontChannelLogoutUri",
      "settings.jwksUri",
      "settings.jwks",
      "settings.tlsClientAuthSubjectDn",
      "settings.backchannelClientNotificationEndpoint",
      "settings.claimMappings",
      "settings.flatRolesClaim",
    ]);
    expect(await fieldsOf(set({ securityProfile: "fapi3" }))).toEqual(["settings.securityProfile"]);
    const keys = Array.from({ length: 20 }, () => ({ kty: "RSA", n: "A".repeat(800), e: "AQAB" }));
    expect(await fieldsOf(set({ jwks: { keys } }))).toEqual(["config"]);
  });

  test("who registered an application is never what a caller says", async () => {
    await set({ registeredBy: "registration", requireConsent: true });
    expect(await get()).toMatchObject({ registeredBy: "administrator", requireConsent: true });
  });

  test("a stranger neither reads nor sets them, nor does somebody who names another project", async () => {
    await expect(get(plainUser("eve"))).rejects.toThrow(expect.objectContaining({ code: "application.not_found" }));
    await expect(get(orgOwner("gamma"))).rejects.toThrow(expect.objectContaining({ code: "application.not_found" }));
    await expect(set({}, orgOwner("gamma"))).rejects.toThrow(expect.objectContaining({ code: "auth.denied" }));
    await expect(
      house.run(setClientSettings, house.as(beta), { projectId: "other", applicationId, settings: {} }),
    ).rejects.toThrow(expect.objectContaining({ code: "application.not_found" }));
  });
});
