import { expect, test } from "vitest";
import {
  given,
  instanceOwner,
  orgOwner,
  past,
  plainUser,
  stateAfter,
  testInstanceId,
} from "../../../test/harness/given.ts";
import { limits } from "../../kernel/limits.ts";
import { instance } from "../instance/instance.events.ts";
import { defaultPolicies } from "../settings/policies.events.ts";
import { instanceSettings, settings } from "../settings/settings.events.ts";
import { addOrganizationDomain } from "./add-organization-domain.ts";
import { clearOrganizationMetadata, deleteOrganizationMetadata } from "./delete-organization-metadata.ts";
import { org } from "./org.events.ts";
import { orgMetadata } from "./org-metadata.events.ts";
import { removeOrganization } from "./remove-organization.ts";
import { removeOrganizationDomain } from "./remove-organization-domain.ts";
import { setOrganizationMetadata } from "./set-organization-metadata.ts";
import { updateOrganization } from "./update-organization.ts";

const house = past(
  instance,
  testInstanceId,
  null,
  ["instance.added", { name: "House", defaultLanguage: "en" }],
  ["instance.domain.primary.set", { domain: "id.example.com" }],
  ["instance.default.org.set", { orgId: "main" }],
);
const made = { domain: "acme.id.example.com" };
const ofItsOwn = { domain: "acme.example" };
const acmeEvents = [
  ["org.added", { name: "Acme" }],
  ["org.domain.added", made],
  ["org.domain.verified", made],
  ["org.domain.primary.set", made],
] as const;
const acme = past(org, "acme", "acme", ...acmeEvents);
const ownEvents = [...acmeEvents, ["org.domain.added", ofItsOwn], ["org.domain.verified", ofItsOwn]] as const;
const withOwn = past(org, "acme", "acme", ...ownEvents);
const gone = past(org, "acme", "acme", ["org.added", { name: "Acme" }], ["org.removed", {}]);
const main = past(org, "main", "main", ["org.added", { name: "Main" }]);
const strict = past(settings, instanceSettings, null, [
  "instance.policy.domain.added",
  { ...defaultPolicies.domain, validateOrgDomains: true },
]);
const owner = orgOwner("acme");
const onAcme = { orgId: "acme" };
const free = { isOrgDomainTaken: async () => false };
const taken = { isOrgDomainTaken: async () => true };
const notOwn = { ownsInstanceProject: async () => false };

test("the domain made of a name follows the name; others stay", async () => {
  const next = { domain: "umbrella.id.example.com" };
  await given(house, withOwn)
    .when(updateOrganization, owner, { ...onAcme, name: "Umbrella" }, free)
    .thenEvents(
      ["org.changed", { name: "Umbrella" }],
      ["org.domain.added", next],
      ["org.domain.verified", next],
      ["org.domain.primary.set", next],
      ["org.domain.removed", made],
    );
  const { events } = await given(house, acme)
    .when(updateOrganization, owner, { ...onAcme, name: "Umbrella" }, taken)
    .decided();
  expect(events[1]?.payload).toEqual({ domain: "umbrella-acme.id.example.com" });
});

test("a primary domain of its own stays the primary one", async () => {
  const own = past(org, "acme", "acme", ...ownEvents, ["org.domain.primary.set", ofItsOwn]);
  const { events } = await given(house, own)
    .when(updateOrganization, owner, { ...onAcme, name: "Umbrella" }, free)
    .decided();
  expect(events.map(({ type }) => type)).toEqual([
    "org.changed",
    "org.domain.added",
    "org.domain.verified",
    "org.domain.removed",
  ]);
});

test("a name that differs in case only keeps its domain, and the same name changes nothing", async () => {
  await given(house, acme)
    .when(updateOrganization, owner, { ...onAcme, name: "ACME" }, taken)
    .thenEvents(["org.changed", { name: "ACME" }]);
  await given(house, acme)
    .when(updateOrganization, owner, { ...onAcme, name: "Acme" }, taken)
    .thenEvents();
  await given(house, gone)
    .when(updateOrganization, owner, { ...onAcme, name: "X" }, free)
    .refused("org.not_found");
});

test("an organization is removed once, and never the instance's own", async () => {
  await given(house, acme).when(removeOrganization, owner, onAcme, notOwn).thenEvents(["org.removed"]);
  await given(house, gone).when(removeOrganization, owner, onAcme, notOwn).refused("org.not_found");
  await given(house, main).when(removeOrganization, instanceOwner(), { orgId: "main" }, notOwn).refused("org.own");
  const ownsProject = { ownsInstanceProject: async () => true };
  await given(house, acme).when(removeOrganization, owner, onAcme, ownsProject).refused("org.own");
});

test("what an organization held is free after it", () => {
  const before = stateAfter(org, withOwn);
  expect(org.claims?.["org.removed"]?.({} as never, before)).toEqual({
    release: [
      { kind: "org_name", value: "acme" },
      { kind: "org_domain", value: "acme.id.example.com" },
      { kind: "org_domain", value: "acme.example" },
    ],
  });
  const released = org.claims?.["org.domain.removed"]?.({ payload: ofItsOwn } as never, before);
  expect(released).toEqual({ release: [{ kind: "org_domain", value: "acme.example" }] });
  const unverified = stateAfter(org, past(org, "acme", "acme", ...acmeEvents, ["org.domain.added", ofItsOwn]));
  expect(org.claims?.["org.domain.removed"]?.({ payload: ofItsOwn } as never, unverified)).toEqual({});
});

test("a domain counts at once, unless the policy asks for proof", async () => {
  const adding = { ...onAcme, domain: "  ACME.example " };
  await given(acme)
    .when(addOrganizationDomain, owner, adding, undefined)
    .thenEvents(["org.domain.added", ofItsOwn], ["org.domain.verified", ofItsOwn]);
  await given(acme, strict)
    .when(addOrganizationDomain, owner, adding, undefined)
    .thenEvents(["org.domain.added", ofItsOwn]);
  await given(withOwn).when(addOrganizationDomain, owner, adding, undefined).refused("org.domain_exists");
  await given(gone).when(addOrganizationDomain, owner, adding, undefined).refused("org.not_found");
});

test.each([
  "",
  "acme example",
  "-a.example",
  "a..example",
  "https://acme.example",
  "acme.example:80",
  "ä\u0000.example",
])("%j is not a domain", async (domain) => {
  await given(acme)
    .when(addOrganizationDomain, owner, { ...onAcme, domain }, undefined)
    .refused("request.invalid");
});

test("an organization has at most as many domains as its state holds", async () => {
  const label = "d".repeat(60);
  const domain = (i: number) => ({ domain: `${label}.${label}.${label}.${label}.a${i}.example`.slice(0, 253) });
  const full = past(
    org,
    "acme",
    "acme",
    ["org.added", { name: "ä".repeat(limits.nameChars) }],
    ...Array.from({ length: limits.domainsPerOrganization }, (_, i) => ["org.domain.added", domain(i)] as const),
  );
  expect(new TextEncoder().encode(JSON.stringify(stateAfter(org, full))).length).toBeLessThan(limits.stateBytes);
  const adding = { ...onAcme, domain: "one-more.example" };
  await given(full).when(addOrganizationDomain, owner, adding, undefined).refused("org.domains_full");
});

test("a domain is removed, but not the primary one", async () => {
  await given(withOwn)
    .when(removeOrganizationDomain, owner, { ...onAcme, ...ofItsOwn }, undefined)
    .thenEvents(["org.domain.removed", ofItsOwn]);
  await given(withOwn)
    .when(removeOrganizationDomain, owner, { ...onAcme, ...made }, undefined)
    .refused("org.domain_primary");
  await given(acme)
    .when(removeOrganizationDomain, owner, { ...onAcme, ...ofItsOwn }, undefined)
    .refused("org.domain_not_found");
});

const entry = past(orgMetadata, "acme:plan", "acme", [
  "org.metadata.set",
  { orgId: "acme", key: "plan", value: "Zw==" },
]);

test("metadata is set and deleted by key; deleting what is not there changes nothing at all", async () => {
  const entries = [
    { key: "plan", value: "Z29sZA==" },
    { key: "tier", value: "" },
  ];
  await given(acme, entry)
    .when(setOrganizationMetadata, owner, { ...onAcme, entries }, undefined)
    .thenEvents(...entries.map((one) => ["org.metadata.set", { ...onAcme, ...one }] as const));
  await given(acme, entry)
    .when(deleteOrganizationMetadata, owner, { ...onAcme, keys: ["plan", "plan"] }, undefined)
    .thenEvents(["org.metadata.removed", { ...onAcme, key: "plan" }]);
  await given(acme, entry)
    .when(deleteOrganizationMetadata, owner, { ...onAcme, keys: ["plan", "other"] }, undefined)
    .refused("org.metadata_not_found");
  await given(gone)
    .when(setOrganizationMetadata, owner, { ...onAcme, entries }, undefined)
    .refused("org.not_found");
  await given(gone, entry)
    .when(clearOrganizationMetadata, instanceOwner(), { ...onAcme, key: "plan" }, undefined)
    .thenEvents(["org.metadata.removed", { ...onAcme, key: "plan" }]);
});

test.each([
  { entries: [] },
  {
    entries: [
      { key: "a", value: "" },
      { key: "a", value: "" },
    ],
  },
  { entries: [{ key: "", value: "" }] },
  { entries: [{ key: "a", value: "not base64!" }] },
  { entries: [{ key: "a", value: "A".repeat(66_672) }] },
])("refuses metadata %#", async (part) => {
  await given(acme)
    .when(setOrganizationMetadata, owner, { ...onAcme, ...part }, undefined)
    .refused("request.invalid");
});

test("403: who may not write an organization changes nothing of it and does not learn whether it exists", async () => {
  for (const stranger of [orgOwner("other"), plainUser("bob", "acme")]) {
    for (const known of [[house, acme, entry], [house]]) {
      await given(...known)
        .when(updateOrganization, stranger, { ...onAcme, name: "X" }, free)
        .refused("auth.denied");
      await given(...known)
        .when(removeOrganization, stranger, onAcme, notOwn)
        .refused("auth.denied");
      await given(...known)
        .when(addOrganizationDomain, stranger, { ...onAcme, ...ofItsOwn }, undefined)
        .refused("auth.denied");
      await given(...known)
        .when(removeOrganizationDomain, stranger, { ...onAcme, ...made }, undefined)
        .refused("auth.denied");
      await given(...known)
        .when(setOrganizationMetadata, stranger, { ...onAcme, entries: [{ key: "a", value: "" }] }, undefined)
        .refused("auth.denied");
      await given(...known)
        .when(deleteOrganizationMetadata, stranger, { ...onAcme, keys: ["plan"] }, undefined)
        .refused("auth.denied");
    }
  }
  await given(acme, entry)
    .when(clearOrganizationMetadata, owner, { ...onAcme, key: "plan" }, undefined)
    .refused("auth.denied");
});
