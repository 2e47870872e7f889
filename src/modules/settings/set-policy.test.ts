import { expect, test } from "vitest";
import { given, instanceOwner, orgOwner, past, stateAfter } from "../../../test/harness/given.ts";
import { limits } from "../../kernel/limits.ts";
import { defaultPolicies, policySchemas } from "./policies.events.ts";
import { setPolicy } from "./set-policy.ts";
import { effectivePolicy, instanceSettings, settings } from "./settings.events.ts";

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
  const ofInstance = { policies: { lockout: strict } };
  const ofOrg = { policies: { lockout: defaultPolicies.lockout } };
  expect(effectivePolicy("lockout", ofInstance, ofOrg)).toEqual(defaultPolicies.lockout);
  expect(effectivePolicy("lockout", ofInstance, { policies: {} })).toEqual(strict);
  expect(effectivePolicy("lockout", { policies: {} }, null)).toEqual(defaultPolicies.lockout);
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
