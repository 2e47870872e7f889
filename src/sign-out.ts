import { z } from "zod";
import { type Core, systemCtx } from "./compose.ts";
import { issuerOf } from "./issuer.ts";
import { type InstanceId, sessionId, userId } from "./kernel/ids.ts";
import { Refusal } from "./kernel/refusal.ts";
import { instant } from "./kernel/time.ts";
import { endGrantWithSession, logoutNoticeKind } from "./modules/grant/end-with-session.ts";
import { terminateSession } from "./modules/session/terminate-session.ts";
import type { Job, JobHandlers } from "./platform/jobs/worker.ts";
import { backChannelLogout } from "./protocols/oidc/logout/back-channel.ts";
import { clientJwtWriter } from "./protocols/oidc/tokens/client-jwt.ts";

const ended = z.object({ sessionId });
const signedOut = z.object({ userId, before: z.number().transform((micros) => instant(micros)) });
const atOnce = 100;

/**
 * What follows when people are signed out, by whom and how ever: the session's grants end, and each client that somebody
 * was signed in to by it is told, by a message of its own that is sent until it is taken.
 */
export const signOutHandlers = (core: Core): JobHandlers => {
  const { readers, run, now, settings, keys } = core;

  const endGrants = async ({ instanceId, payload }: Job): Promise<void> => {
    const { sessionId: session } = ended.parse(payload);
    const ctx = systemCtx(instanceId, "job", now());
    for (;;) {
      const grants = await readers.sessionGrants.grantsOf(instanceId, session, atOnce);
      const isLastPage = grants.length < atOnce;
      // The last of a full page may have others of its client behind it: it comes with them.
      for (const [index, { grantId, clientId }] of (isLastPage ? grants : grants.slice(0, -1)).entries()) {
        // A client's last grant tells it: whoever takes over half-way finds either that one or nothing left to tell.
        await run(endGrantWithSession, ctx, { grantId, tell: grants[index + 1]?.clientId !== clientId });
      }
      if (isLastPage) return;
    }
  };

  const endSessions = async ({ instanceId, payload }: Job): Promise<void> => {
    const { userId: person, before } = signedOut.parse(payload);
    const ctx = systemCtx(instanceId, "job", now());
    for (;;) {
      const sessions = await readers.sessions.idsOfUser(instanceId, person, atOnce, before);
      for (const one of sessions) await run(terminateSession, ctx, { sessionId: one }).catch(unlessOver);
      if (sessions.length < atOnce) return;
    }
  };

  const tellerOf = async (instanceId: InstanceId) => {
    const found = (await readers.instances.instances()).find((one) => one.instanceId === instanceId);
    if (found === undefined) throw new Refusal("instance.not_found");
    await keys.open(instanceId);
    return { issuer: issuerOf(settings, found), subjectKey: keys.subjectKeyOf(instanceId) };
  };
  const tell = backChannelLogout({ ...core, clients: readers.clients, clientJwt: clientJwtWriter(core), tellerOf });

  return { "session.ended": endGrants, "user.sign_out": endSessions, [logoutNoticeKind]: tell };
};

/** Ended by somebody else meanwhile: that is what was wanted. */
const unlessOver = (error: unknown): void => {
  const isOver = error instanceof Refusal && ["session.not_found", "session.terminated"].includes(error.code);
  if (!isOver) throw error;
};
