import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import {
  defaultPolicies,
  domainPolicy,
  labelPolicy,
  lockoutPolicy,
  loginPolicy,
  notificationPolicy,
  type Policies,
  type PolicyName,
  passwordAgePolicy,
  passwordComplexityPolicy,
  privacyPolicy,
  securityPolicy,
} from "./policies.events.ts";

/** The policies that the instance has, and that an org may have for itself. */
export type OrgPolicyName = Exclude<PolicyName, "security">;

/** The event types of one policy: set for the first time or again, on the instance or on an org. */
type TypesOf<Name extends PolicyName> = `${"instance" | "org"}.policy.${Name}.${"added" | "changed"}`;
type RemovedTypes = `org.policy.${OrgPolicyName}.removed`;

export const orgPolicies = [
  "login",
  "password.complexity",
  "password.age",
  "lockout",
  "domain",
  "label",
  "notification",
  "privacy",
] as const satisfies readonly OrgPolicyName[];

/** One entry per event by which an org gives up a policy of its own. */
export const forRemoved = <Value>(value: (name: OrgPolicyName) => Value): Record<RemovedTypes, Value> =>
  // As below.
  Object.fromEntries(orgPolicies.map((name) => [`org.policy.${name}.removed`, value(name)])) as Record<
    RemovedTypes,
    Value
  >;

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
  ...forPolicy("notification", shape(notificationPolicy)),
  ...forPolicy("privacy", shape(privacyPolicy)),
  ...forRemoved(() => shape(z.object({}))),
  /** what was drafted is shown from now on; of ZITADEL's own name */
  "instance.policy.label.activated": shape(z.object({})),
  "org.policy.label.activated": shape(z.object({})),
  "instance.policy.security.set": shape(securityPolicy),
} as const;

export type SettingsState = {
  readonly policies: Partial<Policies>;
  /** a look that is prepared and not shown yet */
  readonly labelDraft: Policies["label"] | null;
};

const initial: SettingsState = { policies: {}, labelDraft: null };

const set =
  <Name extends PolicyName>(name: Name) =>
  (state: SettingsState, event: { readonly payload: Policies[Name] }): SettingsState => ({
    ...state,
    policies: { ...state.policies, [name]: event.payload },
  });

const draftLabel = (state: SettingsState, event: { readonly payload: Policies["label"] }): SettingsState => ({
  ...state,
  labelDraft: event.payload,
});

const activateLabel = (state: SettingsState): SettingsState =>
  state.labelDraft === null ? state : { policies: { ...state.policies, label: state.labelDraft }, labelDraft: null };

const remove =
  (name: OrgPolicyName) =>
  (state: SettingsState): SettingsState => {
    const { [name]: _gone, ...policies } = state.policies;
    return { policies, labelDraft: name === "label" ? null : state.labelDraft };
  };

/** Where a look that is prepared and not shown yet is read. */
export const labelDraft = "label.draft";

/** The stream id of the instance's own settings; an org's settings have the org's id. */
export const instanceSettings = "instance";

/** The policies of the instance, or those that an org sets for itself. */
export const settings = defineStream<SettingsState>()({
  kind: "settings",
  revision: 2,
  events: settingsEvents,
  initial,
  evolve: {
    ...forPolicy("login", set("login")),
    ...forPolicy("password.complexity", set("password.complexity")),
    ...forPolicy("password.age", set("password.age")),
    ...forPolicy("lockout", set("lockout")),
    ...forPolicy("domain", set("domain")),
    ...forPolicy("label", draftLabel),
    "instance.policy.label.activated": activateLabel,
    "org.policy.label.activated": activateLabel,
    ...forPolicy("notification", set("notification")),
    ...forRemoved(remove),
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
