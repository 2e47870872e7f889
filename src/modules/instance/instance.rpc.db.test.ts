import { create } from "@bufbuild/protobuf";
import { DomainFieldName, State, TrustedDomainFieldName } from "@zitadel/proto/zitadel/instance/v2beta/instance_pb.js";
import {
  AddCustomDomainRequestSchema,
  AddTrustedDomainRequestSchema,
  GetInstanceRequestSchema,
  type GetInstanceResponse,
  type InstanceService,
  ListCustomDomainsRequestSchema,
  type ListCustomDomainsResponse,
  ListTrustedDomainsRequestSchema,
  type ListTrustedDomainsResponse,
  RemoveCustomDomainRequestSchema,
  RemoveTrustedDomainRequestSchema,
  UpdateInstanceRequestSchema,
} from "@zitadel/proto/zitadel/instance/v2beta/instance_service_pb.js";
import { TextQueryMethod } from "@zitadel/proto/zitadel/object/v2/object_pb.js";
import { expect, test } from "vitest";
import { openDirectory } from "../../../test/harness/directory.ts";
import { anonymous, instanceOwner, orgOwner, setupActor } from "../../../test/harness/given.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { instanceReader } from "./instance.queries.ts";
import { instanceService } from "./instance.rpc.ts";
import { instanceDetailsReader } from "./instance-details.queries.ts";

describeOnBothDatabases("zitadel.instance.v2beta", (open) => {
  const openInstance = async () => {
    const house = await openDirectory(open);
    const { run, db } = house;
    // The map holds exactly the methods that the service declared under these names.
    const rpc = Object.fromEntries(
      instanceService({ run, instances: instanceDetailsReader({ db }) }).methods,
    ) as unknown as Required<RpcMethods<typeof InstanceService>>;
    const callAs = (actor: Actor = instanceOwner()): Call => ({
      ctx: house.as(actor),
      orgHeader: null,
      publicUrl: "https://id.example.com",
      acceptLanguage: "",
    });
    const id = { instanceId: house.instanceId };
    const get = async () =>
      ((await rpc.getInstance(create(GetInstanceRequestSchema, id), callAs())) as GetInstanceResponse).instance;
    return { ...house, rpc, callAs, id, get };
  };

  test("the instance is read with its hosts, and renamed", async () => {
    const { rpc, callAs, id, get, instanceId } = await openInstance();
    expect(await get()).toMatchObject({
      id: instanceId,
      name: "Test",
      state: State.RUNNING,
      domains: [{ instanceId, domain: "id.example.com", primary: true }],
    });
    await rpc.updateInstance(create(UpdateInstanceRequestSchema, { ...id, instanceName: "Castle" }), callAs());
    expect((await get())?.name).toBe("Castle");
  });

  test("hosts are added and taken away by the system, found, sorted and paged", async () => {
    const { rpc, callAs, id, db } = await openInstance();
    const bySystem = callAs(setupActor);
    const add = (domain: string) =>
      rpc.addCustomDomain(create(AddCustomDomainRequestSchema, { ...id, domain }), bySystem);
    await add("A.example.com");
    await add("b.example.org");
    await expect(
      rpc.addCustomDomain(create(AddCustomDomainRequestSchema, { ...id, domain: "c.example.com" }), callAs()),
    ).rejects.toMatchObject({ code: "auth.denied" });
    const list = async (init: Parameters<typeof create<typeof ListCustomDomainsRequestSchema>>[1] = {}) => {
      const found = (await rpc.listCustomDomains(
        create(ListCustomDomainsRequestSchema, { ...id, ...init } as never),
        callAs(),
      )) as ListCustomDomainsResponse;
      return { total: found.pagination?.totalResult, domains: found.domains.map(({ domain }) => domain) };
    };
    const sortingColumn = DomainFieldName.DOMAIN;
    expect(await list({ sortingColumn, pagination: { asc: true, limit: 2 } })).toEqual({
      total: 3n,
      domains: ["a.example.com", "b.example.org"],
    });
    const like = { domain: ".EXAMPLE.com", method: TextQueryMethod.ENDS_WITH_IGNORE_CASE };
    expect(await list({ sortingColumn, queries: [{ query: { case: "domainQuery", value: like } }] })).toEqual({
      total: 2n,
      domains: ["id.example.com", "a.example.com"],
    });
    expect((await list({ queries: [{ query: { case: "primaryQuery", value: { primary: true } } }] })).domains).toEqual([
      "id.example.com",
    ]);
    expect((await list({ queries: [{ query: { case: "generatedQuery", value: { generated: true } } }] })).total).toBe(
      0n,
    );

    const remove = (domain: string) =>
      rpc.removeCustomDomain(create(RemoveCustomDomainRequestSchema, { ...id, domain }), bySystem);
    expect((await remove("a.example.com")).deletionDate).toBeDefined();
    expect((await remove("a.example.com")).deletionDate).toBeUndefined();
    expect(await instanceReader({ db }).instanceByHost("a.example.com")).toBeNull();
    await expect(remove("id.example.com")).rejects.toMatchObject({ code: "instance.domain_primary" });
  });

  test("trusted hosts are listed, and the instance does not answer under them", async () => {
    const { rpc, callAs, id, db } = await openInstance();
    for (const domain of ["ui.example.com", "admin.example.com"]) {
      await rpc.addTrustedDomain(create(AddTrustedDomainRequestSchema, { ...id, domain }), callAs());
    }
    const list = async (queries: { domain: string; method: TextQueryMethod }[] = []) =>
      (
        (await rpc.listTrustedDomains(
          create(ListTrustedDomainsRequestSchema, {
            ...id,
            sortingColumn: TrustedDomainFieldName.DOMAIN,
            pagination: { asc: true },
            queries: queries.map((value) => ({ query: { case: "domainQuery" as const, value } })),
          }),
          callAs(),
        )) as ListTrustedDomainsResponse
      ).trustedDomain.map(({ domain }) => domain);
    expect(await list()).toEqual(["admin.example.com", "ui.example.com"]);
    expect(await list([{ domain: "ui", method: TextQueryMethod.STARTS_WITH }])).toEqual(["ui.example.com"]);
    expect(await instanceReader({ db }).instanceByHost("ui.example.com")).toBeNull();
    await rpc.removeTrustedDomain(
      create(RemoveTrustedDomainRequestSchema, { ...id, domain: "ui.example.com" }),
      callAs(),
    );
    expect(await list()).toEqual(["admin.example.com"]);
  });

  test("403: the instance is read and changed by who may, and another one is as unknown as none", async () => {
    const { rpc, callAs, id } = await openInstance();
    const read = (call: Call, of: { instanceId: string } = id) =>
      rpc.getInstance(create(GetInstanceRequestSchema, of), call);
    await expect(read(callAs(orgOwner("acme")))).rejects.toMatchObject({ code: "auth.denied" });
    await expect(read(callAs(anonymous))).rejects.toMatchObject({ code: "auth.missing" });
    await expect(read(callAs(), { instanceId: "222222222222222222" })).rejects.toMatchObject({ code: "auth.denied" });
    await expect(
      rpc.listTrustedDomains(create(ListTrustedDomainsRequestSchema, id), callAs(orgOwner("acme"))),
    ).rejects.toMatchObject({ code: "auth.denied" });
  });
});
