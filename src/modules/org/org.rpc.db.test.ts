import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { TextQueryMethod } from "@zitadel/proto/zitadel/object/v2/object_pb.js";
import { OrganizationState } from "@zitadel/proto/zitadel/org/v2/org_pb.js";
import {
  AddOrganizationRequestSchema,
  ListOrganizationsRequestSchema,
  type ListOrganizationsResponse,
  type OrganizationService,
} from "@zitadel/proto/zitadel/org/v2/org_service_pb.js";
import { OrganizationFieldName, type SearchQuerySchema } from "@zitadel/proto/zitadel/org/v2/query_pb.js";
import { beforeAll, expect, test } from "vitest";
import { openDirectory } from "../../../test/harness/directory.ts";
import { anonymous, instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases, testInstance } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import { userId } from "../../kernel/ids.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { administratorReader } from "../administrator/administrator.queries.ts";
import { humanUserOf } from "../user/human-user.rpc.ts";
import { deactivateOrganization } from "./deactivate-organization.ts";
import { orgReader } from "./org.queries.ts";
import { orgService } from "./org.rpc.ts";

type Query = MessageInitShape<typeof SearchQuerySchema>;

describeOnBothDatabases("zitadel.org.v2.OrganizationService", (open) => {
  let house: Awaited<ReturnType<typeof openDirectory>>;
  let methods: Required<RpcMethods<typeof OrganizationService>>;
  const root = instanceOwner();
  const callAs = (actor: Actor): Call => ({
    ctx: house.as(actor),
    orgHeader: null,
    publicUrl: "https://id.example.com",
    acceptLanguage: "",
  });
  const add = (init: MessageInitShape<typeof AddOrganizationRequestSchema>) =>
    methods.addOrganization(create(AddOrganizationRequestSchema, init), callAs(root));

  beforeAll(async () => {
    house = await openDirectory(open);
    const service = orgService({ run: house.run, orgs: orgReader({ db: house.db }), humanUserOf });
    // The map holds exactly the methods that the service declared under these names.
    methods = Object.fromEntries(service.methods) as unknown as typeof methods;
    await add({ orgId: "beta", name: "Beta GmbH" });
    await add({ orgId: "gamma", name: "gamma" });
    await house.run(deactivateOrganization, house.as(root), { orgId: "gamma" });
  });

  const list = async (actor: Actor, ...queries: Query[]): Promise<ListOrganizationsResponse> =>
    // The service answers the fields of this message.
    (await methods.listOrganizations(
      create(ListOrganizationsRequestSchema, {
        queries,
        sortingColumn: OrganizationFieldName.NAME,
        query: { asc: true },
      }),
      callAs(actor),
    )) as ListOrganizationsResponse;
  const names = async (actor: Actor, ...queries: Query[]) =>
    (await list(actor, ...queries)).result.map((one) => one.name);
  const name = (value: string, method: TextQueryMethod): Query => ({
    query: { case: "nameQuery", value: { name: value, method } },
  });
  const domain = (value: string, method: TextQueryMethod): Query => ({
    query: { case: "domainQuery", value: { domain: value, method } },
  });
  const { EQUALS, CONTAINS_IGNORE_CASE, STARTS_WITH } = TextQueryMethod;

  test.each<[string, Query[], string[]]>([
    ["nothing in particular", [], ["Acme", "Beta GmbH", "gamma"]],
    ["name", [name("Beta GmbH", EQUALS)], ["Beta GmbH"]],
    ["a part of the name", [name("GM", CONTAINS_IGNORE_CASE)], ["Beta GmbH"]],
    ["domain", [domain("beta-gmbh.id.example.com", EQUALS)], ["Beta GmbH"]],
    ["the start of a domain", [domain("gam", STARTS_WITH)], ["gamma"]],
    ["state", [{ query: { case: "stateQuery", value: { state: OrganizationState.INACTIVE } } }], ["gamma"]],
    ["a state that none is in", [{ query: { case: "stateQuery", value: { state: OrganizationState.REMOVED } } }], []],
    ["id", [{ query: { case: "idQuery", value: { id: "beta" } } }], ["Beta GmbH"]],
    ["being the default", [{ query: { case: "defaultQuery", value: {} } }], ["Acme"]],
    ["two things at once", [name("gamma", EQUALS), domain("beta", STARTS_WITH)], []],
  ])("finds by %s", async (_kind, queries, found) => {
    expect(await names(root, ...queries)).toEqual(found);
  });

  test("tells everything that is known of an organization", async () => {
    const [beta] = (await list(root, name("Beta GmbH", EQUALS))).result;
    expect(beta).toMatchObject({
      id: "beta",
      state: OrganizationState.ACTIVE,
      primaryDomain: "beta-gmbh.id.example.com",
      details: { sequence: 4n, resourceOwner: "beta" },
    });
  });

  test("shows each caller the organizations it may read; hidden ones do not count", async () => {
    const mine = await list(orgOwner("beta"));
    expect([mine.result.map((one) => one.id), mine.details?.totalResult]).toEqual([["beta"], 1n]);
    expect((await list(plainUser("bob", "beta"))).details?.totalResult).toBe(0n);
    await expect(list(anonymous)).rejects.toMatchObject({ code: "auth.missing" });
  });

  test("adds an organization with its administrators in one go", async () => {
    const answer = await add({
      name: "Delta",
      admins: [
        {
          userType: {
            case: "human",
            value: {
              userId: "dora",
              profile: { givenName: "Dora", familyName: "Delta" },
              email: { email: "dora@delta.example", verification: { case: "returnCode", value: {} } },
            },
          },
        },
      ],
    });
    expect(answer.createdAdmins).toEqual([{ userId: "dora", emailCode: "K7QX2P" }]);
    const held = await administratorReader({ db: house.db }).membershipsOf(house.as(root), userId.parse("dora"));
    expect(held).toEqual([{ level: "org", orgId: answer.organizationId, roles: ["ORG_OWNER"] }]);
  });

  test("names are unique without regard to case, and nothing is left of a refused organization", async () => {
    const half = {
      orgId: "half",
      name: "BETA gmbh",
      admins: [
        {
          userType: {
            case: "human" as const,
            value: { userId: "hal", profile: { givenName: "H", familyName: "H" }, email: { email: "h@h.example" } },
          },
        },
      ],
    };
    await expect(add(half)).rejects.toMatchObject({ code: "org.name_taken" });
    const users = await house.db
      .selectFrom("users")
      .select("user_id")
      .where("instance_id", "=", testInstance)
      .where("user_id", "=", "hal")
      .execute();
    expect(users).toEqual([]);
  });

  test("two names with the same domain label get different domains", async () => {
    await add({ name: "Same Label", orgId: "same-label-1" });
    await add({ name: "same-label", orgId: "same-label-2" });
    const found = (await list(root, name("same", TextQueryMethod.STARTS_WITH_IGNORE_CASE))).result;
    expect(new Set(found.map((one) => one.primaryDomain)).size).toBe(2);
  });
});
