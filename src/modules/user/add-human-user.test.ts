import { expect, test } from "vitest";
import type { z } from "zod";
import { anonymous, given, instanceOwner, orgOwner, past, plainUser } from "../../../test/harness/given.ts";
import { org } from "../org/org.events.ts";
import { defaultPolicies } from "../settings/policies.events.ts";
import { instanceSettings, settings } from "../settings/settings.events.ts";
import { addHumanUser } from "./add-human-user.ts";
import { user } from "./user.events.ts";

const acme = past(org, "acme", "acme", ["org.added", { name: "Acme" }]);

const facts = {
  hashNewPassword: async (password: string) => `hash:${password}`,
  checkImportedHash: (hash: string) => hash.startsWith("$argon2id$"),
  mintCode: () => ({ text: "K7QX2P", hash: "hmac" }),
};

const ada = { orgId: "acme", userId: "ada", givenName: "Ada", familyName: "Lovelace", email: "ada@acme.example" };

const adaAdded = [
  "user.human.added",
  { orgId: "acme", userNameScope: "instance", passwordChangeRequired: false },
  {
    userName: "ada@acme.example",
    givenName: "Ada",
    familyName: "Lovelace",
    nickName: "",
    displayName: "Ada Lovelace",
    preferredLanguage: "",
    gender: "unspecified",
    email: "ada@acme.example",
    phone: null,
    passwordHash: null,
  },
] as const;

test("an org owner adds a user, who is named by the e-mail address when nothing else is said", async () => {
  const adding = given(acme).when(addHumanUser, orgOwner("acme"), ada, facts);
  await adding.thenEvents(adaAdded);
  await adding.thenResult({ userId: "ada", emailCode: null, phoneCode: null });
});

test("everything that is known of a person goes into the log sealed, a password only as its hash", async () => {
  const all = {
    ...ada,
    userName: "Countess",
    nickName: "A",
    displayName: "Lady Lovelace",
    preferredLanguage: "en-GB",
    gender: "female",
    emailVerification: "verified",
    phone: "+44 (20) 7946-0958",
    phoneVerification: "verified",
    password: { is: "plain", password: "Analytical-Engine1" },
    passwordChangeRequired: true,
    metadata: [{ key: "cost-centre", value: "NDI=" }],
  } satisfies z.input<typeof addHumanUser.input>;
  await given(acme)
    .when(addHumanUser, orgOwner("acme"), all, facts)
    .thenEvents(
      [
        "user.human.added",
        { orgId: "acme", userNameScope: "instance", passwordChangeRequired: true },
        {
          userName: "Countess",
          givenName: "Ada",
          familyName: "Lovelace",
          nickName: "A",
          displayName: "Lady Lovelace",
          preferredLanguage: "en-GB",
          gender: "female",
          email: "ada@acme.example",
          phone: "+442079460958",
          passwordHash: "hash:Analytical-Engine1",
        },
      ],
      ["user.human.email.verified"],
      ["user.human.phone.verified"],
      ["user.metadata.set", { key: "cost-centre" }, { value: "NDI=" }],
    );
});

test("codes that are asked for are told once; the log holds only their HMAC", async () => {
  const asking = {
    ...ada,
    emailVerification: "return_code",
    phone: "+491234567",
    phoneVerification: "return_code",
  } as const;
  const adding = given(acme).when(addHumanUser, orgOwner("acme"), asking, facts);
  await adding.thenResult({ userId: "ada", emailCode: "K7QX2P", phoneCode: "K7QX2P" });
  const { events } = await adding.decided();
  expect(events.map((event) => event.type)).toEqual([
    "user.human.added",
    "user.human.email.code.added",
    "user.human.phone.code.added",
  ]);
  expect(JSON.stringify(events.map(({ payload, personal }) => [payload, personal]))).not.toContain("K7QX2P");
});

test("an imported hash is taken as it is if its cost is within bounds", async () => {
  const imported = (hash: string) => ({ ...ada, password: { is: "hashed", hash } as const });
  const adding = given(acme).when(addHumanUser, orgOwner("acme"), imported("$argon2id$v=19$…"), facts);
  expect((await adding.decided()).events[0]?.personal).toMatchObject({ passwordHash: "$argon2id$v=19$…" });
  await given(acme).when(addHumanUser, orgOwner("acme"), imported("$md5$x"), facts).refused("user.hash_unsupported");
});

const weak = { ...ada, password: { is: "plain", password: "password" } } as const;

test("a password must satisfy the rules that hold for the organization", async () => {
  await given(acme).when(addHumanUser, orgOwner("acme"), weak, facts).refused("user.password_too_weak");

  const lax = { ...defaultPolicies["password.complexity"], minLength: 4, requiresUppercase: false };
  const none = { ...lax, requiresNumber: false, requiresSymbol: false };
  const ofOrg = past(settings, "acme", "acme", ["org.policy.password.complexity.added", none]);
  await given(acme, ofOrg).when(addHumanUser, orgOwner("acme"), weak, facts).decided();

  const ofInstance = past(settings, instanceSettings, null, ["instance.policy.password.complexity.added", none]);
  await given(acme, ofInstance).when(addHumanUser, orgOwner("acme"), weak, facts).decided();
});

test("an id is used once, even after its user was removed", async () => {
  const before = past(user, "ada", "acme", [...adaAdded], ["user.removed", {}]);
  await given(acme, before).when(addHumanUser, orgOwner("acme"), ada, facts).refused("request.id_taken");
});

test("403: owners of other organizations, users without a role, and nobody at all add no users", async () => {
  await given(acme).when(addHumanUser, orgOwner("other"), ada, facts).refused("auth.denied");
  await given(acme).when(addHumanUser, plainUser("bob"), ada, facts).refused("auth.denied");
  await given(acme).when(addHumanUser, anonymous, ada, facts).refused("auth.missing");
});

test("a stranger is refused alike whether the organization exists or not, and cannot make us hash", async () => {
  const hashing = { ...facts, hashNewPassword: () => Promise.reject(new Error("hashed for a stranger")) };
  await given().when(addHumanUser, orgOwner("other"), weak, hashing).refused("auth.denied");
  await given(acme).when(addHumanUser, orgOwner("other"), weak, hashing).refused("auth.denied");
});

test("an organization that does not exist or is not active takes no users", async () => {
  await given().when(addHumanUser, instanceOwner(), ada, facts).refused("org.not_found");
  const inactive = past(org, "acme", "acme", ["org.added", { name: "Acme" }], ["org.deactivated", {}]);
  await given(inactive).when(addHumanUser, instanceOwner(), ada, facts).refused("org.not_found");
});

test.each([
  ["no name", { givenName: " " }],
  ["an address without @", { email: "ada" }],
  ["a line break in the name", { familyName: "Love\nlace" }],
  ["an id that is part of a route", { userId: "me" }],
  ["a language that is none", { preferredLanguage: "english please" }],
  ["a phone number of letters", { phone: "call me" }],
  ["metadata that is not base64", { metadata: [{ key: "k", value: "!" }] }],
])("refuses %s", async (_what, part) => {
  await given(acme)
    .when(addHumanUser, orgOwner("acme"), { ...ada, ...part }, facts)
    .refused("request.invalid");
});
