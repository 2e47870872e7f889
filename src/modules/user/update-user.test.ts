import { expect, test } from "vitest";
import { anonymous, given, orgOwner, past, plainUser, testNow } from "../../../test/harness/given.ts";
import { limits } from "../../kernel/limits.ts";
import { addSeconds } from "../../kernel/time.ts";
import { defaultPolicies } from "../settings/policies.events.ts";
import { updateUser } from "./update-user.ts";
import { user } from "./user.events.ts";

const added = [
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
    passwordHash: "hash:old",
  },
] as const;
const ada = past(user, "ada", "acme", added);
const robot = past(user, "robot", "acme", [
  "user.machine.added",
  { orgId: "acme", userNameScope: "instance", accessTokenType: "bearer" },
  { userName: "robot", name: "Robot", description: "" },
]);
const owner = orgOwner("acme");
const self = plainUser("ada");
const facts = {
  mintCode: () => ({ text: "CODE", hash: "hmac:CODE" }),
  hashNewPassword: async (password: string) => `hash:${password}`,
  checkImportedHash: (hash: string) => hash.startsWith("$argon2id$"),
  verifyPassword: async (stored: string | null, password: string) => ({
    ok: stored === `hash:${password}`,
    rehash: null,
  }),
  policiesOf: async () => defaultPolicies,
};
const update = (by: typeof owner, input: object) => given(ada).when(updateUser, by, { userId: "ada", ...input }, facts);
const newPassword = { new: { is: "plain", password: "N3w-Password" } } as const;

test("says only what changes, and leaves alone what is not said", async () => {
  await update(owner, {}).thenEvents();
  await update(owner, { human: { profile: {} }, machine: undefined }).thenEvents();
  await update(owner, { human: { profile: { nickName: "", gender: "female" } } }).thenEvents([
    "user.human.profile.changed",
    {},
    { nickName: "", gender: "female" },
  ]);
});

test("all at once: names, addresses with their codes, and a password", async () => {
  const expiresAt = addSeconds(testNow, limits.codeSeconds);
  const updating = update(owner, {
    userName: "countess",
    human: {
      profile: { givenName: "Augusta" },
      email: { email: "ada@new.example", verification: "return_code" },
      phone: { phone: "+49 777", verification: "verified" },
      password: { ...newPassword, changeRequired: true },
    },
  });
  await updating.thenEvents(
    ["user.username.changed", { userNameScope: "instance" }, { userName: "countess" }],
    ["user.human.profile.changed", {}, { givenName: "Augusta" }],
    ["user.human.email.changed", {}, { email: "ada@new.example" }],
    ["user.human.email.code.added", { expiresAt }, { codeHash: "hmac:CODE" }],
    ["user.human.phone.changed", {}, { phone: "+49777" }],
    ["user.human.phone.verified"],
    ["user.human.password.changed", { changeRequired: true }, { passwordHash: "hash:N3w-Password" }],
  );
  await updating.thenResult({ is: "changed", emailCode: "CODE", phoneCode: null });
});

test("a phone of null goes, once", async () => {
  await update(self, { human: { phone: null } }).thenEvents(["user.human.phone.removed"]);
  const without = past(user, "ada", "acme", added, ["user.human.phone.removed", {}]);
  await given(without)
    .when(updateUser, self, { userId: "ada", human: { phone: null } }, facts)
    .thenEvents();
});

test("a user changes its own names, unproven addresses, and its password with the current one", async () => {
  const own = {
    userName: "countess",
    human: {
      profile: { givenName: "Augusta" },
      email: { email: "ada@new.example" },
      phone: { phone: "+49777" },
      password: { ...newPassword, currentPassword: "old" },
    },
  };
  const { events } = await update(self, own).decided();
  expect(events.map(({ type }) => type)).toEqual([
    "user.username.changed",
    "user.human.profile.changed",
    "user.human.email.changed",
    "user.human.phone.changed",
    "user.human.password.changed",
  ]);
  await update(plainUser("bob"), own).refused("auth.denied");
  await update(orgOwner("other"), own).refused("auth.denied");
  await update(anonymous, own).refused("auth.missing");
});

// GHSA-282g-fhmx-xf54, GHSA-jq8w-8q2f-ffm9
test.each([
  ["a verified e-mail address", { email: { email: "ada@new.example", verification: "verified" } }],
  ["the e-mail code", { email: { email: "ada@new.example", verification: "return_code" } }],
  ["a verified phone number", { phone: { phone: "+49777", verification: "verified" } }],
  ["the phone code", { phone: { phone: "+49777", verification: "return_code" } }],
  ["a password without the current one", { password: newPassword }],
  [
    "a foreign hash, which no rule can look at",
    { password: { new: { is: "hashed", hash: "$argon2id$x" }, currentPassword: "old" } },
  ],
])("403: a user does not give itself %s", async (_, human) => {
  await update(self, { human }).refused("auth.denied");
  const { events } = await update(owner, { human }).decided();
  expect(events.length).toBeGreaterThan(0);
});

test("a wrong current password counts, and nothing else changes", async () => {
  const updating = update(self, {
    userName: "countess",
    human: { profile: { givenName: "Augusta" }, password: { ...newPassword, currentPassword: "wrong" } },
  });
  await updating.thenEvents(["user.human.password.check.failed"]);
  await updating.thenResult({ is: "wrong_password", failedAttempts: 1 });
});

test("hashes of other systems are taken when they can be checked; plain passwords must satisfy the rules", async () => {
  const hashed = (hash: string) => update(owner, { human: { password: { new: { is: "hashed", hash } } } });
  await hashed("$argon2id$x").thenEvents([
    "user.human.password.changed",
    { changeRequired: false },
    { passwordHash: "$argon2id$x" },
  ]);
  await hashed("$md5$x").refused("user.hash_unsupported");
  const weak = { password: { new: { is: "plain", password: "weak" } } };
  await update(owner, { human: weak }).refused("user.password_too_weak");
});

test("a service account has a name and a description, which only who may write users changes", async () => {
  const machine = { name: "Welder", description: "" };
  const input = { userId: "robot", machine };
  await given(robot).when(updateUser, owner, input, facts).thenEvents(["user.machine.changed", {}, machine]);
  await given(robot).when(updateUser, plainUser("robot"), input, facts).refused("auth.denied");
  await given(robot).when(updateUser, owner, { userId: "robot", human: {} }, facts).refused("user.not_human");
  await update(owner, { machine }).refused("user.not_machine");
  const gone = past(user, "ada", "acme", added, ["user.removed", {}]);
  await given(gone).when(updateUser, owner, { userId: "ada", userName: "x" }, facts).refused("user.not_found");
});
