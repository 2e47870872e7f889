import { z } from "zod";
import { clientId, type GrantId, type SessionId, sessionId, type UserId } from "../../../../kernel/ids.ts";
import { epochSeconds, type Instant, instantFromSeconds } from "../../../../kernel/time.ts";
import type { Client, ClientReader } from "../../../../modules/application/client.queries.ts";
import type { Confirmation, GrantActor } from "../../../../modules/grant/grant.events.ts";
import type { TokenReader } from "../../../../modules/token/token.queries.ts";
import type { Entered } from "../../enter.ts";
import { OAuthError } from "../../errors.ts";
import type { VerifyOwnJwt } from "../../tokens/own-jwt.ts";
import { type FindBearer, scopeOf } from "../../tokens/presented-token.ts";
import { userOfSubject } from "../../tokens/subject.ts";

/** RFC 8693 §3. */
export const tokenTypes = {
  accessToken: "urn:ietf:params:oauth:token-type:access_token",
  idToken: "urn:ietf:params:oauth:token-type:id_token",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
} as const;

/** Whom a presented token speaks of, and what its holder may do with it. */
export type Party = {
  readonly userId: UserId;
  readonly grantId: GrantId | null;
  readonly sessionId: SessionId | null;
  readonly patId: string | null;
  readonly authTime: Instant;
  readonly amr: readonly string[];
  readonly acr: string | null;
  readonly act: GrantActor | null;
  readonly scope: readonly string[];
  /** `null`: for all (personal access tokens) */
  readonly audience: readonly string[] | null;
  /** `null`: it does not end */
  readonly expiresAt: Instant | null;
  readonly confirmation: Confirmation | null;
  /** an ID token: it tells who somebody is, and is no right to anything */
  readonly isStatement: boolean;
};

export type PresentedPartyDeps = {
  readonly findBearer: FindBearer;
  readonly tokens: Pick<TokenReader, "find">;
  readonly verifyOwn: VerifyOwnJwt;
  readonly clients: Pick<ClientReader, "find">;
  readonly isSessionAlive: (at: Entered, id: SessionId, userId: UserId) => Promise<boolean>;
};

const invalid = (detail: string): OAuthError =>
  // RFC 8693 §2.2.2: a token that is not valid, or must not be used so, is an invalid request.
  new OAuthError("invalid_request", { description: "A token is not valid or is not for this client", detail });

/**
 * RFC 8693 §2.1: a presented token, valid now, and meant for the client that presents it: it or its project is in the
 * audience. Otherwise whoever got hold of another client's token could trade it in here (class R, GHSA-vrh8-c9cm-wh8v).
 */
export const presentedParty = async (
  deps: PresentedPartyDeps,
  entered: Entered,
  client: Client,
  type: string,
  token: string,
): Promise<Party> => {
  const party = await read(deps, entered, type, token);
  const { audience } = party;
  if (audience !== null && !audience.includes(client.clientId) && !audience.includes(client.projectId)) {
    throw invalid("the token is for others");
  }
  return party;
};

const read = async (deps: PresentedPartyDeps, entered: Entered, type: string, token: string): Promise<Party> => {
  switch (type) {
    case tokenTypes.accessToken:
      return bearerParty(deps, entered, token);
    case tokenTypes.jwt:
      if (token.split(".", 4).length !== 3) throw invalid("not a JWT");
      return bearerParty(deps, entered, token);
    case tokenTypes.idToken:
      return idTokenParty(deps, entered, token);
    default:
      throw new OAuthError("invalid_request", { description: "The token type is not supported" });
  }
};

const bearerParty = async (
  { findBearer, tokens }: PresentedPartyDeps,
  { ctx, instance }: Entered,
  token: string,
): Promise<Party> => {
  const bearer = await findBearer(instance, token, ctx.now);
  if (bearer === null) throw invalid("unknown token");
  if (bearer.dead !== null) throw invalid(bearer.dead);
  if (bearer.subject === null) throw invalid("the token is an application's own");
  const isPat = bearer.kind === "pat";
  const stored = isPat ? null : await tokens.find(ctx.instanceId, "access", bearer.id, ctx.now);
  return {
    userId: bearer.subject.userId,
    grantId: bearer.grantId,
    sessionId: stored?.sessionId ?? null,
    patId: isPat ? bearer.id : null,
    authTime: bearer.authentication?.authTime ?? bearer.createdAt,
    amr: bearer.authentication?.amr ?? [],
    acr: bearer.terms?.acr ?? null,
    act: bearer.terms?.actor ?? null,
    scope: scopeOf(bearer),
    audience: isPat ? null : bearer.audience,
    expiresAt: bearer.expiresAt,
    confirmation: bearer.confirmation,
    isStatement: false,
  };
};

const idTokenForm = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  azp: clientId,
  exp: z.number(),
  iat: z.number(),
  auth_time: z.number().optional(),
  amr: z.array(z.string()).default([]),
  acr: z.string().nullable().default(null),
  sid: sessionId.nullable().default(null),
});

const idTokenParty = async (
  { verifyOwn, clients, isSessionAlive }: PresentedPartyDeps,
  entered: Entered,
  token: string,
): Promise<Party> => {
  const { ctx, instance } = entered;
  const verified = await verifyOwn(instance.instanceId, token);
  // An access token, signed by the same keys, is no ID token (RFC 8725 §3.11).
  if (verified === null || verified.typ !== "jwt") throw invalid("not an ID token of ours");
  const { data } = idTokenForm.safeParse(verified.payload);
  if (data === undefined || data.iss !== instance.issuer) throw invalid("claims of the ID token");
  // Unlike a hint it opens something, so an old one is none (class R).
  if (data.exp <= epochSeconds(ctx.now)) throw invalid("the ID token has expired");
  if ("act" in data) throw invalid("an ID token that was exchanged itself");
  const userId = userOfSubject(instance, await clients.find(ctx.instanceId, data.azp), data.sub);
  if (userId === null) throw invalid("the subject of the ID token");
  if (data.sid !== null && !(await isSessionAlive(entered, data.sid, userId))) throw invalid("the session has ended");
  return {
    userId,
    grantId: null,
    sessionId: data.sid,
    patId: null,
    authTime: instantFromSeconds(data.auth_time ?? data.iat),
    amr: data.amr,
    acr: data.acr,
    act: null,
    // What its scope was it does not say: it proves who somebody is, and no more may come of it.
    scope: ["openid"],
    audience: [data.aud].flat(),
    expiresAt: instantFromSeconds(data.exp),
    confirmation: null,
    isStatement: true,
  };
};
