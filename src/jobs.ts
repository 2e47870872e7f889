import { z } from "zod";
import { cascadeHandlers } from "./cascades.ts";
import { type Core, systemCtx } from "./compose.ts";
import { authRequestId, sessionId, userId } from "./kernel/ids.ts";
import { Refusal } from "./kernel/refusal.ts";
import { instant, microsPerSecond } from "./kernel/time.ts";
import { removeAdministrator } from "./modules/administrator/remove-administrator.ts";
import { cibaPingKind } from "./modules/auth-request/answer-decoupled.ts";
import { authRequest } from "./modules/auth-request/auth-request.events.ts";
import { dropAuthRequest } from "./modules/auth-request/auth-request.projection.ts";
import { decoupled } from "./modules/auth-request/decoupled.events.ts";
import { dropDecoupled } from "./modules/auth-request/decoupled.projection.ts";
import { removeAuthorization } from "./modules/authorization/remove-authorization.ts";
import { withdrawConsent } from "./modules/consent/withdraw-consent.ts";
import { session } from "./modules/session/session.events.ts";
import { dropSession } from "./modules/session/session.projection.ts";
import { terminateSession } from "./modules/session/terminate-session.ts";
import { dropExpiredTokens } from "./modules/token/token.projection.ts";
import { webKeyAlgorithms } from "./modules/web-key/web-key.events.ts";
import { messageHandlers } from "./notify.ts";
import { purgeStreams } from "./platform/eventstore/purge.ts";
import type { Job, JobHandlers } from "./platform/jobs/worker.ts";
import { pingClient } from "./protocols/oidc/decoupled/ping.ts";
import { provideKeys, rotateDueKeys } from "./rotate-keys.ts";
import { signOutHandlers } from "./sign-out.ts";

const erasePayload = z.object({ userId });
const keysPayload = z.object({ algorithms: z.array(z.enum(webKeyAlgorithms)) });
const atOnce = 100;

/** What is done after an append, by kind of job. Each may run again: what is done already is left alone. */
const jobHandlers = (core: Core): JobHandlers => {
  const { readers, run, now, database } = core;

  /** A user was removed: its sessions, authorizations and roles go too, and with them the rest of what was personal. */
  const eraseUser = async ({ instanceId, payload }: Job): Promise<void> => {
    const { userId: removed } = erasePayload.parse(payload);
    const ctx = systemCtx(instanceId, "job", now());
    for (;;) {
      const sessions = await readers.sessions.idsOfUser(instanceId, removed, atOnce);
      for (const sessionId of sessions) await run(terminateSession, ctx, { sessionId }).catch(unlessGone);
      if (sessions.length < atOnce) break;
    }
    for (;;) {
      const given = await readers.dependents.authorizationsOf(instanceId, "user_id", removed, atOnce);
      for (const authorizationId of given) await run(removeAuthorization, ctx, { authorizationId });
      if (given.length < atOnce) break;
    }
    for (;;) {
      const given = await readers.consents.remaining(instanceId, "user_id", removed, atOnce);
      for (const one of given) await run(withdrawConsent, ctx, one).catch(unlessGone);
      if (given.length < atOnce) break;
    }
    for (const administratorId of await readers.administrators.administratorsOf(ctx, removed)) {
      await run(removeAdministrator, ctx, { administratorId }).catch(unlessGone);
    }
    await database.checkpoint();
  };

  const makeKeys = ({ instanceId, payload }: Job): Promise<void> =>
    provideKeys(core, instanceId, keysPayload.parse(payload).algorithms);

  return {
    "user.erase": eraseUser,
    ...cascadeHandlers(core),
    ...messageHandlers(core),
    ...signOutHandlers(core),
    [cibaPingKind]: pingClient({ clients: readers.clients, dialer: core.dialer }),
    "web_key.provide": makeKeys,
  };
};

/** The same, each attempt noted by its kind and how it ended. */
export const observedHandlers = (core: Core): JobHandlers =>
  Object.fromEntries(
    Object.entries(jobHandlers(core)).map(([kind, handle]) => [
      kind,
      (job: Job) => core.observer.measure("job", kind, () => handle(job)),
    ]),
  );

const firstRotationSeconds = 60;

/** How often expired credentials are swept out, and how long they are kept to tell what they were. */
const sweepEverySeconds = 3_600;
const keptSeconds = 86_400;
/** How long it can be seen who had signed in, and when: sessions that expired are no credentials, they are a trail. */
const sessionsKeptSeconds = 90 * 86_400;

/** Removes what has expired: credentials, and auth requests and sessions with their events. */
export const sweep = async ({
  assertions,
  pace,
  database,
  readers,
  now,
}: Pick<Core, "assertions" | "pace" | "database" | "readers" | "now">): Promise<void> => {
  const before = instant(now() - keptSeconds * microsPerSecond);
  const sessionsBefore = instant(now() - sessionsKeptSeconds * microsPerSecond);
  for (const { instanceId } of await readers.instances.instances()) {
    await database.write([dropExpiredTokens({ instanceId, before }, database.compiler).compile()]);
    await assertions.forget(instanceId, now());
    await pace.forget(instanceId, now());
    for (;;) {
      const ids = await readers.decoupled.endedBefore(instanceId, before);
      if (ids.length === 0) break;
      const alongWith = (id: string) => [dropDecoupled({ instanceId, id }, database.compiler).compile()];
      await purgeStreams(database, { instanceId, kind: decoupled.kind, ids, alongWith });
    }
    for (;;) {
      const ids = await readers.authRequests.endedBefore(instanceId, before);
      if (ids.length === 0) break;
      const alongWith = (id: string) => [
        dropAuthRequest({ instanceId, id: authRequestId.parse(id) }, database.compiler).compile(),
      ];
      await purgeStreams(database, { instanceId, kind: authRequest.kind, ids, alongWith });
    }
    for (;;) {
      const ids = await readers.sessions.expiredBefore(instanceId, sessionsBefore);
      if (ids.length === 0) break;
      const alongWith = (id: string) => [
        dropSession({ instanceId, id: sessionId.parse(id) }, database.compiler).compile(),
      ];
      await purgeStreams(database, { instanceId, kind: session.kind, ids, alongWith });
    }
  }
};

/** Starts the sweep of what has expired, and the rotation of keys; gives the function that stops both. */
export const startSweep = (core: Core, onFailure: (error: unknown) => void): (() => void) => {
  const rotate = () => rotateDueKeys(core, core.settings.keyRotationDays, onFailure).catch(onFailure);
  const timer = setInterval(() => {
    void sweep(core).catch(onFailure);
    void rotate();
  }, sweepEverySeconds * 1_000);
  // A process that never lives for an hour brings the keys up to date as well.
  const soon = setTimeout(rotate, firstRotationSeconds * 1_000);
  timer.unref();
  soon.unref();
  return () => {
    clearInterval(timer);
    clearTimeout(soon);
  };
};

const unlessGone = (error: unknown): void => {
  if (!(error instanceof Refusal && error.kind === "not_found")) throw error;
};
