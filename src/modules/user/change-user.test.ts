import { expect, test } from "vitest";
import { anonymous, given, instanceOwner, orgOwner, past, plainUser, testNow } from "../../../test/harness/given.ts";
import { orgId, tokenId, userId } from "../../kernel/ids.ts";
import { addSeconds } from "../../kernel/time.ts";
import { org } from "../org/org.events.ts";
import { defaultPolicies } from "../settings/policies.events.ts";
import { addMachineUser } from "./add-machine-user.ts";
import { addPersonalAccessToken } from "./add-personal-access-token.ts";
import { deactivateUser } from "./deactivate-user.ts";
import { lockUser } from "./lock-user.ts";
import { reactivateUser } from "./reactivate-user.ts";
import { removeUser } from "./remove-user.ts";
import { setPassword } from "./set-password.ts";
import { unlockUser } from "./unlock-user.ts";
import { user } from "./user.events.ts";

const adaAdded = [
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
    phone: null,
    passwordHash: "hash:old",
  },
] as const;
const ada = past(user, "ada", "acme", adaAdded);
const robot = past(user, "robot", "acme", [
  "user.machine.added",
  { orgId: "acme", userNameScope: "instance", accessTokenType: "bearer" },
  { userName: "robot", name: "Robot", description: "" },
]);
const owner = orgOwner("acme");
const hash = new Uint8Array(32);
const minting = { mintToken: () => ({ id: tokenId.parse("77"), text: "pat_77.secret", hash }) };

test("a service account is named by its id when nothing else is said", async () => {
  const acme = past(org, "acme", "acme", ["org.added", { name: "Acme" }]);
  const input = { orgId: "acme", userId: "robot", name: "Robot" };
  await given(acme)
    .when(addMachineUser, owner, input, undefined)
    .thenEvents([
      "user.machine.added",
      { orgId: "acme", userNameScope: "instance", accessTokenType: "bearer" },
      { userName: "robot", name: "Robot", description: "" },
    ]);
  await given(acme).when(addMachineUser, orgOwner("other"), input, undefined).refused("auth.denied");
  await given().when(addMachineUser, instanceOwner(), input, undefined).refused("org.not_found");
});

test("a personal access token is told once; log and row hold only its id and hash", async () => {
  const expiresAt = addSeconds(testNow, 60);
  const adding = given(robot).when(addPersonalAccessToken, owner, { userId: "robot", expiresAt }, minting);
  await adding.thenEvents(["user.pat.added", { tokenId: "77", expiresAt }]);
  await adding.thenResult({ tokenId: tokenId.parse("77"), token: "pat_77.secret" });
  expect((await adding.decided()).tokens).toEqual([
    { do: "put", row: { kind: "pat", id: "77", hash, expiresAt, userId: "robot" } },
  ]);
});

test("personal access tokens are for service accounts, and end in the future if at all", async () => {
  const ended = { userId: "robot", expiresAt: testNow };
  await given(robot).when(addPersonalAccessToken, owner, ended, minting).refused("token.expiry_invalid");
  const forAda = { userId: "ada", expiresAt: null };
  await given(ada).when(addPersonalAccessToken, owner, forAda, minting).refused("user.not_machine");
  await given(ada).when(addPersonalAccessToken, plainUser("ada"), forAda, minting).refused("auth.denied");
});

test("a removed user takes its credentials along; there is nothing left to remove", async () => {
  const removing = given(ada).when(removeUser, owner, { userId: "ada" }, undefined);
  await removing.thenEvents(["user.removed"]);
  expect((await removing.decided()).tokens).toEqual([{ do: "drop_all", of: { userId: "ada" } }]);
  const gone = past(user, "ada", "acme", adaAdded, ["user.removed", {}]);
  await given(gone).when(removeUser, owner, { userId: "ada" }, undefined).refused("user.not_found");
});

test("users remove themselves only where a role of theirs allows it", async () => {
  await given(ada).when(removeUser, plainUser("ada"), { userId: "ada" }, undefined).refused("auth.denied");
  const selfManager = {
    ...plainUser("ada"),
    memberships: [{ level: "org", orgId: orgId.parse("acme"), roles: ["ORG_USER_SELF_MANAGER"] }],
  } as ReturnType<typeof plainUser>;
  await given(ada).when(removeUser, selfManager, { userId: "ada" }, undefined).thenEvents(["user.removed"]);
  const bob = past(user, "bob", "acme", adaAdded);
  await given(bob).when(removeUser, selfManager, { userId: "bob" }, undefined).refused("auth.denied");
});

const inactive = past(user, "ada", "acme", adaAdded, ["user.deactivated", {}]);
const locked = past(user, "ada", "acme", adaAdded, ["user.locked", {}]);
const removed = past(user, "ada", "acme", adaAdded, ["user.removed", {}]);

test.each([
  [lockUser, ada, "user.locked", locked, "user.not_active"],
  [unlockUser, locked, "user.unlocked", ada, "user.not_locked"],
  [deactivateUser, ada, "user.deactivated", inactive, "user.not_active"],
  [deactivateUser, locked, "user.deactivated", inactive, "user.not_active"],
  [reactivateUser, inactive, "user.reactivated", ada, "user.not_inactive"],
] as const)("$name: who may write users does it where it makes sense", async (command, from, event, not, refusal) => {
  const input = { userId: "ada" };
  await given(from).when(command, owner, input, undefined).thenEvents([event]);
  await given(not).when(command, owner, input, undefined).refused(refusal);
  await given(removed).when(command, owner, input, undefined).refused("user.not_found");
  await given(from).when(command, plainUser("ada"), input, undefined).refused("auth.denied");
  await given(from).when(command, orgOwner("other"), input, undefined).refused("auth.denied");
  await given().when(command, orgOwner("other"), input, undefined).refused("auth.denied");
  await given().when(command, anonymous, input, undefined).refused("auth.missing");
});

const passwords = (max = 0) => ({
  checkImportedHash: (hash: string) => hash.startsWith("$argon2id$"),
  hashNewPassword: async (password: string) => `hash:${password}`,
  verifyPassword: async (stored: string | null, password: string) => ({
    ok: stored === `hash:${password}`,
    rehash: null,
  }),
  policiesOf: async () => ({ ...defaultPolicies, lockout: { ...defaultPolicies.lockout, maxPasswordAttempts: max } }),
});
const next = { userId: "ada", new: { is: "plain", password: "N3w-Password" } } as const;

test("a user sets a new password with the current one", async () => {
  await given(ada)
    .when(setPassword, plainUser("ada"), { ...next, currentPassword: "old" }, passwords())
    .thenEvents(["user.human.password.changed", { changeRequired: false }, { passwordHash: "hash:N3w-Password" }]);
});

test("a wrong current password counts and locks like one at sign-in", async () => {
  const setting = given(ada).when(setPassword, plainUser("ada"), { ...next, currentPassword: "no" }, passwords(1));
  await setting.thenEvents(["user.human.password.check.failed"], ["user.locked"]);
  await setting.thenResult({ is: "wrong_password", failedAttempts: 1 });
  await given(locked)
    .when(setPassword, plainUser("ada"), { ...next, currentPassword: "old" }, passwords())
    .refused("user.locked");
});

test("without the current password only who may write users sets it", async () => {
  const changed = [
    "user.human.password.changed",
    { changeRequired: true },
    { passwordHash: "hash:N3w-Password" },
  ] as const;
  await given(ada)
    .when(setPassword, owner, { ...next, changeRequired: true }, passwords())
    .thenEvents(changed);
  await given(ada).when(setPassword, plainUser("ada"), next, passwords()).refused("auth.denied");
  const asBob = plainUser("bob");
  await given(ada)
    .when(setPassword, asBob, { ...next, currentPassword: "old" }, passwords())
    .refused("auth.denied");
});

test("a new password must satisfy the rules, and only people have one", async () => {
  const weak = { ...next, new: { is: "plain", password: "weak" } } as const;
  await given(ada).when(setPassword, owner, weak, passwords()).refused("user.password_too_weak");
  const forRobot = { ...next, userId: userId.parse("robot") };
  await given(robot).when(setPassword, owner, forRobot, passwords()).refused("user.not_human");
});
