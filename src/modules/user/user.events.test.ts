import fc from "fast-check";
import { expect, test } from "vitest";
import { loadedFrom, past, recorded, stateAfter } from "../../../test/harness/given.ts";
import { evolve } from "../../kernel/event.ts";
import { limits } from "../../kernel/limits.ts";
import { defaultPolicies } from "../settings/policies.events.ts";
import { decidePasswordCheck } from "./password-check.events.ts";
import { brokenPasswordRules } from "./password-complexity.events.ts";
import { user } from "./user.events.ts";

const personal = {
  userName: "ada",
  givenName: "Ada",
  familyName: "Lovelace",
  nickName: "",
  displayName: "Ada Lovelace",
  preferredLanguage: "en",
  gender: "female",
  email: "ada@acme.example",
  phone: "+491234567",
  passwordHash: "hash",
} as const;
const added = [
  "user.human.added",
  { orgId: "acme", userNameScope: "instance", passwordChangeRequired: false },
  personal,
] as const;

const anyEvent = fc.constantFrom(
  ...([
    added,
    [
      "user.machine.added",
      { orgId: "acme", userNameScope: "instance", accessTokenType: "bearer" },
      { userName: "robot", name: "Robot", description: "" },
    ],
    ["user.username.changed", { userNameScope: "instance" }, { userName: "countess" }],
    ["user.human.profile.changed", {}, { givenName: "Augusta" }],
    ["user.machine.changed", {}, { name: "Welder" }],
    ["user.human.email.changed", {}, { email: "ada@new.example" }],
    ["user.human.email.verification.failed", {}],
    ["user.human.email.verified", {}],
    ["user.human.email.code.added", { expiresAt: 1 }, { codeHash: "h" }],
    ["user.human.phone.changed", {}, { phone: "+49777" }],
    ["user.human.phone.removed", {}],
    ["user.human.phone.verification.failed", {}],
    ["user.human.phone.verified", {}],
    ["user.human.phone.code.added", { expiresAt: 1 }, { codeHash: "h" }],
    ["user.human.password.changed", { changeRequired: true }, { passwordHash: "h" }],
    ["user.human.password.hash.updated", {}, { passwordHash: "h" }],
    ["user.human.password.check.succeeded", {}],
    ["user.human.password.check.failed", {}],
    ["user.metadata.set", { key: "k" }, { value: "djE=" }],
    ["user.metadata.removed", { key: "k" }],
    ["user.pat.added", { tokenId: "1", expiresAt: null }],
    ["user.pat.removed", { tokenId: "1" }],
    ["user.machine.key.added", { keyId: "1", publicJwk: { kty: "RSA", n: "n", e: "AQAB" }, expiresAt: null }],
    ["user.machine.key.removed", { keyId: "1" }],
    ["user.machine.secret.set", {}, { secretHash: "h" }],
    ["user.machine.secret.removed", {}],
    ["user.locked", {}],
    ["user.unlocked", {}],
    ["user.deactivated", {}],
    ["user.reactivated", {}],
    ["user.removed", {}],
  ] as const),
);

test("any history folds to a bounded state, also when the person has been erased from it", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 200 }), fc.boolean(), (events, erased) => {
      const state = events.reduce((before, event, index) => {
        const [type, payload, sealed] = event as readonly [string, unknown, unknown?];
        const one = recorded({ stream: user, id: "ada", ownerOrg: null }, index + 1, [type, payload, sealed]);
        return evolve(user, before, erased ? { ...one, personal: null } : one);
      }, user.initial);
      expect(JSON.stringify(state).length).toBeLessThan(limits.stateBytes / 8);
    }),
  );
});

test("nothing personal is left in the state of a removed user, and its name is free again", () => {
  const removed = past(user, "ada", "acme", [...added], ["user.removed", {}]);
  const state = stateAfter(user, removed);
  expect(state).toEqual({ ...user.initial, status: "removed", type: "human" });
  const living = stateAfter(user, past(user, "ada", "acme", [...added]));
  const event = recorded({ stream: user, id: "ada", ownerOrg: null }, 2, ["user.removed", {}]);
  expect(user.claims?.["user.removed"]?.(event as never, living)).toEqual({
    release: [{ kind: "user_name", value: "instance/ada" }],
  });
});

const lockout = (maxPasswordAttempts: number) => ({ ...defaultPolicies.lockout, maxPasswordAttempts });
const types = (failures: number, ok: boolean, max: number, rehash: string | null = null) => {
  const history = past(
    user,
    "ada",
    "acme",
    [...added],
    ...Array.from({ length: failures }, () => ["user.human.password.check.failed", {}] as const),
  );
  return decidePasswordCheck(loadedFrom(user, history), { ok, rehash }, lockout(max)).map((event) => event.type);
};

test("a wrong password counts; the last one that the policy allows locks; a right one starts anew", () => {
  expect(types(0, false, 3)).toEqual(["user.human.password.check.failed"]);
  expect(types(1, false, 3)).toEqual(["user.human.password.check.failed"]);
  expect(types(2, false, 3)).toEqual(["user.human.password.check.failed", "user.locked"]);
  expect(types(50, false, 0)).toEqual(["user.human.password.check.failed"]);
  expect(types(2, true, 3)).toEqual(["user.human.password.check.succeeded"]);
  expect(types(0, true, 3, "new")).toEqual(["user.human.password.check.succeeded", "user.human.password.hash.updated"]);
});

test("a locked user is not locked again", () => {
  const locked = past(user, "ada", "acme", [...added], ["user.locked", {}]);
  const events = decidePasswordCheck(loadedFrom(user, locked), { ok: false, rehash: null }, lockout(1));
  expect(events.map((event) => event.type)).toEqual(["user.human.password.check.failed"]);
});

test.each([
  ["Passw0rd!", 0],
  ["Pässw0rd€", 0],
  ["short1!", 2],
  ["password", 3],
  ["", 5],
])("the rules that %s breaks are all named", (password, broken) => {
  expect(brokenPasswordRules(defaultPolicies["password.complexity"], password)).toHaveLength(broken);
});
