import { expect, test } from "vitest";
import { anonymous, given, orgOwner, past, plainUser, testNow } from "../../../test/harness/given.ts";
import { limits } from "../../kernel/limits.ts";
import { addSeconds } from "../../kernel/time.ts";
import { issueEmailCode, issuePhoneCode } from "./issue-code.ts";
import { removePhone } from "./remove-phone.ts";
import { setEmail } from "./set-email.ts";
import { setPhone } from "./set-phone.ts";
import { user } from "./user.events.ts";
import { verifyEmail, verifyPhone } from "./verify-contact.ts";

type Event = Parameters<typeof past<typeof user>>[3];

const person = (...events: Event[]) =>
  past(
    user,
    "ada",
    "acme",
    [
      "user.human.added",
      { orgId: "acme", userNameScope: "instance", passwordChangeRequired: false },
      {
        userName: "ada",
        givenName: "Ada",
        familyName: "Lovelace",
        nickName: "",
        displayName: "Ada Lovelace",
        preferredLanguage: "",
        gender: "unspecified",
        email: "ada@acme.example",
        phone: "+4912345",
        passwordHash: null,
      },
    ],
    ...events,
  );
const robot = past(user, "ada", "acme", [
  "user.machine.added",
  { orgId: "acme", userNameScope: "instance", accessTokenType: "bearer" },
  { userName: "ada", name: "Robot", description: "" },
]);
const removed = person(["user.removed", {}]);
const emailVerified: Event = ["user.human.email.verified", {}];
const phoneVerified: Event = ["user.human.phone.verified", {}];
const expiresAt = addSeconds(testNow, limits.codeSeconds);
const emailCode: Event = ["user.human.email.code.added", { expiresAt }, { codeHash: "hmac:CODE" }];
const phoneCode: Event = ["user.human.phone.code.added", { expiresAt }, { codeHash: "hmac:CODE" }];

const owner = orgOwner("acme");
const self = plainUser("ada");
const facts = {
  mintCode: () => ({ text: "CODE", hash: "hmac:CODE" }),
  hashCode: (code: string) => `hmac:${code}`,
};
const newEmail = { userId: "ada", email: "ada@new.example" };
const newPhone = { userId: "ada", phone: "+49 (30) 999-1" };

test("a new e-mail address is unproven unless it is called verified or its code is asked for", async () => {
  const changed = ["user.human.email.changed", {}, { email: "ada@new.example" }] as const;
  const from = given(person(emailVerified));
  const set = (verification: "verified" | "return_code" | "send_code") =>
    from.when(setEmail, owner, { ...newEmail, verification }, facts);
  await set("send_code").thenEvents(changed);
  await set("send_code").thenResult({ code: null });
  await set("verified").thenEvents(changed, ["user.human.email.verified"]);
  await set("return_code").thenEvents(changed, [
    "user.human.email.code.added",
    { expiresAt },
    { codeHash: "hmac:CODE" },
  ]);
  await set("return_code").thenResult({ code: "CODE" });
});

test("a new phone number is unproven unless it is called verified or its code is asked for", async () => {
  const changed = ["user.human.phone.changed", {}, { phone: "+49309991" }] as const;
  const from = given(person(phoneVerified));
  const set = (verification: "verified" | "return_code" | "send_code") =>
    from.when(setPhone, owner, { ...newPhone, verification }, facts);
  await set("send_code").thenEvents(changed);
  await set("verified").thenEvents(changed, ["user.human.phone.verified"]);
  await set("return_code").thenEvents(changed, [
    "user.human.phone.code.added",
    { expiresAt },
    { codeHash: "hmac:CODE" },
  ]);
});

test("the address that is set already stays as proven as it was", async () => {
  const sameEmail = { userId: "ada", email: "ada@acme.example" };
  const samePhone = { userId: "ada", phone: "+49 12345" };
  await given(person(emailVerified)).when(setEmail, self, sameEmail, facts).thenEvents();
  await given(person(phoneVerified)).when(setPhone, self, samePhone, facts).thenEvents();
  await given(person())
    .when(setEmail, owner, { ...sameEmail, verification: "verified" }, facts)
    .thenEvents(["user.human.email.verified"]);
  await given(person(emailVerified))
    .when(setEmail, owner, { ...sameEmail, verification: "return_code" }, facts)
    .refused("user.email_verified");
  await given(person(phoneVerified))
    .when(setPhone, owner, { ...samePhone, verification: "return_code" }, facts)
    .refused("user.phone_verified");
});

// GHSA-282g-fhmx-xf54, GHSA-jq8w-8q2f-ffm9
test.each(["verified", "return_code"] as const)("403: users change their own address, but not as %s", async (how) => {
  await given(person())
    .when(setEmail, self, newEmail, facts)
    .thenEvents(["user.human.email.changed", {}, { email: "ada@new.example" }]);
  await given(person())
    .when(setPhone, self, newPhone, facts)
    .thenEvents(["user.human.phone.changed", {}, { phone: "+49309991" }]);
  await given(person())
    .when(setEmail, self, { ...newEmail, verification: how }, facts)
    .refused("auth.denied");
  await given(person())
    .when(setPhone, self, { ...newPhone, verification: how }, facts)
    .refused("auth.denied");
});

test.each([
  [setEmail, newEmail],
  [setPhone, newPhone],
  [removePhone, { userId: "ada" }],
] as const)("$0.name: a person's address is for the person and who may write users", async (command, input) => {
  const when = (from: ReturnType<typeof person> | null, by: typeof owner) =>
    // Each row pairs a command with an input of its own.
    (from === null ? given() : given(from)).when(command as typeof setEmail, by, input as typeof newEmail, facts);
  await when(person(), plainUser("bob")).refused("auth.denied");
  await when(person(), orgOwner("other")).refused("auth.denied");
  await when(null, orgOwner("other")).refused("auth.denied");
  await when(person(), anonymous).refused("auth.missing");
  await when(robot, owner).refused("user.not_human");
  await when(removed, owner).refused("user.not_found");
});

test("a phone number is removed with the code that was to prove it", async () => {
  const from = person(phoneCode);
  await given(from).when(removePhone, self, { userId: "ada" }, undefined).thenEvents(["user.human.phone.removed"]);
  const without = person(phoneCode, ["user.human.phone.removed", {}]);
  await given(without).when(removePhone, owner, { userId: "ada" }, undefined).refused("user.phone_not_set");
  await given(without).when(verifyPhone, self, { userId: "ada", code: "CODE" }, facts).thenResult({ isRight: false });
});

test.each([
  ["e-mail", issueEmailCode, "user.human.email.code.added", emailVerified, "user.email_verified"],
  ["phone", issuePhoneCode, "user.human.phone.code.added", phoneVerified, "user.phone_verified"],
] as const)("%s: a code is told to who may write users, never to its own user", async (_, issue, event, done, not) => {
  const asked = { userId: "ada", delivery: "return" } as const;
  const issuing = given(person()).when(issue, owner, asked, facts);
  await issuing.thenEvents([event, { expiresAt }, { codeHash: "hmac:CODE" }]);
  await issuing.thenResult({ code: "CODE" });
  await given(person(done)).when(issue, owner, asked, facts).refused(not);
  await given(person()).when(issue, self, asked, facts).refused("auth.denied");
  await given(person())
    .when(issue, plainUser("bob"), { ...asked, delivery: "send" }, facts)
    .refused("auth.denied");
  await given(person())
    .when(issue, self, { ...asked, delivery: "send" }, facts)
    .refused("feature.unimplemented");
  await given(robot).when(issue, owner, asked, facts).refused("user.not_human");
  await given(removed).when(issue, owner, asked, facts).refused("user.not_found");
});

test.each([
  ["e-mail", verifyEmail, emailCode, "user.human.email"],
  ["phone", verifyPhone, phoneCode, "user.human.phone"],
] as const)("%s: the right code proves it, once; a wrong one counts", async (_, verify, issued, prefix) => {
  const present = (from: ReturnType<typeof person>, code: string) =>
    given(from).when(verify, plainUser("bob"), { userId: "ada", code }, facts);
  const verified: Event = [`${prefix}.verified`, {}];
  const failed: Event = [`${prefix}.verification.failed`, {}];
  await present(person(issued), "CODE").thenEvents(verified);
  await present(person(issued), "CODE").thenResult({ isRight: true });
  await present(person(issued), "WRONG").thenEvents(failed);
  await present(person(issued), "WRONG").thenResult({ isRight: false });
  await present(person(issued, verified), "CODE").thenEvents();
});

test("a code dies with its hour, with too many wrong ones, with a new address and with a newer code", async () => {
  const dead = async (...events: Event[]) => {
    const presented = given(person(...events)).when(verifyEmail, self, { userId: "ada", code: "CODE" }, facts);
    await presented.thenEvents();
    await presented.thenResult({ isRight: false });
  };
  const failed: Event = ["user.human.email.verification.failed", {}];
  const failures = (count: number): Event[] => Array.from({ length: count }, () => failed);
  await dead(["user.human.email.code.added", { expiresAt: testNow }, { codeHash: "hmac:CODE" }]);
  await dead(emailCode, ...failures(limits.codeAttempts));
  await dead(emailCode, ["user.human.email.changed", {}, { email: "ada@new.example" }]);
  const again: Event = ["user.human.email.code.added", { expiresAt }, { codeHash: "hmac:OTHER" }];
  await given(person(emailCode, again))
    .when(verifyEmail, self, { userId: "ada", code: "CODE" }, facts)
    .thenEvents(failed);
  await given(person(emailCode, ...failures(limits.codeAttempts - 1)))
    .when(verifyEmail, self, { userId: "ada", code: "CODE" }, facts)
    .thenEvents(["user.human.email.verified"]);
});

test("a code says nothing about users: none, removed, without a code and wrong are answered alike", async () => {
  const code = { userId: "ada", code: "NOPE" };
  for (const from of [person(), removed, robot, person(emailCode)]) {
    await given(from).when(verifyEmail, plainUser("bob"), code, facts).thenResult({ isRight: false });
  }
  const { events } = await given().when(verifyEmail, plainUser("bob"), code, facts).decided();
  expect(events).toEqual([]);
  await given(person(emailCode)).when(verifyEmail, anonymous, code, facts).refused("auth.missing");
});
