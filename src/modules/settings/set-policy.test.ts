import { expect, test } from "vitest";
import { given, instanceOwner, orgOwner, past, stateAfter } from "../../../test/harness/given.ts";
import { limits } from "../../kernel/limits.ts";
import { defaultPolicies, policySchemas } from "./policies.events.ts";
import { activateLabel, resetPolicy, setPolicy } from "./set-policy.ts";
import { setSecurityPolicy } from "./set-security-policy.ts";
import { effectivePolicy, instanceSettings, settings } from "./settings.events.ts";

const nothing = { policies: {}, labelDraft: null };
const strict = { maxPasswordAttempts: 3, maxOtpAttempts: 5 };

test("the instance's policy and an organization's own one are set, and set again", async () => {
  const onInstance = { orgId: null, policy: "lockout", value: strict } as const;
  await given()
    .when(setPolicy, instanceOwner(), onInstance, undefined)
    .thenEvents(["instance.policy.lockout.added", strict]);
  const before = past(settings, instanceSettings, null, ["instance.policy.lockout.added", defaultPolicies.lockout]);
  await given(before)
    .when(setPolicy, instanceOwner(), onInstance, undefined)
    .thenEvents(["instance.policy.lockout.changed", strict]);
  await given()
    .when(setPolicy, orgOwner("acme"), { ...onInstance, orgId: "acme" }, undefined)
    .thenEvents(["org.policy.lockout.added", strict]);
});

test("403: an organization's owner changes neither the instance's nor another one's policy", async () => {
  const input = { policy: "lockout", value: strict } as const;
  await given()
    .when(setPolicy, orgOwner("acme"), { ...input, orgId: null }, undefined)
    .refused("auth.denied");
  await given()
    .when(setPolicy, orgOwner("acme"), { ...input, orgId: "other" }, undefined)
    .refused("auth.denied");
});

test("a value that the policy does not allow is refused", async () => {
  const input = { orgId: null, policy: "lockout", value: { ...strict, maxPasswordAttempts: -1 } } as const;
  await given().when(setPolicy, instanceOwner(), input, undefined).refused("request.invalid");
});

test("the organization's own policy holds before the instance's, and that before the product's", () => {
  const ofInstance = { policies: { lockout: strict }, labelDraft: null };
  const ofOrg = { policies: { lockout: defaultPolicies.lockout }, labelDraft: null };
  expect(effectivePolicy("lockout", ofInstance, ofOrg)).toEqual(defaultPolicies.lockout);
  expect(effectivePolicy("lockout", ofInstance, nothing)).toEqual(strict);
  expect(effectivePolicy("lockout", nothing, null)).toEqual(defaultPolicies.lockout);
});

test("the product's policies satisfy their schemas, and all of them fit into one state", () => {
  for (const [name, schema] of Object.entries(policySchemas)) {
    expect(schema.parse(defaultPolicies[name as keyof typeof policySchemas])).toEqual(
      defaultPolicies[name as keyof typeof policySchemas],
    );
  }
});

test("policies that are as large as they may be fit into one state", () => {
  const link = "x".repeat(300);
  const theme = { ...defaultPolicies.label.light, logoUrl: link, iconUrl: link };
  const { login, privacy } = defaultPolicies;
  const links = Object.fromEntries(Object.keys(privacy).map((name) => [name, link]));
  const large = past(
    settings,
    instanceSettings,
    null,
    ["instance.policy.login.added", { ...login, defaultRedirectUri: link }],
    ["instance.policy.label.added", { ...defaultPolicies.label, light: theme, dark: theme, fontUrl: link }],
    ["instance.policy.privacy.added", { ...privacy, ...links, customLinkText: "€".repeat(100) }],
    [
      "instance.policy.security.set",
      { embeddedIframe: { enabled: true, allowedOrigins: Array(20).fill(link) }, enableImpersonation: true },
    ],
  );
  expect(new TextEncoder().encode(JSON.stringify(stateAfter(settings, large))).length).toBeLessThan(limits.stateBytes);
});

test("what is not named stays as it holds: the own value, else the instance's, else the product's", async () => {
  const ofInstance = past(settings, instanceSettings, null, ["instance.policy.lockout.added", strict]);
  const input = { orgId: "acme", policy: "lockout", value: { maxOtpAttempts: 9 } } as const;
  await given(ofInstance)
    .when(setPolicy, orgOwner("acme"), input, undefined)
    .thenEvents(["org.policy.lockout.added", { maxPasswordAttempts: 3, maxOtpAttempts: 9 }]);
});

test("an organization adds a policy once, changes only what it has, and gives it up again", async () => {
  const own = past(settings, "acme", "acme", ["org.policy.lockout.added", strict]);
  const input = { orgId: "acme", policy: "lockout", value: strict } as const;
  const reset = { orgId: "acme", policy: "lockout" } as const;
  const boss = orgOwner("acme");
  await given(own)
    .when(setPolicy, boss, { ...input, only: "add" }, undefined)
    .refused("settings.policy_exists");
  await given()
    .when(setPolicy, boss, { ...input, only: "change" }, undefined)
    .refused("settings.policy_not_found");
  await given(own).when(resetPolicy, boss, reset, undefined).thenEvents(["org.policy.lockout.removed", {}]);
  await given().when(resetPolicy, boss, reset, undefined).refused("settings.policy_not_found");
  await given(own).when(resetPolicy, orgOwner("other"), reset, undefined).refused("auth.denied");
  const relinquished = past(
    settings,
    "acme",
    "acme",
    ["org.policy.lockout.added", strict],
    ["org.policy.lockout.removed", {}],
  );
  expect(stateAfter(settings, relinquished)).toEqual(nothing);
});

test("403: how domains bind users is for instance administrators to say, and so is what embeds or impersonates", async () => {
  const domain = { orgId: "acme", policy: "domain", value: {} } as const;
  await given().when(setPolicy, orgOwner("acme"), domain, undefined).refused("auth.denied");
  const security = { embeddedIframe: { enabled: true, allowedOrigins: [] }, enableImpersonation: true };
  await given().when(setSecurityPolicy, orgOwner("acme"), security, undefined).refused("auth.denied");
  await given()
    .when(setSecurityPolicy, instanceOwner(), security, undefined)
    .thenEvents(["instance.policy.security.set", security]);
});

test("a look is drafted, and shown once it is activated", async () => {
  const look = { ...defaultPolicies.label, disableWatermark: true };
  const drafted = past(settings, "acme", "acme", ["org.policy.label.added", look]);
  expect(stateAfter(settings, drafted)).toEqual({ policies: {}, labelDraft: look });
  await given(drafted)
    .when(activateLabel, orgOwner("acme"), { orgId: "acme" }, undefined)
    .thenEvents(["org.policy.label.activated", {}]);
  const shown = past(settings, "acme", "acme", ["org.policy.label.added", look], ["org.policy.label.activated", {}]);
  expect(stateAfter(settings, shown)).toEqual({ policies: { label: look }, labelDraft: null });
  await given(shown)
    .when(activateLabel, orgOwner("acme"), { orgId: "acme" }, undefined)
    .refused("settings.nothing_drafted");
});
