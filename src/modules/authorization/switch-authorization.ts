import { z } from "zod";
import { defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorization, needsUserGrant } from "./authorization.events.ts";

const switching = (to: "active" | "inactive") => {
  const event = to === "active" ? "user.grant.reactivated" : "user.grant.deactivated";
  return defineCommand({
    name: to === "active" ? "authorization.activate" : "authorization.deactivate",
    input: z.object({ authorizationId: z.string() }),
    streams: ({ input }) => ({ authorization: streamRef(authorization, input.authorizationId) }),
    permit: ({ streams }) => needsUserGrant("user.grant.write", streams.authorization.state),
    facts: noFacts,
    decide: ({ streams }) => {
      const { record, state } = streams.authorization;
      if (state.userId === null) throw new Refusal("authorization.not_found");
      return { events: state.status === to ? [] : [record(event, {})], result: undefined };
    },
  });
};

/** Lets an inactive authorization's roles count again; nothing happens to an active one. */
export const activateAuthorization = switching("active");

/** Keeps an authorization, but lets its roles count nowhere from this moment. */
export const deactivateAuthorization = switching("inactive");
