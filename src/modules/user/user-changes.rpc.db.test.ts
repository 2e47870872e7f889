import { create } from "@bufbuild/protobuf";
import {
  RemovePhoneRequestSchema,
  ResendPhoneCodeRequestSchema,
  SendEmailCodeRequestSchema,
  SetEmailRequestSchema,
  SetPasswordRequestSchema,
  SetPhoneRequestSchema,
  UpdateHumanUserRequestSchema,
  UpdateUserRequestSchema,
  VerifyEmailRequestSchema,
  VerifyPhoneRequestSchema,
} from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anonymous, instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import { openUserService } from "../../../test/harness/user-service.ts";
import { limits } from "../../kernel/limits.ts";
import { userReader } from "./user.queries.ts";

describeOnBothDatabases("changes by zitadel.user.v2.UserService", (open) => {
  let service: Awaited<ReturnType<typeof openUserService>>;
  const root = instanceOwner();
  const ada = plainUser("ada", "beta");
  beforeAll(async () => {
    service = await openUserService(open);
    await service.addPerson("beta", "ada");
    await service.addRobot("gamma", "robot-g");
  });
  afterAll(() => service.expectTrueTables());

  const human = async (userId: string) => {
    const { type, ...common } = await service.shown(userId);
    return { ...common, ...(type.case === "human" ? type.value : {}) };
  };

  test("an e-mail address and a phone number are changed, proven by the told codes, and read as such at once", async () => {
    const told = { case: "returnCode", value: {} } as const;
    const set = create(SetEmailRequestSchema, { userId: "ada", email: "Ada@new.example", verification: told });
    const { verificationCode = "" } = await service.methods.setEmail(set, service.callAs(root));
    expect((await human("ada")).email).toMatchObject({ email: "Ada@new.example", isVerified: false });
    await service.methods.verifyEmail(
      create(VerifyEmailRequestSchema, { userId: "ada", verificationCode }),
      service.callAs(ada),
    );
    expect((await human("ada")).email).toMatchObject({ isVerified: true });

    await service.methods.setPhone(
      create(SetPhoneRequestSchema, { userId: "ada", phone: "+49 777" }),
      service.callAs(ada),
    );
    const resend = create(ResendPhoneCodeRequestSchema, { userId: "ada", verification: told });
    const phoneCode = (await service.methods.resendPhoneCode(resend, service.callAs(root))).verificationCode ?? "";
    expect((await human("ada")).phone).toMatchObject({ phone: "+49777", isVerified: false });
    const proof = create(VerifyPhoneRequestSchema, { userId: "ada", verificationCode: phoneCode });
    await service.methods.verifyPhone(proof, service.callAs(ada));
    expect((await human("ada")).phone).toMatchObject({ isVerified: true });
    await service.methods.removePhone(create(RemovePhoneRequestSchema, { userId: "ada" }), service.callAs(ada));
    expect((await human("ada")).phone).toBeUndefined();
  });

  test("wrong codes are counted also when they come at once: the right one comes too late", async () => {
    await service.addPerson("beta", "grace");
    const send = create(SendEmailCodeRequestSchema, {
      userId: "grace",
      verification: { case: "returnCode", value: {} },
    });
    const { verificationCode = "" } = await service.methods.sendEmailCode(send, service.callAs(root));
    const verify = (code: string) =>
      service.methods.verifyEmail(
        create(VerifyEmailRequestSchema, { userId: "grace", verificationCode: code }),
        service.callAs(plainUser("grace", "beta")),
      );
    const attempts = Array.from({ length: limits.codeAttempts }, () => verify("WRONG"));
    for (const attempt of await Promise.allSettled(attempts)) {
      expect(attempt).toMatchObject({ status: "rejected", reason: { code: "user.code_invalid" } });
    }
    await expect(verify(verificationCode)).rejects.toMatchObject({ code: "user.code_invalid" });
    const again = await service.methods.sendEmailCode(send, service.callAs(root));
    await verify(again.verificationCode ?? "");
    await expect(service.methods.sendEmailCode(send, service.callAs(root))).rejects.toMatchObject({
      code: "user.email_verified",
    });
  });

  test("a user is updated in part; a changed user name frees the old one and is found at once", async () => {
    await service.addPerson("beta", "mary");
    const update = create(UpdateUserRequestSchema, {
      userId: "mary",
      username: "Somerville",
      userType: { case: "human", value: { profile: { givenName: "Mary", displayName: "Mary S." } } },
    });
    await service.methods.updateUser(update, service.callAs(plainUser("mary", "beta")));
    expect(await human("mary")).toMatchObject({
      username: "Somerville",
      preferredLoginName: "Somerville",
      profile: { givenName: "Mary", familyName: "Lovelace", displayName: "Mary S." },
    });
    const find = (name: string) => userReader({ db: service.db }).findByLoginName(service.as(anonymous), name);
    expect([(await find("somerville"))?.userId, await find("mary")]).toEqual(["mary", null]);
    await service.addPerson("beta", "mary-2", "mary");
    const rename = (username: string) =>
      service.methods.updateHumanUser(
        create(UpdateHumanUserRequestSchema, {
          userId: "mary-2",
          username,
          profile: { givenName: "M", familyName: "Two" },
        }),
        service.callAs(root),
      );
    await expect(rename("SOMERVILLE")).rejects.toMatchObject({ code: "user.user_name_taken" });
    await rename("MARY");
    expect(await human("mary-2")).toMatchObject({ username: "MARY", profile: { givenName: "M", familyName: "Two" } });
  });

  test("a service account's name and description are changed", async () => {
    const update = create(UpdateUserRequestSchema, {
      userId: "robot-g",
      userType: { case: "machine", value: { name: "Welder", description: "welds" } },
    });
    await service.methods.updateUser(update, service.callAs(orgOwner("gamma")));
    expect((await service.shown("robot-g")).type).toMatchObject({
      case: "machine",
      value: { name: "Welder", description: "welds" },
    });
  });

  test("a wrong current password is counted, also when it comes with an update; the right one changes it", async () => {
    await service.addPerson("beta", "emmy");
    const self = service.callAs(plainUser("emmy", "beta"));
    const failures = async () =>
      (await userReader({ db: service.db }).userForSignIn(service.as(anonymous), "emmy"))?.passwordFailures;
    const change = (current: string) =>
      service.methods.setPassword(
        create(SetPasswordRequestSchema, {
          userId: "emmy",
          newPassword: { password: "N3w-Passw0rd!" },
          verification: { case: "currentPassword", value: current },
        }),
        self,
      );
    await expect(change("wrong")).rejects.toMatchObject({
      code: "user.password_wrong",
      details: { failedAttempts: 1 },
    });
    const update = create(UpdateUserRequestSchema, {
      userId: "emmy",
      username: "noether",
      userType: {
        case: "human",
        value: {
          password: {
            passwordType: { case: "password", value: { password: "N3w-Passw0rd!" } },
            verification: { case: "currentPassword", value: "wrong" },
          },
        },
      },
    });
    await expect(service.methods.updateUser(update, self)).rejects.toMatchObject({ code: "user.password_wrong" });
    expect([await failures(), (await human("emmy")).username]).toEqual([2, "emmy"]);
    await change("Passw0rd!");
    expect(await failures()).toBe(0);
  });
});
