import type { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import {
  defaultPolicies,
  domainPolicy,
  labelPolicy,
  lockoutPolicy,
  loginPolicy,
  type Policies,
  type PolicyName,
  passwordAgePolicy,
  passwordComplexityPolicy,
  privacyPolicy,
  securityPolicy,
} from "./policies.events.ts";

/** The event types of one policy: set for the first time or again, on the instance or on an org. */
type TypesOf<Name extends PolicyName> = `${"instance" | "org"}.policy.${Name}.${"added" | "changed"}`;

/** One entry per event type of a policy, all with the same value. */
export const forPolicy = <Name extends PolicyName, Value>(name: Name, value: Value): Record<TypesOf<Name>, Value> =>
  // Computed keys widen to `string`; these four are exactly the members of TypesOf<Name>.
  ({
    [`instance.policy.${name}.added`]: value,
    [`instance.policy.${name}.changed`]: value,
    [`org.policy.${name}.added`]: value,
    [`org.policy.${name}.changed`]: value,
  }) as Record<TypesOf<Name>, Value>;

const shape = <Payload extends z.ZodObject>(payload: Payload) => ({ payload });

const settingsEvents = {
  ...forPolicy("login", shape(loginPolicy)),
  ...forPolicy("password.complexity", shape(passwordComplexityPolicy)),
  ...forPolicy("password.age", shape(passwordAgePolicy)),
  ...forPolicy("lockout", shape(lockoutPolicy)),
  ...forPolicy("domain", shape(domainPolicy)),
  ...forPolicy("label", shape(labelPolicy)),
  ...forPolicy("privacy", shape(privacyPolicy)),
  "instance.policy.security.set": shape(securityPolicy),
} as const;

export type SettingsState = { readonly policies: Partial<Policies> };

const initial: SettingsState = { policies: {} };

const set =
  <Name extends PolicyName>(name: Name) =>
  (state: SettingsState, event: { readonly payload: Policies[Name] }): SettingsState => ({
    policies: { ...state.policies, [name]: event.payload },
  });

/** The stream id of the instance's own settings; an org's settings have the org's id. */
export const instanceSettings = "instance";

/** The policies of the instance, or those that an org sets for itself. */
export const settings = defineStream<SettingsState>()({
  kind: "settings",
  revision: 1,
  events: settingsEvents,
  initial,
  evolve: {
    ...forPolicy("login", set("login")),
    ...forPolicy("password.complexity", set("password.complexity")),
    ...forPolicy("password.age", set("password.age")),
    ...forPolicy("lockout", set("lockout")),
    ...forPolicy("domain", set("domain")),
    ...forPolicy("label", set("label")),
    ...forPolicy("privacy", set("privacy")),
    "instance.policy.security.set": set("security"),
  },
});

/** The policy that holds: the org's own, else the instance's, else the product's. */
export const effectivePolicy = <Name extends PolicyName>(
  name: Name,
  ofInstance: SettingsState,
  ofOrg: SettingsState | null,
): Policies[Name] => ofOrg?.policies[name] ?? ofInstance.policies[name] ?? defaultPolicies[name];
