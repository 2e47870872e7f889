import { create } from "@bufbuild/protobuf";
import type { User } from "@zitadel/proto/zitadel/user/v2/user_pb.js";
import {
  AddHumanUserRequestSchema,
  CreateUserRequestSchema,
  GetUserByIDRequestSchema,
  type UserService,
} from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { expect } from "vitest";
import { migrations } from "../../migrations/index.ts";
import type { Actor } from "../../src/kernel/actor.ts";
import { addOrganization } from "../../src/modules/org/add-organization.ts";
import { orgReader } from "../../src/modules/org/org.queries.ts";
import { credentialReader } from "../../src/modules/user/credential.queries.ts";
import { metadataReader } from "../../src/modules/user/metadata.queries.ts";
import { userReader } from "../../src/modules/user/user.queries.ts";
import { userService } from "../../src/modules/user/user.rpc.ts";
import { parts, projectionTables } from "../../src/parts.ts";
import type { Call, RpcMethods } from "../../src/platform/http/rpc.ts";
import { verifyProjections } from "../../src/platform/projections/verify.ts";
import { openDirectory } from "./directory.ts";
import { instanceOwner } from "./given.ts";
import { type OpenStore, wallClock } from "./store.ts";

/** zitadel.user.v2.UserService on a fresh store, with the organizations "beta" and "gamma". */
export const openUserService = async (open: OpenStore) => {
  const house = await openDirectory(open);
  const { run, db } = house;
  const service = userService({
    run,
    users: userReader({ db }),
    orgs: orgReader({ db }),
    credentials: credentialReader({ db }),
    metadata: metadataReader({ db }),
  });
  // The map holds exactly the methods that the service declared under these names.
  const methods = Object.fromEntries(service.methods) as unknown as Required<RpcMethods<typeof UserService>>;
  const callAs = (actor: Actor): Call => ({
    ctx: house.as(actor),
    orgHeader: null,
    publicUrl: "https://id.example.com",
    acceptLanguage: "",
  });
  const root = callAs(instanceOwner());
  for (const name of ["beta", "gamma"]) await run(addOrganization, root.ctx, { orgId: name, name });
  return {
    ...house,
    methods,
    callAs,
    addPerson: (orgId: string, userId: string, username = userId) =>
      methods.addHumanUser(
        create(AddHumanUserRequestSchema, {
          userId,
          username,
          organization: { org: { case: "orgId", value: orgId } },
          profile: { givenName: "Ada", familyName: "Lovelace" },
          email: { email: `${userId}@beta.example` },
          phone: { phone: "+4912345" },
          passwordType: { case: "password", value: { password: "Passw0rd!" } },
        }),
        callAs(instanceOwner()),
      ),
    addRobot: (organizationId: string, userId: string) =>
      methods.createUser(
        create(CreateUserRequestSchema, {
          organizationId,
          userId,
          userType: { case: "machine", value: { name: userId } },
        }),
        callAs(instanceOwner()),
      ),
    /** the user as GetUserByID shows it */
    shown: async (userId: string): Promise<User> => {
      const request = create(GetUserByIDRequestSchema, { userId });
      // The service answers the fields of this message.
      return (await methods.getUserByID(request, callAs(instanceOwner()))).user as User;
    },
    /** every read table is what the log says */
    expectTrueTables: async () => {
      const { database, sealer } = house;
      const tables = projectionTables;
      const now = wallClock();
      expect(await verifyProjections({ database, parts, sealer, migrations, tables, now })).toEqual([]);
    },
  };
};
