import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import {
  clientId,
  type GrantId,
  grantId,
  orgId,
  type SessionId,
  sessionId,
  type UserId,
  userId,
} from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { text } from "../../kernel/text.ts";
import { type Instant, instant } from "../../kernel/time.ts";

const moment = z.number().transform((micros) => instant(micros));

/** Where it is asked from: a device that shows a code (RFC 8628), or an application that names the user (CIBA Core 1.0). */
export const decoupledFlows = ["device", "ciba"] as const;
export type DecoupledFlow = (typeof decoupledFlows)[number];

/** What a client asked for that a person answers in another place; checked by the protocol. */
export const decoupledRequested = z.object({
  flow: z.enum(decoupledFlows),
  clientId,
  scope: z.array(z.string().max(limits.nameChars)).max(100),
  audience: z.array(z.string().max(limits.idChars)).max(500),
  resources: z.array(z.string().max(limits.textChars)).max(20).default([]),
  authorizationDetails: z.array(z.record(z.string(), z.json())).max(50).default([]),
  acrValues: z.array(z.string().max(limits.nameChars)).max(20).default([]),
  /** the org that the user must belong to, by a reserved scope */
  orgId: orgId.nullable(),
  /** whom the client named: no other may answer; `null`: whoever has the code */
  userId: userId.nullable(),
  /** shown on both sides, so that the person sees that they belong together (CIBA Core 1.0 §7.1) */
  bindingMessage: text(limits.nameChars).nullable(),
  /** HMAC of the code that the person types in */
  userCodeHash: z.string().nullable(),
  /** how often the client may ask for the answer */
  intervalSeconds: z.int().positive(),
  expiresAt: moment,
});
export type DecoupledRequested = z.output<typeof decoupledRequested>;

/** CIBA Core 1.0 §10.2: how the client is told that there is an answer. All of it opens something, so it is sealed. */
export const pingTo = z.object({ endpoint: z.string(), token: z.string(), authReqId: z.string() });
export type PingTo = z.output<typeof pingTo>;

const nothing = z.object({});

const decoupledEvents = {
  "device.authorization.added": { payload: decoupledRequested, personal: z.object({ ping: pingTo.nullable() }) },
  /** who answered, by which session, and how and when the user had been authenticated */
  "device.authorization.approved": {
    payload: z.object({
      userId,
      sessionId,
      authTime: moment,
      amr: z.array(z.string()),
      acr: z.string().nullable(),
    }),
  },
  "device.authorization.canceled": { payload: nothing },
  /** the grant that the answer was exchanged for: revoked when the client asks for it again */
  "device.authorization.done": { payload: z.object({ grantId }) },
} as const;

export type DecoupledAnswer = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly authTime: Instant;
  readonly amr: readonly string[];
  readonly acr: string | null;
};

export type DecoupledStatus = "absent" | "open" | "approved" | "denied" | "done";

export type DecoupledState = {
  readonly status: DecoupledStatus;
  readonly requested: DecoupledRequested | null;
  readonly createdAt: Instant;
  readonly ping: PingTo | null;
  readonly answer: DecoupledAnswer | null;
  readonly grantId: GrantId | null;
};

const initial: DecoupledState = {
  status: "absent",
  requested: null,
  createdAt: instant(0),
  ping: null,
  answer: null,
  grantId: null,
};

/** An authorization that is asked for in one place and given in another. Short-lived. */
export const decoupled = defineStream<DecoupledState>()({
  kind: "device_auth",
  revision: 1,
  events: decoupledEvents,
  initial,
  erases: ["device.authorization.canceled", "device.authorization.done"],
  evolve: {
    "device.authorization.added": (_state, { payload, personal, at }) => ({
      ...initial,
      status: "open",
      requested: payload,
      createdAt: at,
      ping: personal?.ping ?? null,
    }),
    "device.authorization.approved": (state, { payload }) => ({ ...state, status: "approved", answer: payload }),
    "device.authorization.canceled": (state) => ({ ...state, status: "denied", ping: null }),
    "device.authorization.done": (state, { payload }) => ({
      ...state,
      status: "done",
      ping: null,
      grantId: payload.grantId,
    }),
  },
});
