import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { TimestampFilterMethod } from "@zitadel/proto/zitadel/filter/v2/filter_pb.js";
import { KeyFieldName } from "@zitadel/proto/zitadel/user/v2/key_pb.js";
import {
  AddKeyRequestSchema,
  AddPersonalAccessTokenRequestSchema,
  AddSecretRequestSchema,
  DeleteUserRequestSchema,
  ListKeysRequestSchema,
  type ListKeysResponse,
  ListPersonalAccessTokensRequestSchema,
  type ListPersonalAccessTokensResponse,
  RemoveKeyRequestSchema,
  RemovePersonalAccessTokenRequestSchema,
  RemoveSecretRequestSchema,
} from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testFacts } from "../../../test/harness/directory.ts";
import { anonymous, instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import { openUserService } from "../../../test/harness/user-service.ts";
import type { Actor } from "../../kernel/actor.ts";
import { userId, userKeyId } from "../../kernel/ids.ts";
import { addSeconds, toTimestamp } from "../../kernel/time.ts";

describeOnBothDatabases("credentials by zitadel.user.v2.UserService", (open) => {
  let service: Awaited<ReturnType<typeof openUserService>>;
  const root = instanceOwner();
  beforeAll(async () => {
    service = await openUserService(open);
    await service.addRobot("beta", "robot-b");
    await service.addRobot("gamma", "robot-g");
  });
  afterAll(() => service.expectTrueTables());

  const keysOf = async (actor: Actor, request: MessageInitShape<typeof ListKeysRequestSchema> = {}) => {
    const answer = await service.methods.listKeys(create(ListKeysRequestSchema, request), service.callAs(actor));
    const { result, pagination } = answer as ListKeysResponse;
    return { ids: result.map(({ id }) => id), total: pagination?.totalResult, rows: result };
  };

  test("keys: generated and own ones, listed to who may read their users, gone when removed", async () => {
    const { now } = service.as(root);
    const add = (userId: string, seconds: number | null, publicKey: Uint8Array = new Uint8Array()) =>
      service.methods.addKey(
        create(AddKeyRequestSchema, {
          userId,
          publicKey,
          ...(seconds === null ? {} : { expirationDate: toTimestamp(addSeconds(now, seconds)) }),
        }),
        service.callAs(root),
      );
    const generated = await add("robot-b", 600);
    const file = JSON.parse(new TextDecoder().decode(generated.keyContent as Uint8Array));
    expect(file).toMatchObject({ type: "serviceaccount", keyId: generated.keyId, userId: "robot-b" });
    const { db } = service;
    const stored = await db
      .selectFrom("user_keys")
      .select("public_jwk")
      .where("instance_id", "=", service.instanceId)
      .where("key_id", "=", userKeyId.parse(generated.keyId))
      .executeTakeFirstOrThrow();
    expect(JSON.parse(stored.public_jwk)).toEqual(createPublicKey(file.key).export({ format: "jwk" }));

    const pem = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" });
    const own = await add("robot-b", 60, new TextEncoder().encode(String(pem)));
    expect(own.keyContent).toBeUndefined();
    const other = await add("robot-g", null);
    const [a, b, c] = [generated.keyId ?? "", own.keyId ?? "", other.keyId ?? ""];

    expect((await keysOf(root)).ids).toEqual([c, b, a]);
    expect(await keysOf(orgOwner("beta"))).toMatchObject({ ids: [b, a], total: 2n });
    expect(await keysOf(plainUser("robot-g", "gamma"))).toMatchObject({ ids: [c], total: 1n });
    expect(await keysOf(plainUser("ada", "beta"))).toMatchObject({ ids: [], total: 0n });
    await expect(keysOf(anonymous)).rejects.toMatchObject({ code: "auth.missing" });

    const sorted = { sortingColumn: KeyFieldName.KEY_EXPIRATION_DATE, pagination: { asc: true } };
    expect((await keysOf(root, sorted)).ids).toEqual([b, a, c]);
    const byUser = { filters: [{ filter: { case: "userIdFilter", value: { id: "robot-g" } } }] } as const;
    expect((await keysOf(root, { filters: [...byUser.filters] })).rows).toMatchObject([
      { id: c, userId: "robot-g", organizationId: "gamma" },
    ]);
    const before = {
      case: "expirationDateFilter",
      value: { timestamp: toTimestamp(addSeconds(now, 60)), method: TimestampFilterMethod.BEFORE_OR_EQUALS },
    } as const;
    expect((await keysOf(root, { filters: [{ filter: before }] })).ids).toEqual([b]);
    expect(await keysOf(root, { pagination: { limit: 1, offset: 1n } })).toMatchObject({ ids: [b], total: 3n });

    const remove = (userId: string) =>
      service.methods.removeKey(create(RemoveKeyRequestSchema, { userId, keyId: a }), service.callAs(root));
    await remove("robot-g");
    expect((await keysOf(root)).ids).toContain(a);
    await remove("robot-b");
    await remove("robot-b");
    expect((await keysOf(root)).ids).toEqual([c, b]);
  });

  test("personal access tokens are listed without their secrets, and removed for good", async () => {
    const expirationDate = toTimestamp(addSeconds(service.as(root).now, 600));
    const added = await service.methods.addPersonalAccessToken(
      create(AddPersonalAccessTokenRequestSchema, { userId: "robot-b", expirationDate }),
      service.callAs(root),
    );
    const list = async (actor: Actor) => {
      const filters = [{ filter: { case: "userIdFilter", value: { id: "robot-b" } } }] as const;
      const request = create(ListPersonalAccessTokensRequestSchema, { filters: [...filters] });
      return (await service.methods.listPersonalAccessTokens(
        request,
        service.callAs(actor),
      )) as ListPersonalAccessTokensResponse;
    };
    expect(await list(orgOwner("beta"))).toMatchObject({
      pagination: { totalResult: 1n },
      result: [{ id: added.tokenId, userId: "robot-b", organizationId: "beta", expirationDate }],
    });
    expect((await list(orgOwner("gamma"))).result).toEqual([]);
    const remove = create(RemovePersonalAccessTokenRequestSchema, { userId: "robot-b", tokenId: added.tokenId ?? "" });
    await expect(
      service.methods.removePersonalAccessToken(remove, service.callAs(orgOwner("gamma"))),
    ).rejects.toMatchObject({
      code: "auth.denied",
    });
    await service.methods.removePersonalAccessToken(remove, service.callAs(orgOwner("beta")));
    expect((await list(root)).result).toEqual([]);
  });

  test("of a client secret only the hash is stored", async () => {
    const secretHash = async () =>
      (
        await service.db
          .selectFrom("users")
          .select("secret_hash")
          .where("instance_id", "=", service.instanceId)
          .where("user_id", "=", "robot-b")
          .executeTakeFirstOrThrow()
      ).secret_hash;
    const added = await service.methods.addSecret(
      create(AddSecretRequestSchema, { userId: "robot-b" }),
      service.callAs(root),
    );
    expect(added.clientSecret).toBe("client-secret");
    expect(await secretHash()).toBe(testFacts.mintClientSecret().hash);
    await service.methods.removeSecret(create(RemoveSecretRequestSchema, { userId: "robot-b" }), service.callAs(root));
    expect(await secretHash()).toBeNull();
  });

  test("with its user goes every key, secret and token", async () => {
    await service.addRobot("beta", "robot-x");
    const { methods, callAs } = service;
    await methods.addKey(create(AddKeyRequestSchema, { userId: "robot-x" }), callAs(root));
    await methods.addSecret(create(AddSecretRequestSchema, { userId: "robot-x" }), callAs(root));
    const pat = create(AddPersonalAccessTokenRequestSchema, { userId: "robot-x" });
    await methods.addPersonalAccessToken(pat, callAs(root));
    await methods.deleteUser(create(DeleteUserRequestSchema, { userId: "robot-x" }), callAs(root));
    for (const table of ["users", "user_keys", "tokens"] as const) {
      const rows = service.db
        .selectFrom(table)
        .select("user_id")
        .where("instance_id", "=", service.instanceId)
        .where("user_id", "=", userId.parse("robot-x"));
      expect(await rows.execute()).toEqual([]);
    }
  });
});
