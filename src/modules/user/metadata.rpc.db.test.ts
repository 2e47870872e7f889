import { create } from "@bufbuild/protobuf";
import { TextFilterMethod } from "@zitadel/proto/zitadel/filter/v2/filter_pb.js";
import {
  DeleteUserMetadataRequestSchema,
  ListUserMetadataRequestSchema,
  type ListUserMetadataResponse,
  SetUserMetadataRequestSchema,
} from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anonymous, instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import { openUserService } from "../../../test/harness/user-service.ts";
import type { Actor } from "../../kernel/actor.ts";
import { limits } from "../../kernel/limits.ts";

describeOnBothDatabases("metadata by zitadel.user.v2.UserService", (open) => {
  let service: Awaited<ReturnType<typeof openUserService>>;
  const root = instanceOwner();
  beforeAll(async () => {
    service = await openUserService(open);
    await service.addPerson("beta", "ada");
  });
  afterAll(() => service.expectTrueTables());

  const set = (...metadata: { key: string; value: Uint8Array }[]) =>
    service.methods.setUserMetadata(
      create(SetUserMetadataRequestSchema, { userId: "ada", metadata }),
      service.callAs(root),
    );
  type Search = {
    readonly pagination?: { asc: boolean; offset?: bigint; limit?: number };
    readonly filters?: ReturnType<typeof byKey>["filters"];
  };
  const list = async (by: Actor, request: Search = {}) => {
    const message = create(ListUserMetadataRequestSchema, { userId: "ada", pagination: { asc: true }, ...request });
    // The service answers the fields of this message.
    return (await service.methods.listUserMetadata(message, service.callAs(by))) as ListUserMetadataResponse;
  };
  const keys = async (...request: Parameters<typeof list>) => (await list(...request)).metadata.map(({ key }) => key);
  const byKey = (key: string, method: TextFilterMethod) => ({
    filters: [{ filter: { case: "keyFilter" as const, value: { key, method } } }],
  });

  test("entries are written over, listed by key, filtered and paged, and removed", async () => {
    const bytes = new Uint8Array([0, 255, 10]);
    await set({ key: "team", value: bytes }, { key: "Ärea", value: bytes }, { key: "cost%", value: bytes });
    await set({ key: "team", value: new Uint8Array([1]) });
    const all = await list(root);
    expect(all.metadata.map(({ key, value }) => [key, [...value]])).toEqual([
      ["cost%", [0, 255, 10]],
      ["team", [1]],
      ["Ärea", [0, 255, 10]],
    ]);
    expect(all.pagination?.totalResult).toBe(3n);
    expect(await keys(root, byKey("ÄR", TextFilterMethod.STARTS_WITH_IGNORE_CASE))).toEqual(["Ärea"]);
    expect(await keys(root, byKey("ärea", TextFilterMethod.EQUALS_IGNORE_CASE))).toEqual(["Ärea"]);
    expect(await keys(root, byKey("ea", TextFilterMethod.CONTAINS))).toEqual(["team", "Ärea"]);
    expect(await keys(root, byKey("%", TextFilterMethod.ENDS_WITH))).toEqual(["cost%"]);
    expect(await keys(root, byKey("TEAM", TextFilterMethod.EQUALS))).toEqual([]);
    const second = await list(root, { pagination: { asc: true, offset: 1n, limit: 1 } });
    expect([second.metadata.map(({ key }) => key), second.pagination?.totalResult]).toEqual([["team"], 3n]);
    expect(await keys(root, { pagination: { asc: false } })).toEqual(["Ärea", "team", "cost%"]);

    const remove = create(DeleteUserMetadataRequestSchema, { userId: "ada", keys: ["team", "gone"] });
    await service.methods.deleteUserMetadata(remove, service.callAs(root));
    expect(await keys(root)).toEqual(["cost%", "Ärea"]);
  });

  test("users read their own; whom a user is hidden from learns nothing", async () => {
    expect(await keys(plainUser("ada", "beta"))).toEqual(["cost%", "Ärea"]);
    expect(await keys(orgOwner("beta"))).toHaveLength(2);
    await expect(list(orgOwner("gamma"))).rejects.toMatchObject({ code: "user.not_found" });
    await expect(list(plainUser("bob", "beta"))).rejects.toMatchObject({ code: "user.not_found" });
    await expect(list(anonymous)).rejects.toMatchObject({ code: "auth.missing" });
  });

  test("the number of a user's entries is bounded over all requests", async () => {
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ key: `k${from + index}`, value: new Uint8Array([1]) }));
    await set(...many(0, limits.metadataEntries - 2));
    await expect(set(...many(100, 1))).rejects.toMatchObject({ code: "user.metadata_full" });
    await set(...many(0, 2));
  });
});
