import { z } from "zod";
import type { Ctx } from "../../kernel/actor.ts";
import { needs, needsAny } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { type NewEvent, readOnlyRef, type StreamRef, streamRef } from "../../kernel/event.ts";
import { orgId, userId } from "../../kernel/ids.ts";
import { isRole, type Role } from "../../kernel/permissions.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { name } from "../../kernel/text.ts";
import { administrator, roleFits } from "../administrator/administrator.events.ts";
import { instance } from "../instance/instance.events.ts";
import { effectivePolicy, instanceSettings, settings } from "../settings/settings.events.ts";
import {
  type HumanUserSources,
  humanUser,
  humanUserEvents,
  humanUserFacts,
  humanUserResult,
} from "../user/human-user.events.ts";
import { user } from "../user/user.events.ts";
import { generatedDomain, org, suffixedDomain } from "./org.events.ts";

const adminsMax = 20;

const admin = z.object({
  who: z.discriminatedUnion("is", [
    z.object({ is: z.literal("existing"), userId }),
    z.object({ is: z.literal("human"), human: humanUser }),
  ]),
  roles: z.array(z.string().refine(isRole, "is not a role")).default([]),
});
type Admin = z.output<typeof admin>;

const idOf = ({ who }: Admin) => (who.is === "existing" ? who.userId : who.human.userId);

const input = z.object({
  /** the caller's own id for the org; one is made when it is missing */
  orgId: orgId.optional(),
  name: name(),
  admins: z
    .array(admin)
    .max(adminsMax)
    .refine((admins) => {
      const ids = admins.map(idOf).filter((id) => id !== undefined);
      return new Set(ids).size === ids.length;
    }, "names a user twice")
    .default([]),
});

type Sources = HumanUserSources & {
  readonly isOrgDomainTaken: (ctx: Ctx, domain: string) => Promise<boolean>;
};

type Refs = {
  readonly org: StreamRef<typeof org>;
  readonly instance: StreamRef<typeof instance>;
  readonly settings: StreamRef<typeof settings>;
} & AdminRefs;

/** Two streams per administrator, numbered as in the input. */
type AdminRefs = {
  [account: `user${number}`]: StreamRef<typeof user>;
  [membership: `administrator${number}`]: StreamRef<typeof administrator>;
};

/** Adds an organization with its generated domain and, if wanted, administrators: existing users or new humans. */
export const addOrganization = defineCommand({
  name: "org.add",
  input,
  streams: ({ ctx, input, newId }) => {
    const id = input.orgId ?? orgId.parse(newId());
    const refs: Refs = {
      org: streamRef(org, id, id),
      instance: readOnlyRef(instance, ctx.instanceId),
      settings: readOnlyRef(settings, instanceSettings),
    };
    for (const [i, one] of input.admins.entries()) {
      refs[`user${i}`] =
        one.who.is === "existing" ? readOnlyRef(user, one.who.userId) : streamRef(user, idOf(one) ?? newId(), id);
      refs[`administrator${i}`] = streamRef(administrator, newId(), id);
    }
    return refs;
  },
  // SELF_MANAGEMENT_GLOBAL, which also holds org.create, is a role on the instance's default org.
  permit: ({ streams }) =>
    needsAny(needs("org.create"), needs("org.create", { orgId: streams.instance.state.defaultOrgId })),
  facts: async (from: Sources, { ctx, input, streams }) => {
    const { primaryDomain } = streams.instance.state;
    const { id } = streams.org;
    const plain = generatedDomain(input.name, primaryDomain, id);
    const taken = await from.isOrgDomainTaken(ctx, plain);
    return {
      domain: taken ? suffixedDomain(input.name, primaryDomain, id) : plain,
      humans: await Promise.all(
        input.admins.map(async ({ who }) => (who.is === "human" ? humanUserFacts(from, who.human) : null)),
      ),
    };
  },
  decide: ({ ctx, input, streams, facts }) => {
    if (streams.org.exists) throw new Refusal("request.id_taken");
    const id = orgId.parse(streams.org.id);
    const domain = { domain: facts.domain };
    const events: NewEvent[] = [
      streams.org.record("org.added", { name: input.name }),
      streams.org.record("org.domain.added", domain),
      streams.org.record("org.domain.verified", domain),
      streams.org.record("org.domain.primary.set", domain),
    ];
    const createdAdmins: ReturnType<typeof humanUserResult>[] = [];
    const complexity = effectivePolicy("password.complexity", streams.settings.state, null);
    for (const [i, { who, roles }] of input.admins.entries()) {
      const loaded = streams[`user${i}`];
      const membership = streams[`administrator${i}`];
      if (!loaded || !membership) throw new Error(`no stream for administrator ${i}`);
      if (who.is === "existing") {
        if (loaded.state.status === "absent" || loaded.state.status === "removed") throw new Refusal("user.not_found");
      } else {
        const made = facts.humans[i];
        if (!made) throw new Error(`no facts for administrator ${i}`);
        events.push(...humanUserEvents(loaded, who.human, made, { orgId: id, now: ctx.now, complexity }));
        createdAdmins.push(humanUserResult(loaded, made));
      }
      const held: readonly Role[] = roles.length > 0 ? roles : ["ORG_OWNER"];
      if (!held.every((role) => roleFits("org", role))) throw new Refusal("administrator.role_invalid");
      events.push(
        membership.record("org.member.added", { objectId: id, userId: userId.parse(loaded.id), roles: [...held] }),
      );
    }
    return { events, result: { orgId: id, createdAdmins } };
  },
});
