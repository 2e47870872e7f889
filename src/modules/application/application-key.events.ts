import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import { type ApplicationId, applicationId, orgId, type ProjectId, projectId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";

const instant = z.custom<Instant>((value) => Number.isSafeInteger(value));

const keyEvents = {
  "project.application.oidc.key.added": {
    payload: z.object({
      applicationId,
      projectId,
      orgId,
      /** the public JWK (RFC 7517 §4) */
      publicJwk: z.record(z.string(), z.string()),
      expiresAt: instant.nullable(),
    }),
  },
  "project.application.oidc.key.removed": { payload: z.object({}) },
} as const;

export type ApplicationKeyState = {
  readonly status: "absent" | "active" | "removed";
  readonly applicationId: ApplicationId | null;
  readonly projectId: ProjectId | null;
};

const initial: ApplicationKeyState = { status: "absent", applicationId: null, projectId: null };

/** A public key by which an application proves who it is (RFC 7523 §2.2). Of its private half nothing is kept. */
export const applicationKey = defineStream<ApplicationKeyState>()({
  kind: "application_key",
  revision: 1,
  events: keyEvents,
  initial,
  evolve: {
    "project.application.oidc.key.added": (_state, { payload }) => ({
      status: "active",
      applicationId: payload.applicationId,
      projectId: payload.projectId,
    }),
    "project.application.oidc.key.removed": () => ({ ...initial, status: "removed" }),
  },
});
