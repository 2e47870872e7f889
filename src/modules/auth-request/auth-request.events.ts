import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import {
  browserId,
  clientId,
  type GrantId,
  grantId,
  orgId,
  type SessionId,
  sessionId,
  type TokenId,
  tokenId,
  type UserId,
  userId,
} from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { text } from "../../kernel/text.ts";
import { type Instant, instant } from "../../kernel/time.ts";
import { claimsRequest } from "./claims-request.events.ts";

const moment = z.number().transform((micros) => instant(micros));

/** OpenID Connect Core §3.1.2.1, and `create` of Initiating User Registration §4. */
export const prompts = ["none", "login", "consent", "select_account", "create"] as const;
export type Prompt = (typeof prompts)[number];

/**
 * OAuth 2.0 Multiple Response Type Encoding Practices §2.1; `form_post` is of OAuth 2.0 Form Post Response Mode, the signed
 * ones of JARM §2.3 (`jwt` stands for one of them, by the response type).
 */
export const responseModes = ["query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt"] as const;
export type ResponseMode = (typeof responseModes)[number];

/** What a client asked for at an authorization endpoint, checked by the protocol. */
export const requested = z.object({
  clientId,
  redirectUri: text(),
  responseType: z.string().max(40),
  responseMode: z.enum(responseModes),
  scope: z.array(z.string().max(limits.nameChars)).max(100),
  audience: z.array(z.string().max(limits.idChars)).max(500),
  /** handed back to the client as it came */
  state: text(limits.opaqueChars).nullable(),
  nonce: text(limits.opaqueChars).nullable(),
  /** S256 (RFC 7636 §4.2) */
  codeChallenge: z.string().max(128).nullable(),
  prompt: z.array(z.enum(prompts)),
  maxAgeSeconds: z.number().int().nonnegative().nullable(),
  uiLocales: z.array(z.string().max(35)).max(20),
  acrValues: z.array(z.string().max(limits.nameChars)).max(20),
  /** the user of the `id_token_hint`: no other may answer */
  hintUserId: userId.nullable(),
  /** the org that the user must belong to, by a reserved scope */
  orgId: orgId.nullable(),
  /** the browser that brought the request; `null`: not known, then any may answer */
  browserId: browserId.nullable(),
  /** the user of the login client that is to answer (`x-zitadel-login-client`); `null`: our own pages */
  loginClientId: userId.nullable(),
  /** OpenID Connect Core 1.0 §5.5 */
  claims: claimsRequest.nullable().default(null),
  /** RFC 8707 §2 */
  resources: z.array(z.string().max(limits.textChars)).max(20).default([]),
  /** RFC 9396 §2 */
  authorizationDetails: z.array(z.record(z.string(), z.json())).max(50).default([]),
  /** the authorization, asked for elsewhere, that this sign-in is to answer: then there is no redirect to go to */
  decoupledId: z.string().max(limits.idChars).nullable().default(null),
  /** RFC 9449 §10: the key that the code is bound to */
  dpopJkt: z.string().length(43).nullable().default(null),
  /** the pushed request behind its reference, used up with the answer (RFC 9126 §7.3) */
  pushedId: tokenId.nullable().default(null),
});

export type Requested = z.output<typeof requested>;

const nothing = z.object({});

const authRequestEvents = {
  "auth_request.added": {
    payload: requested.extend({ expiresAt: moment }),
    personal: z.object({ loginHint: text(limits.nameChars).nullable() }),
  },
  /** who answered: the session, its user, and how and when the user had been authenticated */
  "auth_request.session.linked": {
    payload: z.object({
      sessionId,
      userId,
      authTime: moment,
      amr: z.array(z.string()),
      acr: z.string().nullable().default(null),
    }),
  },
  /** the grant of the access token that went with the answer itself: from the authorization endpoint, not by the code */
  "auth_request.tokens.added": { payload: z.object({ grantId }) },
  "auth_request.code.added": { payload: z.object({ tokenId, expiresAt: moment }) },
  /** the grant that the code was exchanged for: revoked when the code is presented again */
  "auth_request.code.exchanged": { payload: z.object({ grantId }) },
  "auth_request.succeeded": { payload: nothing },
  /** the OAuth error that was sent to the client */
  "auth_request.failed": { payload: z.object({ error: z.string() }) },
} as const;

export type Linked = {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly authTime: Instant;
  /** RFC 8176 */
  readonly amr: readonly string[];
  readonly acr: string | null;
};

export type IssuedCode = { readonly tokenId: TokenId; readonly expiresAt: Instant };

/**
 * `open` waits for its answer; `linked` has its session; `code_issued` waits for the client to exchange the code;
 * `exchanged` and `failed` are ends.
 */
export type AuthRequestStatus = "absent" | "open" | "linked" | "code_issued" | "exchanged" | "failed";

export type AuthRequestState = {
  readonly status: AuthRequestStatus;
  readonly requested: Requested | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly linked: Linked | null;
  readonly code: IssuedCode | null;
  readonly grantId: GrantId | null;
  /** an access token went with the answer: there is no second one */
  readonly hasTokens: boolean;
};

const initial: AuthRequestState = {
  status: "absent",
  requested: null,
  createdAt: instant(0),
  expiresAt: instant(0),
  linked: null,
  code: null,
  grantId: null,
  hasTokens: false,
};

/** One client's wish that somebody signs in, from its arrival to its answer. Short-lived. */
export const authRequest = defineStream<AuthRequestState>()({
  kind: "auth_request",
  revision: 3,
  events: authRequestEvents,
  initial,
  erases: ["auth_request.succeeded", "auth_request.failed"],
  claims: {
    // Of all requests that one reference began, also on other processes, the first answer is the only one.
    "auth_request.session.linked": (_event, { requested: asked }) =>
      asked?.pushedId ? { take: [{ kind: "pushed_request", value: asked.pushedId }] } : {},
  },
  evolve: {
    "auth_request.added": (_state, { payload: { expiresAt, ...asked }, at }) => ({
      ...initial,
      status: "open",
      requested: asked,
      createdAt: at,
      expiresAt,
    }),
    "auth_request.session.linked": (state, { payload }) => ({ ...state, status: "linked", linked: payload }),
    "auth_request.tokens.added": (state) => ({ ...state, hasTokens: true }),
    "auth_request.code.added": (state, { payload }) => ({ ...state, status: "code_issued", code: payload }),
    "auth_request.code.exchanged": (state, { payload }) => ({
      ...state,
      status: "exchanged",
      grantId: payload.grantId,
    }),
    "auth_request.succeeded": (state) => state,
    "auth_request.failed": (state) => ({ ...state, status: "failed" }),
  },
});

type Existing = { readonly exists: boolean; readonly state: AuthRequestState };

/** The request, while it waits for its answer; refuses when there is none, it was answered, or nobody answered in time. */
export const openRequest = ({ exists, state }: Existing, now: Instant): Requested => {
  if (!exists || state.requested === null) throw new Refusal("auth_request.not_found");
  if (state.status !== "open") throw new Refusal("auth_request.done");
  if (state.expiresAt <= now) throw new Refusal("auth_request.expired");
  return state.requested;
};
