import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { type NewEvent, streamRef } from "../../kernel/event.ts";
import { orgId, projectId, userId } from "../../kernel/ids.ts";
import type { Role } from "../../kernel/permissions.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { name } from "../../kernel/text.ts";
import type { MintToken, TokenWrite } from "../../kernel/token.ts";
import { administrator } from "../administrator/administrator.events.ts";
import { generatedDomain, org } from "../org/org.events.ts";
import { project } from "../project/project.events.ts";
import { defaultPolicies } from "../settings/policies.events.ts";
import { instanceSettings, settings } from "../settings/settings.events.ts";
import { type HumanUserSources, humanUser, humanUserEvents, humanUserFacts } from "../user/human-user.events.ts";
import { machineUser, machineUserEvents } from "../user/machine-user.events.ts";
import { user } from "../user/user.events.ts";
import { hostInput, instance } from "./instance.events.ts";

const input = z.object({
  name: name(),
  /** host of the external URL, with its port unless it is the scheme's own */
  host: hostInput,
  orgName: name(),
  defaultLanguage: z.string().default("en"),
  /** first administrator; without one a link makes it later */
  admin: humanUser.nullable().default(null),
  /** a service account that owns the instance, with a personal access token */
  machine: machineUser.nullable().default(null),
  /** a service account for a sign-in UI, with a personal access token */
  loginClient: machineUser.nullable().default(null),
});

type Sources = HumanUserSources & { readonly mintToken: MintToken };

/**
 * Creates an instance: settings, default organization, the instance's own project and, if wanted, its first users. One
 * transaction over all their streams: an instance exists whole or not at all.
 */
export const setUpInstance = defineCommand({
  name: "instance.set-up",
  input,
  streams: ({ ctx, input, newId }) => {
    const org_ = orgId.parse(newId());
    return {
      instance: streamRef(instance, ctx.instanceId),
      settings: streamRef(settings, instanceSettings),
      org: streamRef(org, org_, org_),
      project: streamRef(project, newId(), org_),
      admin: streamRef(user, input.admin?.userId ?? newId(), org_),
      adminRole: streamRef(administrator, newId()),
      machine: streamRef(user, input.machine?.userId ?? newId(), org_),
      machineRole: streamRef(administrator, newId()),
      loginClient: streamRef(user, input.loginClient?.userId ?? newId(), org_),
      loginClientRole: streamRef(administrator, newId()),
    };
  },
  permit: () => needs("system.instance.write"),
  facts: async (from: Sources, { input }) => ({
    admin: input.admin ? await humanUserFacts(from, input.admin) : null,
    machineToken: input.machine ? from.mintToken("pat") : null,
    loginClientToken: input.loginClient ? from.mintToken("pat") : null,
  }),
  decide: ({ ctx, input, streams, facts }) => {
    if (streams.instance.exists) throw new Refusal("instance.exists");
    const org_ = orgId.parse(streams.org.id);
    const project_ = projectId.parse(streams.project.id);
    const host = { domain: input.host };
    const orgDomain = { domain: generatedDomain(input.orgName, input.host, streams.org.id) };
    const events: NewEvent[] = [
      streams.instance.record("instance.added", { name: input.name, defaultLanguage: input.defaultLanguage }),
      streams.instance.record("instance.domain.added", host),
      streams.instance.record("instance.domain.primary.set", host),
      streams.org.record("org.added", { name: input.orgName }),
      streams.org.record("org.domain.added", orgDomain),
      streams.org.record("org.domain.verified", orgDomain),
      streams.org.record("org.domain.primary.set", orgDomain),
      streams.instance.record("instance.default.org.set", { orgId: org_ }),
      streams.project.record("project.added", {
        orgId: org_,
        name: "ZITADEL",
        roleAssertion: false,
        authorizationRequired: false,
        accessRequired: false,
        privateLabeling: "unspecified",
      }),
      streams.instance.record("instance.iam.project.set", { projectId: project_ }),
      streams.settings.record("instance.policy.login.added", defaultPolicies.login),
      streams.settings.record("instance.policy.password.complexity.added", defaultPolicies["password.complexity"]),
      streams.settings.record("instance.policy.password.age.added", defaultPolicies["password.age"]),
      streams.settings.record("instance.policy.lockout.added", defaultPolicies.lockout),
      streams.settings.record("instance.policy.domain.added", defaultPolicies.domain),
      streams.settings.record("instance.policy.label.added", defaultPolicies.label),
      streams.settings.record("instance.policy.label.activated", {}),
      streams.settings.record("instance.policy.privacy.added", defaultPolicies.privacy),
      streams.settings.record("instance.policy.security.set", defaultPolicies.security),
    ];
    const tokens: TokenWrite[] = [];
    const member = (of: typeof streams.adminRole, id: string, role: Role) =>
      of.record("instance.member.added", { objectId: ctx.instanceId, userId: userId.parse(id), roles: [role] });

    if (input.admin && facts.admin) {
      const complexity = defaultPolicies["password.complexity"];
      events.push(
        ...humanUserEvents(streams.admin, input.admin, facts.admin, { orgId: org_, now: ctx.now, complexity }),
      );
      events.push(member(streams.adminRole, streams.admin.id, "IAM_OWNER"));
    }
    const accounts = [
      [streams.machine, streams.machineRole, input.machine, facts.machineToken, "IAM_OWNER"],
      [streams.loginClient, streams.loginClientRole, input.loginClient, facts.loginClientToken, "IAM_LOGIN_CLIENT"],
    ] as const;
    for (const [account, membership, wanted, token, role] of accounts) {
      if (!wanted || !token) continue;
      events.push(...machineUserEvents(account, wanted, org_));
      events.push(account.record("user.pat.added", { tokenId: token.id, expiresAt: null }));
      events.push(member(membership, account.id, role));
      const owner = userId.parse(account.id);
      tokens.push({
        do: "put",
        row: { kind: "pat", id: token.id, hash: token.hash, expiresAt: null, userId: owner },
      });
    }
    return {
      events,
      tokens,
      result: {
        orgId: org_,
        projectId: project_,
        adminUserId: input.admin ? streams.admin.id : null,
        machineToken: facts.machineToken?.text ?? null,
        loginClientToken: facts.loginClientToken?.text ?? null,
      },
    };
  },
});
