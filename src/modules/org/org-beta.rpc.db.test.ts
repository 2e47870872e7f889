import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { TextQueryMethod } from "@zitadel/proto/zitadel/object/v2beta/object_pb.js";
import {
  type OrganizationSearchFilterSchema,
  OrgFieldName,
  OrgState,
} from "@zitadel/proto/zitadel/org/v2beta/org_pb.js";
import {
  ActivateOrganizationRequestSchema,
  AddOrganizationDomainRequestSchema,
  CreateOrganizationRequestSchema,
  type CreateOrganizationResponse,
  DeactivateOrganizationRequestSchema,
  DeleteOrganizationDomainRequestSchema,
  DeleteOrganizationMetadataRequestSchema,
  DeleteOrganizationRequestSchema,
  ListOrganizationDomainsRequestSchema,
  type ListOrganizationDomainsResponse,
  ListOrganizationMetadataRequestSchema,
  type ListOrganizationMetadataResponse,
  ListOrganizationsRequestSchema,
  type ListOrganizationsResponse,
  type OrganizationService,
  SetOrganizationMetadataRequestSchema,
  UpdateOrganizationRequestSchema,
} from "@zitadel/proto/zitadel/org/v2beta/org_service_pb.js";
import { beforeAll, expect, test } from "vitest";
import { openDirectory } from "../../../test/harness/directory.ts";
import { anonymous, instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { humanUserOf } from "../user/human-user.rpc.ts";
import { orgReader } from "./org.queries.ts";
import { orgBetaService } from "./org-beta.rpc.ts";
import { orgDetailReader } from "./org-detail.queries.ts";

type Filter = MessageInitShape<typeof OrganizationSearchFilterSchema>;

describeOnBothDatabases("zitadel.org.v2beta.OrganizationService", (open) => {
  let house: Awaited<ReturnType<typeof openDirectory>>;
  let methods: RpcMethods<typeof OrganizationService>;
  const root = instanceOwner();
  const callAs = (actor: Actor): Call => ({
    ctx: house.as(actor),
    orgHeader: null,
    publicUrl: "https://id.example.com",
    acceptLanguage: "",
  });
  const add = (init: MessageInitShape<typeof CreateOrganizationRequestSchema>) =>
    // The service answers the fields of this message; so do those below.
    methods.createOrganization?.(
      create(CreateOrganizationRequestSchema, init),
      callAs(root),
    ) as Promise<CreateOrganizationResponse>;

  beforeAll(async () => {
    house = await openDirectory(open);
    const { run, db } = house;
    const service = orgBetaService({ run, orgs: orgReader({ db }), orgDetails: orgDetailReader({ db }), humanUserOf });
    // The map holds the methods that the service declared under these names.
    methods = Object.fromEntries(service.methods) as unknown as typeof methods;
    for (const id of ["beta", "gamma"]) await add({ id, name: id });
  });

  const list = async (actor: Actor, ...filter: Filter[]) => {
    const request = create(ListOrganizationsRequestSchema, {
      filter,
      sortingColumn: OrgFieldName.NAME,
      pagination: { asc: true },
    });
    const answer = (await methods.listOrganizations?.(request, callAs(actor))) as ListOrganizationsResponse;
    return [answer.organizations.map(({ name }) => name), Number(answer.pagination?.totalResult)];
  };
  const domains = async (actor: Actor, organizationId: string, name = "") => {
    const filters = [
      { filter: { case: "domainNameFilter" as const, value: { name, method: TextQueryMethod.CONTAINS } } },
    ];
    const request = create(ListOrganizationDomainsRequestSchema, {
      organizationId,
      filters,
      pagination: { asc: true },
    });
    return (await methods.listOrganizationDomains?.(request, callAs(actor))) as ListOrganizationDomainsResponse;
  };
  const metadata = async (actor: Actor, organizationId: string, key = "") => {
    const filter = [{ query: { case: "keyQuery" as const, value: { key, method: TextQueryMethod.STARTS_WITH } } }];
    const request = create(ListOrganizationMetadataRequestSchema, {
      organizationId,
      filter,
      pagination: { asc: true },
    });
    return (await methods.listOrganizationMetadata?.(request, callAs(actor))) as ListOrganizationMetadataResponse;
  };

  test("creates an organization with administrators that exist and new ones, told apart", async () => {
    const human = {
      userId: "dora",
      profile: { givenName: "Dora", familyName: "Delta" },
      email: { email: "dora@delta.example", verification: { case: "returnCode" as const, value: {} } },
      metadata: [{ key: "team", value: new TextEncoder().encode("core") }],
    };
    await add({ name: "Delta", id: "delta", admins: [{ userType: { case: "human", value: human } }] });
    const answer = await add({
      name: "Epsilon",
      admins: [
        { userType: { case: "human", value: { ...human, userId: "eve", email: { email: "eve@e.example" } } } },
        { userType: { case: "userId", value: "dora" } },
      ],
    });
    expect(answer.organizationAdmins.map((one) => one.OrganizationAdmin)).toMatchObject([
      { case: "createdAdmin", value: { userId: "eve" } },
      { case: "assignedAdmin", value: { userId: "dora" } },
    ]);
    const dora = await house.db
      .selectFrom("users")
      .select(["given_name", "org_id"])
      .where("instance_id", "=", house.as(root).instanceId)
      .where("user_id", "=", "dora")
      .execute();
    expect(dora).toEqual([{ given_name: "Dora", org_id: "delta" }]);
    for (const id of ["delta", answer.id]) {
      await methods.deleteOrganization?.(create(DeleteOrganizationRequestSchema, { id }), callAs(root));
    }
  });

  test("organizations are found by every kind of filter, by who may read them", async () => {
    const named = { name: "BETA", method: TextQueryMethod.EQUALS_IGNORE_CASE };
    const inDomain = { domain: "gamma.id", method: TextQueryMethod.STARTS_WITH };
    expect(await list(root)).toEqual([["Acme", "beta", "gamma"], 3]);
    expect(await list(root, { filter: { case: "nameFilter", value: named } })).toEqual([["beta"], 1]);
    expect(await list(root, { filter: { case: "domainFilter", value: inDomain } })).toEqual([["gamma"], 1]);
    expect(await list(root, { filter: { case: "idFilter", value: { id: "beta" } } })).toEqual([["beta"], 1]);
    const inactive = { filter: { case: "stateFilter", value: { state: OrgState.INACTIVE } } } as const;
    expect(await list(root, inactive)).toEqual([[], 0]);
    await methods.deactivateOrganization?.(create(DeactivateOrganizationRequestSchema, { id: "gamma" }), callAs(root));
    expect(await list(root, inactive)).toEqual([["gamma"], 1]);
    await methods.activateOrganization?.(create(ActivateOrganizationRequestSchema, { id: "gamma" }), callAs(root));
    expect(await list(root, inactive)).toEqual([[], 0]);
    expect(await list(orgOwner("beta"))).toEqual([["beta"], 1]);
    expect(await list(plainUser("bob", "beta"))).toEqual([[], 0]);
    await expect(list(anonymous)).rejects.toMatchObject({ code: "auth.missing" });
  });

  test("domains are added once in the instance, listed, found and removed", async () => {
    const domain = (organizationId: string, name: string) => ({ organizationId, domain: name });
    const adding = (organizationId: string, name: string) =>
      methods.addOrganizationDomain?.(
        create(AddOrganizationDomainRequestSchema, domain(organizationId, name)),
        callAs(orgOwner(organizationId)),
      );
    await adding("beta", "Beta.example");
    await expect(adding("gamma", "beta.example")).rejects.toMatchObject({ code: "org.domain_taken" });
    expect((await domains(orgOwner("beta"), "beta")).domains).toMatchObject([
      { organizationId: "beta", domainName: "beta.example", isVerified: true, isPrimary: false },
      { organizationId: "beta", domainName: "beta.id.example.com", isVerified: true, isPrimary: true },
    ]);
    const found = await domains(root, "beta", "id.example");
    expect([found.domains.map(({ domainName }) => domainName), found.pagination?.totalResult]).toEqual([
      ["beta.id.example.com"],
      1n,
    ]);
    await expect(domains(orgOwner("gamma"), "beta")).rejects.toMatchObject({ code: "auth.denied" });
    const removing = create(DeleteOrganizationDomainRequestSchema, domain("beta", "beta.example"));
    await methods.deleteOrganizationDomain?.(removing, callAs(orgOwner("beta")));
    await adding("gamma", "beta.example");
    expect((await domains(root, "beta")).domains).toHaveLength(1);
  });

  test("metadata is set anew and again, listed, found and deleted", async () => {
    const text = (value: string) => new TextEncoder().encode(value);
    const set = (...entries: [string, string][]) =>
      methods.setOrganizationMetadata?.(
        create(SetOrganizationMetadataRequestSchema, {
          organizationId: "beta",
          metadata: entries.map(([key, value]) => ({ key, value: text(value) })),
        }),
        callAs(orgOwner("beta")),
      );
    const drop = (...keys: string[]) =>
      methods.deleteOrganizationMetadata?.(
        create(DeleteOrganizationMetadataRequestSchema, { organizationId: "beta", keys }),
        callAs(orgOwner("beta")),
      );
    await set(["plan", "gold"], ["region", "eu"], ["empty", ""]);
    await set(["plan", "silver"]);
    const read = async (key = "") =>
      (await metadata(orgOwner("beta"), "beta", key)).metadata.map((one) => [
        one.key,
        new TextDecoder().decode(one.value),
      ]);
    expect(await read()).toEqual([
      ["empty", ""],
      ["plan", "silver"],
      ["region", "eu"],
    ]);
    expect(await read("p")).toEqual([["plan", "silver"]]);
    await expect(drop("plan", "nothing")).rejects.toMatchObject({ code: "org.metadata_not_found" });
    await drop("plan", "empty");
    expect(await read()).toEqual([["region", "eu"]]);
    await set(["plan", "again"]);
    expect((await metadata(root, "beta")).pagination?.totalResult).toBe(2n);
    await expect(metadata(orgOwner("gamma"), "beta")).rejects.toMatchObject({ code: "auth.denied" });
    await expect(metadata(plainUser("bob", "beta"), "beta")).rejects.toMatchObject({ code: "auth.denied" });
  });

  test("a name is taken until its organization has another one or is removed", async () => {
    const rename = (id: string, name: string) =>
      methods.updateOrganization?.(create(UpdateOrganizationRequestSchema, { id, name }), callAs(root));
    await expect(rename("gamma", "BETA")).rejects.toMatchObject({ code: "org.name_taken" });
    await rename("beta", "Zeta");
    await rename("gamma", "beta");
    expect((await domains(root, "gamma")).domains.map(({ domainName }) => domainName)).toContain("beta.id.example.com");
    await methods.deleteOrganization?.(create(DeleteOrganizationRequestSchema, { id: "gamma" }), callAs(root));
    await rename("beta", "beta");
    expect(await list(root)).toEqual([["Acme", "beta"], 2]);
    expect((await domains(root, "gamma")).domains).toEqual([]);
    expect((await metadata(root, "gamma")).metadata).toEqual([]);
  });

  test("the organization that owns the instance's own project stays", async () => {
    const { orgId } = house.setUp;
    const removing = create(DeleteOrganizationRequestSchema, { id: orgId });
    await expect(methods.deleteOrganization?.(removing, callAs(root))).rejects.toMatchObject({ code: "org.own" });
  });
});
