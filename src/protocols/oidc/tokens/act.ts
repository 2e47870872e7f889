import { userId } from "../../../kernel/ids.ts";
import type { GrantActor } from "../../../modules/grant/grant.events.ts";
import type { TokenInstance } from "../instance.ts";
import type { Claims } from "./claims.ts";
import { type SubjectClient, subjectFor } from "./subject.ts";

/** RFC 8693 §4.1 `act`: who acts for the subject, and within it who acted before, by the names that the client knows. */
export const actClaim = (
  instance: TokenInstance,
  client: SubjectClient | null,
  actor: GrantActor | null,
): Claims | undefined => {
  if (actor === null) return undefined;
  const known = userId.safeParse(actor.sub).data;
  return {
    iss: actor.iss,
    sub: known === undefined ? actor.sub : subjectFor(instance, client, known),
    ...(actor.act === undefined ? {} : { act: actClaim(instance, client, actor.act) }),
  };
};
