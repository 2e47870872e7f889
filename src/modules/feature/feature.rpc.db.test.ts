import { create } from "@bufbuild/protobuf";
import { Source } from "@zitadel/proto/zitadel/feature/v2/feature_pb.js";
import type { FeatureService } from "@zitadel/proto/zitadel/feature/v2/feature_service_pb.js";
import {
  GetInstanceFeaturesRequestSchema,
  type GetInstanceFeaturesResponse,
} from "@zitadel/proto/zitadel/feature/v2/instance_pb.js";
import { GetOrganizationFeaturesRequestSchema } from "@zitadel/proto/zitadel/feature/v2/organization_pb.js";
import { GetSystemFeaturesRequestSchema } from "@zitadel/proto/zitadel/feature/v2/system_pb.js";
import { GetUserFeaturesRequestSchema } from "@zitadel/proto/zitadel/feature/v2/user_pb.js";
import { expect, test } from "vitest";
import { openDirectory } from "../../../test/harness/directory.ts";
import { anonymous, instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { orgReader } from "../org/org.queries.ts";
import { addMachineUser } from "../user/add-machine-user.ts";
import { userReader } from "../user/user.queries.ts";
import { featureService } from "./feature.rpc.ts";

describeOnBothDatabases("zitadel.feature.v2", (open) => {
  const openFeatures = async () => {
    const house = await openDirectory(open);
    const { db } = house;
    // The map holds exactly the methods that the service declared under these names.
    const rpc = Object.fromEntries(
      featureService({ orgs: orgReader({ db }), users: userReader({ db }) }).methods,
    ) as unknown as Required<RpcMethods<typeof FeatureService>>;
    const callAs = (actor: Actor): Call => ({
      ctx: house.as(actor),
      orgHeader: null,
      publicUrl: "https://id.example.com",
      acceptLanguage: "",
    });
    return { ...house, rpc, callAs };
  };

  test("everybody who is signed in may know how the system and the instance behave", async () => {
    const { rpc, callAs } = await openFeatures();
    const asBob = callAs(plainUser("bob"));
    await rpc.getSystemFeatures(create(GetSystemFeaturesRequestSchema), asBob);
    // The service answers with fields of this message.
    const found = (await rpc.getInstanceFeatures(
      create(GetInstanceFeaturesRequestSchema),
      asBob,
    )) as GetInstanceFeaturesResponse;
    expect(found.permissionCheckV2).toEqual({ enabled: true, source: Source.SYSTEM });
    for (const ask of [
      () => rpc.getSystemFeatures(create(GetSystemFeaturesRequestSchema), callAs(anonymous)),
      () => rpc.getInstanceFeatures(create(GetInstanceFeaturesRequestSchema), callAs(anonymous)),
    ]) {
      await expect(ask()).rejects.toMatchObject({ code: "auth.missing" });
    }
  });

  test("an organization's features are its members' and managers', a user's its own and its managers'", async () => {
    const { rpc, callAs, run, as, setUp } = await openFeatures();
    const organizationId = setUp.orgId;
    const ofOrg = (actor: Actor, id = organizationId) =>
      rpc.getOrganizationFeatures(create(GetOrganizationFeaturesRequestSchema, { organizationId: id }), callAs(actor));
    await ofOrg(plainUser("bob", organizationId));
    await ofOrg(orgOwner(organizationId));
    await ofOrg(instanceOwner());
    await expect(ofOrg(plainUser("bob", "other"))).rejects.toMatchObject({ code: "auth.denied" });
    await expect(ofOrg(orgOwner("other"))).rejects.toMatchObject({ code: "auth.denied" });
    await expect(ofOrg(instanceOwner(), "nowhere" as typeof organizationId)).rejects.toMatchObject({
      code: "org.not_found",
    });

    await run(addMachineUser, as(instanceOwner()), {
      orgId: organizationId,
      userId: "bob",
      userName: "bob",
      name: "Bob",
    });
    const ofBob = (actor: Actor) =>
      rpc.getUserFeatures(create(GetUserFeaturesRequestSchema, { userId: "bob" }), callAs(actor));
    await ofBob(plainUser("bob", organizationId));
    await ofBob(orgOwner(organizationId));
    await expect(ofBob(plainUser("eve", organizationId))).rejects.toMatchObject({ code: "user.not_found" });
    await expect(ofBob(orgOwner("other"))).rejects.toMatchObject({ code: "user.not_found" });
  });
});
