import { createPrivateKey, createPublicKey, createSign, createVerify } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { APIAuthMethodType } from "@zitadel/proto/zitadel/app/v2beta/api_pb.js";
import { ApplicationKeysSorting, AppState } from "@zitadel/proto/zitadel/app/v2beta/app_pb.js";
import {
  type AppService,
  CreateApplicationKeyRequestSchema,
  type CreateApplicationKeyResponse,
  CreateApplicationRequestSchema,
  DeactivateApplicationRequestSchema,
  DeleteApplicationKeyRequestSchema,
  DeleteApplicationRequestSchema,
  GetApplicationKeyRequestSchema,
  GetApplicationRequestSchema,
  ListApplicationKeysRequestSchema,
  type ListApplicationKeysResponse,
  ReactivateApplicationRequestSchema,
  RegenerateClientSecretRequestSchema,
  UpdateApplicationRequestSchema,
} from "@zitadel/proto/zitadel/app/v2beta/app_service_pb.js";
import { OIDCAuthMethodType, OIDCTokenType } from "@zitadel/proto/zitadel/app/v2beta/oidc_pb.js";
import { beforeAll, expect, test } from "vitest";
import { openDirectory } from "../../../test/harness/directory.ts";
import { anonymous, instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import { clientId } from "../../kernel/ids.ts";
import { fromTimestamp, toTimestamp } from "../../kernel/time.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { addOrganization } from "../org/add-organization.ts";
import { createProject } from "../project/create-project.ts";
import { applicationReader } from "./application.queries.ts";
import { applicationService } from "./application.rpc.ts";
import { applicationKeyReader } from "./application-key.queries.ts";
import { clientReader } from "./client.queries.ts";

describeOnBothDatabases("changes of applications and their keys", (open) => {
  let house: Awaited<ReturnType<typeof openDirectory>>;
  let methods: RpcMethods<typeof AppService>;
  const root = instanceOwner();
  const beta = orgOwner("beta");
  const projectId = "shop";
  const callAs = (actor: Actor): Call => ({
    ctx: house.as(actor),
    orgHeader: null,
    publicUrl: "https://id.example.com",
    acceptLanguage: "",
  });
  const update = (init: MessageInitShape<typeof UpdateApplicationRequestSchema>) =>
    methods.updateApplication?.(create(UpdateApplicationRequestSchema, { projectId, ...init }), callAs(beta));
  const get = async (id: string) =>
    (await methods.getApplication?.(create(GetApplicationRequestSchema, { id }), callAs(root)))?.app;
  const clientOf = async (id: string) => {
    const config = (await get(id))?.config;
    const client = clientId.parse(
      config?.case === undefined || config.case === "samlConfig" ? "" : config.value?.clientId,
    );
    return clientReader({ db: house.db }).find(house.as(root).instanceId, client);
  };

  beforeAll(async () => {
    house = await openDirectory(open);
    const { run, db } = house;
    const service = applicationService({
      run,
      applications: applicationReader({ db }),
      applicationKeys: applicationKeyReader({ db }),
    });
    // The map holds the methods that the service declared under these names.
    methods = Object.fromEntries(service.methods) as unknown as typeof methods;
    for (const name of ["beta", "gamma"]) await run(addOrganization, house.as(root), { orgId: name, name });
    await run(createProject, house.as(root), { orgId: "beta", projectId, name: "Shop" });
    const oidc = {
      redirectUris: ["https://shop.example/cb"],
      postLogoutRedirectUris: ["https://shop.example/bye"],
      backChannelLogoutUri: "https://shop.example/logout",
    };
    const wanted = [
      { id: "web", creationRequestType: { case: "oidcRequest", value: oidc } },
      { id: "api", creationRequestType: { case: "apiRequest", value: {} } },
      {
        id: "keyed",
        creationRequestType: {
          case: "apiRequest",
          value: { authMethodType: APIAuthMethodType.API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT },
        },
      },
    ] as const;
    for (const one of wanted) {
      const request = create(CreateApplicationRequestSchema, { projectId, name: one.id, ...one });
      await methods.createApplication?.(request, callAs(beta));
    }
  });

  test("what is named changes, the rest stays", async () => {
    const value = {
      redirectUris: ["https://shop.example/new"],
      accessTokenType: OIDCTokenType.OIDC_TOKEN_TYPE_JWT,
      idTokenRoleAssertion: true,
      backChannelLogoutUri: "",
      clockSkew: { seconds: 2n, nanos: 0 },
    };
    await update({ id: "web", name: "Web 2", updateRequestType: { case: "oidcConfigurationRequest", value } });
    expect(await get("web")).toMatchObject({
      name: "Web 2",
      config: {
        case: "oidcConfig",
        value: {
          redirectUris: ["https://shop.example/new"],
          postLogoutRedirectUris: ["https://shop.example/bye"],
          accessTokenType: OIDCTokenType.OIDC_TOKEN_TYPE_JWT,
          authMethodType: OIDCAuthMethodType.OIDC_AUTH_METHOD_TYPE_BASIC,
          idTokenRoleAssertion: true,
          idTokenUserinfoAssertion: false,
          backChannelLogoutUri: "",
          clockSkew: { seconds: 2n },
        },
      },
    });
    const none = { authMethodType: OIDCAuthMethodType.OIDC_AUTH_METHOD_TYPE_NONE };
    await update({ id: "web", updateRequestType: { case: "oidcConfigurationRequest", value: none } });
    expect(await clientOf("web")).toMatchObject({ name: "Web 2", authMethod: "none" });
    const byKey = { authMethodType: APIAuthMethodType.API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT };
    await update({ id: "api", updateRequestType: { case: "apiConfigurationRequest", value: byKey } });
    expect((await clientOf("api"))?.authMethod).toBe("private_key_jwt");
    await update({ id: "api", updateRequestType: { case: "apiConfigurationRequest", value: {} } });
    expect((await clientOf("api"))?.authMethod).toBe("basic");
  });

  test("a name is unique in its project, also when it changes", async () => {
    await expect(update({ id: "api", name: "KEYED" })).rejects.toMatchObject({ code: "application.name_taken" });
    await update({ id: "api", name: "API" });
    const saml = { case: "samlConfigurationRequest", value: {} } as const;
    await expect(update({ id: "api", updateRequestType: saml })).rejects.toMatchObject({
      code: "feature.unimplemented",
    });
  });

  test("an application that is deactivated is no active client until it is reactivated", async () => {
    const named = { projectId, id: "api" };
    await methods.deactivateApplication?.(create(DeactivateApplicationRequestSchema, named), callAs(beta));
    expect([(await get("api"))?.state, (await clientOf("api"))?.isActive]).toEqual([AppState.INACTIVE, false]);
    await methods.reactivateApplication?.(create(ReactivateApplicationRequestSchema, named), callAs(beta));
    expect([(await get("api"))?.state, (await clientOf("api"))?.isActive]).toEqual([AppState.ACTIVE, true]);
  });

  test("a new secret is told once", async () => {
    const before = (await clientOf("api"))?.secretHash;
    const request = create(RegenerateClientSecretRequestSchema, { projectId, applicationId: "api" });
    const answer = await methods.regenerateClientSecret?.(request, callAs(beta));
    expect(answer?.clientSecret).toBe("client-secret");
    expect([typeof before, (await clientOf("api"))?.secretHash]).toEqual(["string", before]);
  });

  const addKey = async (expirationDate?: { seconds: bigint; nanos: number }) =>
    // The service answers the fields of this message; so do those below.
    (await methods.createApplicationKey?.(
      create(CreateApplicationKeyRequestSchema, {
        projectId,
        appId: "keyed",
        ...(expirationDate ? { expirationDate } : {}),
      }),
      callAs(beta),
    )) as CreateApplicationKeyResponse;
  const dropKey = (id: string) =>
    methods.deleteApplicationKey?.(
      create(DeleteApplicationKeyRequestSchema, { id, projectId, applicationId: "keyed" }),
      callAs(beta),
    );
  const listKeys = async (
    actor: Actor,
    resourceId: MessageInitShape<typeof ListApplicationKeysRequestSchema>["resourceId"] = { case: undefined },
    sortingColumn = ApplicationKeysSorting.APPLICATION_KEYS_SORT_BY_EXPIRATION,
  ) => {
    const request = create(ListApplicationKeysRequestSchema, { resourceId, sortingColumn, pagination: { asc: true } });
    const answer = (await methods.listApplicationKeys?.(request, callAs(actor))) as ListApplicationKeysResponse;
    return [answer.keys.map(({ id }) => id), Number(answer.pagination?.totalResult)];
  };

  test("what a key file signs, the public key that is kept verifies, while it lasts and only for its client", async () => {
    const soon = toTimestamp(fromTimestamp({ seconds: 4_000_000_000n, nanos: 0 }));
    const { id, keyDetails } = await addKey(soon);
    const file = JSON.parse(new TextDecoder().decode(keyDetails));
    const client = await clientOf("keyed");
    expect(file).toMatchObject({ type: "application", keyId: id, appId: "keyed", clientId: client?.clientId });
    const find = (of: string, now = house.as(root).now) =>
      applicationKeyReader({ db: house.db }).findClientKey(house.as(root).instanceId, clientId.parse(of), id, now);
    const jwk = await find(file.clientId);
    const signature = createSign("sha256").update("text").sign(createPrivateKey(file.key));
    const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
    expect(createVerify("sha256").update("text").verify(key, signature)).toBe(true);
    expect(await find("somebody-else")).toBeNull();
    expect(await find(file.clientId, fromTimestamp(soon))).toBeNull();
    await dropKey(id);
    expect(await find(file.clientId)).toBeNull();
  });

  test("keys are listed in every order, by who may read them, and got one by one", async () => {
    const forever = (await addKey()).id;
    const late = (await addKey({ seconds: 4_100_000_000n, nanos: 0 })).id;
    const early = (await addKey({ seconds: 4_000_000_000n, nanos: 0 })).id;
    const all = [early, late, forever];
    expect(await listKeys(beta)).toEqual([all, 3]);
    expect(await listKeys(root, { case: "projectId", value: projectId })).toEqual([all, 3]);
    expect(await listKeys(root, { case: "applicationId", value: "api" })).toEqual([[], 0]);
    expect(await listKeys(root, { case: "organizationId", value: "beta" })).toEqual([all, 3]);
    expect(await listKeys(orgOwner("gamma"))).toEqual([[], 0]);
    expect(await listKeys(plainUser("bob", "beta"))).toEqual([[], 0]);
    await expect(listKeys(anonymous)).rejects.toMatchObject({ code: "auth.missing" });
    for (const column of [0, 1, 2, 3, 4, 6]) {
      expect((await listKeys(beta, { case: undefined }, column))[1]).toBe(3);
    }
    const getKey = (actor: Actor, more: object = {}) =>
      methods.getApplicationKey?.(create(GetApplicationKeyRequestSchema, { id: late, ...more }), callAs(actor));
    expect(await getKey(beta)).toMatchObject({ id: late, expirationDate: { seconds: 4_100_000_000n } });
    const refusal = { code: "application.key_not_found" };
    await expect(getKey(beta, { applicationId: "api" })).rejects.toMatchObject(refusal);
    await expect(getKey(orgOwner("gamma"))).rejects.toMatchObject(refusal);
    await dropKey(late);
    await expect(dropKey(late)).rejects.toMatchObject(refusal);
    expect(await listKeys(beta)).toEqual([[early, forever], 2]);
  });

  test("with an application its keys are gone, and its name is free", async () => {
    const removing = create(DeleteApplicationRequestSchema, { projectId, id: "keyed" });
    await methods.deleteApplication?.(removing, callAs(root));
    await expect(get("keyed")).rejects.toMatchObject({ code: "application.not_found" });
    expect(await listKeys(root)).toEqual([[], 0]);
    await update({ id: "api", name: "Keyed" });
  });
});
