import { describe, expect, test } from "vitest";
import { given, instanceOwner, orgOwner, past, testNow } from "../../../test/harness/given.ts";
import type { Actor } from "../../kernel/actor.ts";
import { orgId, sessionId, tokenId, userId } from "../../kernel/ids.ts";
import { addSeconds } from "../../kernel/time.ts";
import { defaultPolicies } from "../settings/policies.events.ts";
import { user } from "../user/user.events.ts";
import { createSession } from "./create-session.ts";
import { session } from "./session.events.ts";
import { setSession } from "./set-session.ts";
import { type SessionSources, tarpitSeconds } from "./write-session.ts";

const ada = userId.parse("ada");
const added = [
  "user.human.added",
  { orgId: orgId.parse("acme"), userNameScope: "instance", passwordChangeRequired: false },
  {
    userName: "ada",
    givenName: "Ada",
    familyName: "Lovelace",
    nickName: "",
    displayName: "Ada Lovelace",
    preferredLanguage: "",
    gender: "unspecified",
    email: "ada@example.com",
    phone: null,
    passwordHash: "hash:right",
  },
] as const;
const failed = ["user.human.password.check.failed", {}] as const;
const adaNow = past(user, ada, "acme", added);

const ourPages: Actor = {
  kind: "system",
  name: "login",
  memberships: [{ level: "instance", roles: ["IAM_LOGIN_CLIENT"] }],
};

const sources = (change: { login?: object; lockout?: object; orgActive?: boolean } = {}) => {
  const compared: (string | null)[] = [];
  const from: SessionSources = {
    verifyPassword: async (hash, password) => {
      compared.push(hash);
      return { ok: hash === `hash:${password}`, rehash: null };
    },
    policiesOf: async () => ({
      ...defaultPolicies,
      login: { ...defaultPolicies.login, ...change.login },
      lockout: { ...defaultPolicies.lockout, ...change.lockout },
    }),
    isOrgActive: async () => change.orgActive ?? true,
    mintToken: () => ({ id: tokenId.parse("77"), text: "st_77.secret", hash: new Uint8Array(32) }),
  };
  return { ...from, compared };
};

const signIn = (password: string, id: typeof ada | null = ada) => ({
  checks: { user: { userId: id }, password: { password } },
});

describe("making a session", () => {
  test("records who was checked, how and when, and the token that is valid now", async () => {
    const outcome = given(adaNow).when(
      createSession,
      instanceOwner(),
      { ...signIn("right"), lifetimeSeconds: 60 },
      sources(),
    );
    await outcome.thenEvents(
      ["session.added", {}, { fingerprintId: null, ip: null, description: null, header: {} }],
      ["session.user.checked", { userId: ada, orgId: "acme", checkedAt: testNow }],
      ["user.human.password.check.succeeded"],
      ["session.password.checked", { checkedAt: testNow }],
      ["session.lifetime.set", { expiresAt: addSeconds(testNow, 60) }],
      ["session.token.set", { tokenId: "77" }],
    );
    const { tokens } = await outcome.decided();
    expect(tokens).toMatchObject([
      { do: "put", row: { kind: "session", userId: ada, expiresAt: addSeconds(testNow, 60) } },
    ]);
  });

  test("needs session.write on the instance: an org owner may not", () =>
    given(adaNow).when(createSession, orgOwner("acme"), signIn("right"), sources()).refused("auth.denied"));

  test("a wrong password is recorded on the user and makes no session", async () => {
    const outcome = given(adaNow).when(createSession, instanceOwner(), signIn("wrong"), sources());
    await outcome.thenEvents(failed);
    await outcome.thenResult({ is: "wrong", failedAttempts: 1, delaySeconds: 0 });
  });

  test("the attempt that reaches the maximum locks", () =>
    given(past(user, ada, "acme", added, failed, failed))
      .when(createSession, instanceOwner(), signIn("wrong"), sources({ lockout: { maxPasswordAttempts: 3 } }))
      .thenEvents(failed, ["user.locked"]));

  test.each([
    ["user.locked", past(user, ada, "acme", added, ["user.locked", {}]), {}],
    ["user.not_active", past(user, ada, "acme", added, ["user.deactivated", {}]), {}],
    ["user.not_found", past(user, ada, "acme", added, ["user.removed", {}]), {}],
    ["org.inactive", adaNow, { orgActive: false }],
    ["session.password_not_allowed", adaNow, { login: { allowUsernamePassword: false } }],
  ] as const)("refuses with %s even when the password is right", (code, before, change) =>
    given(before).when(createSession, instanceOwner(), signIn("right"), sources(change)).refused(code),
  );
});

describe("where the policy conceals who exists, our pages answer alike", () => {
  const concealing = { login: { ignoreUnknownUsernames: true } };
  const wrong = { is: "wrong", failedAttempts: null, delaySeconds: 0 } as const;
  test.each([
    ["an unknown name", adaNow, null],
    ["a wrong password", adaNow, ada],
    ["the tenth wrong password", past(user, ada, "acme", added, ...Array.from({ length: 9 }, () => failed)), ada],
    ["a locked user", past(user, ada, "acme", added, ["user.locked", {}]), ada],
    ["a deactivated user", past(user, ada, "acme", added, ["user.deactivated", {}]), ada],
  ] as const)("%s", async (_name, before, id) => {
    const from = sources(concealing);
    await given(before).when(createSession, ourPages, signIn("wrong", id), from).thenResult(wrong);
    expect(from.compared).toHaveLength(1);
  });
});

describe("changing a session", () => {
  const adasSession = past(
    session,
    "s1",
    null,
    ["session.added", {}, { fingerprintId: null, ip: null, description: null, header: {} }],
    ["session.user.checked", { userId: ada, orgId: orgId.parse("acme"), checkedAt: testNow }],
    ["session.token.set", { tokenId: tokenId.parse("76") }],
  );
  const change = (more: object) => ({ sessionId: sessionId.parse("s1"), sessionUserId: ada, ...more });

  test("drops the token it had in the same unit", async () => {
    const { tokens } = await given(adasSession)
      .when(setSession, instanceOwner(), change({ metadata: { shop: "bm9ydGg=" } }), sources())
      .decided();
    expect(tokens).toMatchObject([
      { do: "drop", kind: "session", id: "76" },
      { do: "put", row: { id: "77", userId: ada } },
    ]);
  });

  test("its user stays the same for life", () =>
    given(adasSession, past(user, "eve", "acme", added))
      .when(setSession, instanceOwner(), change({ checks: { user: { userId: userId.parse("eve") } } }), sources())
      .refused("session.user_differs"));

  test("a password needs a user", () =>
    given(
      past(session, "s1", null, [
        "session.added",
        {},
        { fingerprintId: null, ip: null, description: null, header: {} },
      ]),
    )
      .when(
        setSession,
        instanceOwner(),
        { sessionId: sessionId.parse("s1"), sessionUserId: null, checks: { password: { password: "right" } } },
        sources(),
      )
      .refused("session.user_missing"));
});

test("five failures in a row cost a second each, never more than ten", () => {
  expect([0, 4, 5, 9, 10, 50, 500].map(tarpitSeconds)).toEqual([0, 0, 1, 1, 2, 10, 10]);
});
