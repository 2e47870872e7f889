import type { Ctx } from "../../kernel/actor.ts";
import { Refusal } from "../../kernel/refusal.ts";
import type { Requested } from "./auth-request.events.ts";

/** A request that names a login client is that one's to answer: no other login, and not our own pages. */
export const isForLoginClient = ({ loginClientId }: Pick<Requested, "loginClientId">, { actor }: Pick<Ctx, "actor">) =>
  loginClientId === null || (actor.kind === "user" && actor.userId === loginClientId);

/** Refuses an answer by anybody else than the login client that the request names. */
export const mustBeLoginClient = (ctx: Pick<Ctx, "actor">, requested: Pick<Requested, "loginClientId">): void => {
  if (!isForLoginClient(requested, ctx)) throw new Refusal("auth.denied");
};
