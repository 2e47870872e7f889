import { expect, test } from "vitest";
import type { z } from "zod";
import { anonymous, given, instanceOwner, orgOwner, past, plainUser } from "../../../test/harness/given.ts";
import { orgId } from "../../kernel/ids.ts";
import { instance } from "../instance/instance.events.ts";
import { user } from "../user/user.events.ts";
import { addOrganization } from "./add-organization.ts";
import { deactivateOrganization } from "./deactivate-organization.ts";
import { generatedDomain, org } from "./org.events.ts";
import { reactivateOrganization } from "./reactivate-organization.ts";

const house = past(
  instance,
  "111111111111111111",
  null,
  ["instance.added", { name: "House", defaultLanguage: "en" }],
  ["instance.domain.added", { domain: "id.example.com:8443" }],
  ["instance.domain.primary.set", { domain: "id.example.com:8443" }],
  ["instance.default.org.set", { orgId: "main" }],
);
const facts = {
  hashNewPassword: async (password: string) => `hash:${password}`,
  checkImportedHash: () => true,
  mintCode: () => ({ text: "K7QX2P", hash: "hmac" }),
  isOrgDomainTaken: async () => false,
};
const bob = past(user, "bob", "main", [
  "user.machine.added",
  { orgId: "main", userNameScope: "instance", accessTokenType: "bearer" },
  { userName: "bob", name: "Bob", description: "" },
]);
const orgEvents = (name: string, domain: string) =>
  [
    ["org.added", { name }],
    ["org.domain.added", { domain }],
    ["org.domain.verified", { domain }],
    ["org.domain.primary.set", { domain }],
  ] as const;

test("an organization gets a verified domain under the instance's", async () => {
  const adding = given(house).when(addOrganization, instanceOwner(), { orgId: "acme", name: "Acme & Söhne" }, facts);
  await adding.thenEvents(...orgEvents("Acme & Söhne", "acme-sohne.id.example.com"));
  await adding.thenResult({ orgId: orgId.parse("acme"), createdAdmins: [] });
});

test("a name whose domain is taken gets one of its own", async () => {
  const taken = { ...facts, isOrgDomainTaken: async () => true };
  const { events } = await given(house)
    .when(addOrganization, instanceOwner(), { orgId: "4711471147114711", name: "Acme" }, taken)
    .decided();
  expect(events[1]?.payload).toEqual({ domain: "acme-47114711.id.example.com" });
});

test("administrators are existing users or new people, owners unless other roles are named", async () => {
  const input: z.input<typeof addOrganization.input> = {
    orgId: "acme",
    name: "Acme",
    admins: [
      { who: { is: "existing", userId: "bob" }, roles: ["ORG_USER_MANAGER"] },
      {
        who: {
          is: "human",
          human: {
            userId: "ada",
            givenName: "Ada",
            familyName: "L",
            email: "a@b.example",
            emailVerification: "return_code",
          },
        },
      },
    ],
  };
  const { events, result } = await given(house, bob).when(addOrganization, instanceOwner(), input, facts).decided();
  const told = events.slice(4).map(({ type, payload }) => [type, payload]);
  expect(told).toMatchObject([
    ["org.member.added", { objectId: "acme", userId: "bob", roles: ["ORG_USER_MANAGER"] }],
    ["user.human.added", { orgId: "acme" }],
    ["user.human.email.code.added", {}],
    ["org.member.added", { objectId: "acme", userId: "ada", roles: ["ORG_OWNER"] }],
  ]);
  expect(result.createdAdmins).toEqual([{ userId: "ada", emailCode: "K7QX2P", phoneCode: null }]);
});

const withAdmin = (admin: { who: { is: "existing"; userId: string }; roles?: string[] }) => ({
  orgId: "acme",
  name: "Acme",
  admins: [admin],
});
const who = { is: "existing", userId: "bob" } as const;

test("roles of the instance cannot be had through an organization", async () => {
  const asOwner = withAdmin({ who, roles: ["IAM_OWNER"] });
  await given(house, bob).when(addOrganization, instanceOwner(), asOwner, facts).refused("administrator.role_invalid");
  const asKing = withAdmin({ who, roles: ["KING"] });
  await given(house, bob).when(addOrganization, instanceOwner(), asKing, facts).refused("request.invalid");
});

test("unknown users administrate nothing, and nobody is named twice", async () => {
  await given(house).when(addOrganization, instanceOwner(), withAdmin({ who }), facts).refused("user.not_found");
  const twice = { name: "Acme", admins: [{ who }, { who }] };
  await given(house, bob).when(addOrganization, instanceOwner(), twice, facts).refused("request.invalid");
});

test("403: only who may create organizations does", async () => {
  const input = { name: "Acme" };
  await given(house).when(addOrganization, orgOwner("main"), input, facts).refused("auth.denied");
  await given(house).when(addOrganization, plainUser("bob"), input, facts).refused("auth.denied");
  await given(house).when(addOrganization, anonymous, input, facts).refused("auth.missing");
  const selfManager = {
    ...plainUser("eve", "main"),
    memberships: [{ level: "org", orgId: orgId.parse("main"), roles: ["SELF_MANAGEMENT_GLOBAL"] }],
  } as ReturnType<typeof plainUser>;
  await given(house).when(addOrganization, selfManager, input, facts).decided();
});

test("an id that was used cannot be used again", async () => {
  const before = past(org, "acme", "acme", ["org.added", { name: "Old" }], ["org.removed", {}]);
  const again = { orgId: "acme", name: "New" };
  await given(house, before).when(addOrganization, instanceOwner(), again, facts).refused("request.id_taken");
});

test.each([
  ["Acme", "acme.x.example"],
  ["  A  B  ", "a-b.x.example"],
  ["ÄÖÜ", "aou.x.example"],
  ["日本", "org-7.x.example"],
  ["a".repeat(80), `${"a".repeat(63)}.x.example`],
])("the domain of %s is one DNS label", (name, domain) => {
  expect(generatedDomain(name, "x.example:8080", "7")).toBe(domain);
});

test("an organization is deactivated and reactivated by its owners only, once each", async () => {
  const active = past(org, "acme", "acme", ["org.added", { name: "Acme" }]);
  const inactive = past(org, "acme", "acme", ["org.added", { name: "Acme" }], ["org.deactivated", {}]);
  const input = { orgId: "acme" };
  const owner = orgOwner("acme");
  await given(active).when(deactivateOrganization, owner, input, undefined).thenEvents(["org.deactivated"]);
  await given(inactive).when(deactivateOrganization, owner, input, undefined).refused("org.inactive");
  await given(inactive).when(reactivateOrganization, owner, input, undefined).thenEvents(["org.reactivated"]);
  await given(active).when(reactivateOrganization, owner, input, undefined).refused("org.already_active");
  await given(active).when(deactivateOrganization, orgOwner("other"), input, undefined).refused("auth.denied");
  await given().when(deactivateOrganization, instanceOwner(), input, undefined).refused("org.not_found");
});
