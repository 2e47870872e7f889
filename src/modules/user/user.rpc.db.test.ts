import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { TextQueryMethod } from "@zitadel/proto/zitadel/object/v2/object_pb.js";
import { type SearchQuerySchema, Type, UserFieldName } from "@zitadel/proto/zitadel/user/v2/query_pb.js";
import { Gender, UserState } from "@zitadel/proto/zitadel/user/v2/user_pb.js";
import {
  AddHumanUserRequestSchema,
  AddPersonalAccessTokenRequestSchema,
  CreateUserRequestSchema,
  DeleteUserRequestSchema,
  GetUserByIDRequestSchema,
  ListUsersRequestSchema,
  type ListUsersResponse,
  type UserService,
} from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { beforeAll, expect, test } from "vitest";
import { openDirectory } from "../../../test/harness/directory.ts";
import { anonymous, instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases, testInstance } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import { addSeconds, toTimestamp } from "../../kernel/time.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { addOrganization } from "../org/add-organization.ts";
import { orgReader } from "../org/org.queries.ts";
import { credentialReader } from "./credential.queries.ts";
import { deactivateUser } from "./deactivate-user.ts";
import { lockUser } from "./lock-user.ts";
import { metadataReader } from "./metadata.queries.ts";
import { userReader } from "./user.queries.ts";
import { userService } from "./user.rpc.ts";

type Query = MessageInitShape<typeof SearchQuerySchema>;

describeOnBothDatabases("zitadel.user.v2.UserService", (open) => {
  let house: Awaited<ReturnType<typeof openDirectory>>;
  let methods: Required<RpcMethods<typeof UserService>>;
  const callAs = (actor: Actor): Call => ({
    ctx: house.as(actor),
    orgHeader: null,
    publicUrl: "https://id.example.com",
    acceptLanguage: "",
  });
  const root = instanceOwner();

  const addPerson = (orgId: string, userId: string, givenName: string, familyName: string, email: string) =>
    methods.addHumanUser(
      create(AddHumanUserRequestSchema, {
        userId,
        username: userId.toUpperCase(),
        organization: { org: { case: "orgId", value: orgId } },
        profile: {
          givenName,
          familyName,
          nickName: `${givenName[0]}.`,
          preferredLanguage: "de",
          gender: Gender.FEMALE,
        },
        email: { email, verification: { case: "isVerified", value: true } },
        phone: { phone: `+49 ${familyName.length} 12345` },
        metadata: [{ key: "k", value: new Uint8Array([0, 255]) }],
        passwordType: { case: "password", value: { password: "Passw0rd!", changeRequired: true } },
      }),
      callAs(root),
    );

  beforeAll(async () => {
    house = await openDirectory(open);
    const { run, db } = house;
    const service = userService({
      run,
      users: userReader({ db }),
      orgs: orgReader({ db }),
      credentials: credentialReader({ db }),
      metadata: metadataReader({ db }),
    });
    // The map holds exactly the methods that the service declared under these names.
    methods = Object.fromEntries(service.methods) as unknown as typeof methods;
    for (const name of ["beta", "gamma"]) await run(addOrganization, house.as(root), { orgId: name, name });
    await addPerson("beta", "ada", "Ada", "Lovelace", "Ada@beta.example");
    await addPerson("beta", "grace", "Grace", "Hopper", "grace@beta.example");
    await addPerson("gamma", "edsger", "Édsger", "100%_Dijkstra", "edsger@gamma.example");
    await methods.createUser(
      create(CreateUserRequestSchema, {
        organizationId: "gamma",
        userId: "robot-2",
        userType: { case: "machine", value: { name: "Robot Two", description: "welds" } },
      }),
      callAs(root),
    );
    await run(lockUser, house.as(root), { userId: "grace" });
    await run(deactivateUser, house.as(root), { userId: "robot-2" });
  });

  const list = async (actor: Actor, ...queries: Query[]): Promise<ListUsersResponse> =>
    // The service answers the fields of this message.
    (await methods.listUsers(
      create(ListUsersRequestSchema, { queries, sortingColumn: UserFieldName.USER_NAME, query: { asc: true } }),
      callAs(actor),
    )) as ListUsersResponse;
  const ids = async (actor: Actor, ...queries: Query[]) =>
    (await list(actor, ...queries)).result.map((one) => one.userId).filter((id) => !/^\d+$/.test(id));

  test("gives a user back with everything it was created with", async () => {
    const answer = await methods.getUserByID(create(GetUserByIDRequestSchema, { userId: "ada" }), callAs(root));
    expect(answer.user).toMatchObject({
      userId: "ada",
      state: UserState.ACTIVE,
      username: "ADA",
      loginNames: ["ADA"],
      preferredLoginName: "ADA",
      details: { sequence: 3n, resourceOwner: "beta" },
      type: {
        case: "human",
        value: {
          profile: { givenName: "Ada", familyName: "Lovelace", nickName: "A.", displayName: "Ada Lovelace", gender: 1 },
          email: { email: "Ada@beta.example", isVerified: true },
          phone: { phone: "+49812345", isVerified: false },
          passwordChangeRequired: true,
        },
      },
    });
    const robot = await methods.getUserByID(create(GetUserByIDRequestSchema, { userId: "robot-2" }), callAs(root));
    expect(robot.user).toMatchObject({
      state: UserState.INACTIVE,
      username: "robot-2",
      type: { case: "machine", value: { name: "Robot Two", description: "welds" } },
    });
  });

  const { EQUALS, EQUALS_IGNORE_CASE, STARTS_WITH, STARTS_WITH_IGNORE_CASE } = TextQueryMethod;
  const { CONTAINS, CONTAINS_IGNORE_CASE, ENDS_WITH, ENDS_WITH_IGNORE_CASE } = TextQueryMethod;
  const email = (emailAddress: string, method: TextQueryMethod): Query => ({
    query: { case: "emailQuery", value: { emailAddress, method } },
  });
  const family = (lastName: string, method: TextQueryMethod): Query => ({
    query: { case: "lastNameQuery", value: { lastName, method } },
  });
  const state = (value: UserState): Query => ({ query: { case: "stateQuery", value: { state: value } } });

  test.each<[string, Query, string[]]>([
    ["email equals", email("Ada@beta.example", EQUALS), ["ada"]],
    ["email equals, other case", email("ada@beta.example", EQUALS), []],
    ["email equals ignoring case", email("ADA@BETA.example", EQUALS_IGNORE_CASE), ["ada"]],
    ["starts with", email("Ada@", STARTS_WITH), ["ada"]],
    ["starts with, other case", email("ada@", STARTS_WITH), []],
    ["starts with ignoring case", email("ada@", STARTS_WITH_IGNORE_CASE), ["ada"]],
    ["contains", email("beta", CONTAINS), ["ada", "grace"]],
    ["contains, other case", email("BETA", CONTAINS), []],
    ["contains ignoring case", email("BETA", CONTAINS_IGNORE_CASE), ["ada", "grace"]],
    ["ends with", email("gamma.example", ENDS_WITH), ["edsger"]],
    ["ends with ignoring case", email("GAMMA.example", ENDS_WITH_IGNORE_CASE), ["edsger"]],
    ["ends with something longer than the value", email(`${"x".repeat(60)}a@b`, ENDS_WITH), []],
    ["% and _ stand for themselves", family("%_", CONTAINS), ["edsger"]],
    ["a quote stands for itself", family("' or 1=1 --", CONTAINS), []],
    [
      "letters beyond ASCII fold",
      { query: { case: "firstNameQuery", value: { firstName: "ÉDSGER", method: EQUALS_IGNORE_CASE } } },
      ["edsger"],
    ],
    ["user name", { query: { case: "userNameQuery", value: { userName: "ADA" } } }, ["ada"]],
    ["login name", { query: { case: "loginNameQuery", value: { loginName: "GRACE" } } }, ["grace"]],
    ["nick name", { query: { case: "nickNameQuery", value: { nickName: "G." } } }, ["grace"]],
    ["display name", { query: { case: "displayNameQuery", value: { displayName: "Robot Two" } } }, ["robot-2"]],
    ["phone", { query: { case: "phoneQuery", value: { number: "+49612345" } } }, ["grace"]],
    ["state", state(UserState.LOCKED), ["grace"]],
    ["a state that no stored user has", state(UserState.DELETED), []],
    ["type", { query: { case: "typeQuery", value: { type: Type.MACHINE } } }, ["robot-2"]],
    ["organization", { query: { case: "organizationIdQuery", value: { organizationId: "beta" } } }, ["ada", "grace"]],
    ["ids", { query: { case: "inUserIdsQuery", value: { userIds: ["ada", "robot-2"] } } }, ["ada", "robot-2"]],
    ["e-mails", { query: { case: "inUserEmailsQuery", value: { userEmails: ["grace@beta.example"] } } }, ["grace"]],
    [
      "or",
      { query: { case: "orQuery", value: { queries: [state(UserState.LOCKED), state(UserState.INACTIVE)] } } },
      ["grace", "robot-2"],
    ],
    [
      "and",
      { query: { case: "andQuery", value: { queries: [email("beta", CONTAINS), state(UserState.LOCKED)] } } },
      ["grace"],
    ],
    ["not", { query: { case: "notQuery", value: { query: state(UserState.ACTIVE) } } }, ["grace", "robot-2"]],
  ])("finds by %s", async (_kind, query, found) => {
    expect(await ids(root, query)).toEqual(found);
  });

  test("several queries must all hold", async () => {
    expect(await ids(root, email("beta", CONTAINS), state(UserState.ACTIVE))).toEqual(["ada"]);
  });

  test("refuses searches nested too deep or with too many conditions", async () => {
    let deep: Query = state(UserState.ACTIVE);
    for (let i = 0; i < 9; i += 1) deep = { query: { case: "notQuery", value: { query: deep } } };
    await expect(list(root, deep)).rejects.toMatchObject({ code: "request.invalid" });
    const wide = Array.from({ length: 51 }, () => state(UserState.ACTIVE));
    await expect(list(root, ...wide)).rejects.toMatchObject({ code: "request.invalid" });
  });

  test("pages in both directions, and counts all that match", async () => {
    const page = async (offset: bigint, asc: boolean) =>
      (await methods.listUsers(
        create(ListUsersRequestSchema, {
          query: { offset, limit: 2, asc },
          sortingColumn: UserFieldName.CREATION_DATE,
          queries: [{ query: { case: "inUserIdsQuery", value: { userIds: ["ada", "grace", "edsger"] } } }],
        }),
        callAs(root),
      )) as ListUsersResponse;
    const first = await page(0n, true);
    expect(first.result.map((one) => one.userId)).toEqual(["ada", "grace"]);
    expect(first.details?.totalResult).toBe(3n);
    expect((await page(2n, true)).result.map((one) => one.userId)).toEqual(["edsger"]);
    expect((await page(0n, false)).result.map((one) => one.userId)).toEqual(["edsger", "grace"]);
    const beyond = await page(9n, true);
    expect([beyond.result.length, beyond.details?.totalResult]).toEqual([0, 3n]);
  });

  test.each(Object.values(UserFieldName).filter((value) => typeof value === "number"))(
    "sorts by column %s",
    async (sortingColumn) => {
      const request = create(ListUsersRequestSchema, { sortingColumn: sortingColumn as UserFieldName });
      expect((await methods.listUsers(request, callAs(root))).result).toHaveLength(6);
    },
  );

  test("shows each caller the users it may read, and its own; hidden ones do not count", async () => {
    const asOwner = await list(orgOwner("beta"));
    expect([asOwner.result.map((one) => one.userId), asOwner.details?.totalResult]).toEqual([["ada", "grace"], 2n]);
    expect(await ids(plainUser("edsger", "gamma"))).toEqual(["edsger"]);
    await expect(list(anonymous)).rejects.toMatchObject({ code: "auth.missing" });
  });

  test("answers alike for users that are hidden and that do not exist; everybody reads themselves", async () => {
    const get = (actor: Actor, userId: string) =>
      methods.getUserByID(create(GetUserByIDRequestSchema, { userId }), callAs(actor));
    await expect(get(orgOwner("gamma"), "ada")).rejects.toMatchObject({ code: "user.not_found" });
    await expect(get(orgOwner("gamma"), "nobody")).rejects.toMatchObject({ code: "user.not_found" });
    await expect(get(anonymous, "ada")).rejects.toMatchObject({ code: "auth.missing" });
    expect((await get(plainUser("ada", "beta"), "ada")).user).toMatchObject({ userId: "ada" });
  });

  test("user names are unique without regard to case, and codes are told where asked for", async () => {
    const add = (username: string, email: string) =>
      methods.createUser(
        create(CreateUserRequestSchema, {
          organizationId: "gamma",
          username,
          userType: {
            case: "human",
            value: {
              profile: { givenName: "A", familyName: "B" },
              email: { email, verification: { case: "returnCode", value: {} } },
            },
          },
        }),
        callAs(orgOwner("gamma")),
      );
    await expect(add("Ada", "new@gamma.example")).rejects.toMatchObject({ code: "user.user_name_taken" });
    const added = await add("alan", "alan@gamma.example");
    expect(added.emailCode).toBe("K7QX2P");
    await methods.deleteUser(create(DeleteUserRequestSchema, { userId: added.id ?? "" }), callAs(root));
  });

  test("a removed user is gone from every read, and its name is free again", async () => {
    await addPerson("beta", "gone", "Gone", "Girl", "gone@beta.example");
    const remove = () =>
      methods.deleteUser(create(DeleteUserRequestSchema, { userId: "gone" }), callAs(orgOwner("beta")));
    expect((await remove()).details).toMatchObject({ resourceOwner: "beta" });
    await expect(remove()).rejects.toMatchObject({ code: "user.not_found" });
    expect(await ids(root, { query: { case: "inUserIdsQuery", value: { userIds: ["gone"] } } })).toEqual([]);
    const { db } = house;
    const metadata = await db
      .selectFrom("user_metadata")
      .selectAll()
      .where("instance_id", "=", testInstance)
      .where("user_id", "=", "gone")
      .execute();
    expect(metadata).toEqual([]);
    const again = create(CreateUserRequestSchema, {
      organizationId: "beta",
      username: "gone",
      userType: { case: "machine", value: { name: "Gone" } },
    });
    const { id } = await methods.createUser(again, callAs(root));
    await methods.deleteUser(create(DeleteUserRequestSchema, { userId: id ?? "" }), callAs(root));
  });

  test("a service account gets a personal access token, told once", async () => {
    const request = create(AddPersonalAccessTokenRequestSchema, {
      userId: "robot-2",
      expirationDate: toTimestamp(addSeconds(house.as(root).now, 60)),
    });
    const answer = await methods.addPersonalAccessToken(request, callAs(orgOwner("gamma")));
    expect(answer.token).toMatch(/^pat_/);
    await expect(methods.addPersonalAccessToken(request, callAs(orgOwner("beta")))).rejects.toMatchObject({
      code: "auth.denied",
    });
  });

  test("refuses what is not built yet instead of dropping it", async () => {
    const request = create(AddHumanUserRequestSchema, {
      profile: { givenName: "A", familyName: "B" },
      email: { email: "a@b.example" },
      totpSecret: "JBSWY3DPEHPK3PXP",
    });
    await expect(methods.addHumanUser(request, callAs(root))).rejects.toMatchObject({ code: "feature.unimplemented" });
  });

  test("sign-in finds a user by name first, then by an e-mail address that is only one's", async () => {
    const reader = userReader({ db: house.db });
    const ctx = house.as(anonymous);
    const found = await reader.findByLoginName(ctx, " grace ");
    expect(found).toMatchObject({ userId: "grace", orgName: "beta", locked: true, passwordHash: "hash:Passw0rd!" });
    expect((await reader.findByLoginName(ctx, "EDSGER@gamma.example"))?.userId).toBe("edsger");
    expect(await reader.findByLoginName(ctx, "edsger@gamma.example", { email: false })).toBeNull();
    expect(await reader.findByLoginName(ctx, "")).toBeNull();
    await addPerson("gamma", "twin", "Twin", "Two", "edsger@gamma.example");
    expect(await reader.findByLoginName(ctx, "edsger@gamma.example")).toBeNull();
    expect((await reader.userForSignIn(ctx, "twin"))?.email).toBe("edsger@gamma.example");
    expect(await reader.userForSignIn(ctx, "nobody")).toBeNull();
  });
});
