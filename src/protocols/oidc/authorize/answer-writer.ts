import type { Ctx } from "../../../kernel/actor.ts";
import type { Run } from "../../../kernel/command.ts";
import { Refusal } from "../../../kernel/refusal.ts";
import { addSeconds, epochSeconds } from "../../../kernel/time.ts";
import type { Client, ClientReader } from "../../../modules/application/client.queries.ts";
import { defaultClientSettings } from "../../../modules/application/client-settings.events.ts";
import type { AnswerTo, AnswerWriter, AuthorizationError } from "../../../modules/auth-request/answer-writer.ts";
import type { Completed } from "../../../modules/auth-request/complete-auth-request.ts";
import { partsOf } from "../../../modules/auth-request/response-type.events.ts";
import type { Granted } from "../../../modules/grant/credentials.ts";
import type { GrantSources } from "../../../modules/grant/exchange-code.ts";
import type { GrantReader } from "../../../modules/grant/grant.queries.ts";
import { openImplicitGrant } from "../../../modules/grant/open-implicit-grant.ts";
import type { InstanceKeys } from "../../../platform/keys/instance-keys.ts";
import { type ClaimSourcesDeps, claimSources } from "../claims/claim-sources.ts";
import type { ClientKeys } from "../client-keys.ts";
import { type SessionStateDeps, sessionStateWriter } from "../logout/session-state.ts";
import { type ClientJwt, clientJwtWriter } from "../tokens/client-jwt.ts";
import { type IssueTokens, tokenIssuer } from "../tokens/issue-tokens.ts";
import type { SignerOf } from "../tokens/signer.ts";
import { formPostUrl } from "./form-post.ts";
import { carrierOf, isJwtMode, type ResponseParameters, responseUrl } from "./response-url.ts";

export type AnswerWriterDeps = Pick<InstanceKeys, "sealSecret" | "subjectKeyOf"> & {
  readonly run: Run<GrantSources>;
  readonly clients: Pick<ClientReader, "find">;
  readonly signerOf: SignerOf;
  readonly clientKeys: ClientKeys;
  readonly grants: Pick<GrantReader, "subject"> & ClaimSourcesDeps["grants"];
} & Omit<ClaimSourcesDeps, "grants"> &
  SessionStateDeps;

/** What writes the parts of an answer. */
type Writers = Pick<AnswerWriterDeps, "run" | "subjectKeyOf"> & {
  readonly issueTokens: IssueTokens;
  readonly clientJwt: ClientJwt;
};

/** JARM §2.1: a response is used at once; at most ten minutes are recommended. */
const jarmSeconds = 600;

/** The one writer of authorization responses, in every mode, with tokens, codes and errors. */
export const answerWriter = (deps: AnswerWriterDeps): AnswerWriter => {
  const clientJwt = clientJwtWriter(deps);
  const sources = claimSources(deps);
  const issueTokens = tokenIssuer({ signerOf: deps.signerOf, clientJwt, sources, subject: deps.grants.subject });
  const sessionStateFor = sessionStateWriter(deps);
  const writers: Writers = { ...deps, clientJwt, issueTokens };

  const write = async (
    ctx: Ctx,
    issuer: string,
    to: AnswerTo,
    client: Pick<Client, "settings"> | null,
    answer: ResponseParameters,
  ): Promise<string> => {
    const state: ResponseParameters = to.state === null ? [] : [["state", to.state]];
    // RFC 9207 §2: `iss` against mix-up attacks, on errors too; in a JWT its issuer says it (JARM §2.1).
    const parameters: ResponseParameters = isJwtMode(to.responseMode)
      ? [["response", await signed(clientJwt, ctx, issuer, to, client, [...answer, ...state])]]
      : [...answer, ...state, ["iss", issuer]];
    const carrier = carrierOf(to.responseMode);
    return carrier === "form_post"
      ? formPostUrl(deps, ctx, issuer, to, parameters)
      : responseUrl(to.redirectUri, carrier, parameters);
  };

  return {
    failed: async (ctx, issuer, to, error) => {
      const client = isJwtMode(to.responseMode) ? await deps.clients.find(ctx.instanceId, to.clientId) : null;
      return write(ctx, issuer, to, client, errorParameters(error));
    },

    completed: async (ctx, issuer, completed) => {
      const { requested } = completed;
      const client = await deps.clients.find(ctx.instanceId, requested.clientId);
      if (client === null || !client.isActive) throw new Refusal("application.inactive");
      const answer = await answerParameters(writers, ctx, issuer, client, completed);
      const state = requested.scope.includes("openid") ? await sessionStateFor(ctx, requested) : null;
      return write(ctx, issuer, requested, client, state === null ? answer : [...answer, ["session_state", state]]);
    },
  };
};

/** OpenID Connect Core 1.0 §3.1.2.5, §3.2.2.5, §3.3.2.5: what the words of the response type ask for. */
const answerParameters = async (
  { run, issueTokens, subjectKeyOf }: Writers,
  ctx: Ctx,
  issuer: string,
  client: Client,
  { authRequestId, requested, linked, code }: Completed,
): Promise<ResponseParameters> => {
  const parts = partsOf(requested.responseType);
  const instance = { issuer, subjectKey: subjectKeyOf(ctx.instanceId) };
  const granted = parts.accessToken
    ? (await run(openImplicitGrant, ctx, { authRequestId, lifetimes: client.lifetimes })).result
    : null;
  const accessTokenType = client.oidc?.accessTokenType ?? "bearer";
  const accessToken =
    granted === null ? null : await issueTokens.accessToken(ctx, instance, { client, accessTokenType }, granted);
  const idToken = parts.idToken
    ? await issueTokens.idToken(ctx, instance, client, { ...requested, ...linked }, { accessToken, code })
    : null;
  return [
    ...(code === null ? [] : ([["code", code]] as const)),
    ...(granted === null || accessToken === null ? [] : accessTokenParameters(ctx, granted, accessToken)),
    ...(idToken === null ? [] : ([["id_token", idToken]] as const)),
  ];
};

/** RFC 6749 §4.2.2. */
const accessTokenParameters = (ctx: Ctx, granted: Granted, accessToken: string): ResponseParameters => [
  ["access_token", accessToken],
  ["token_type", "Bearer"],
  ["expires_in", String(epochSeconds(granted.access.expiresAt) - epochSeconds(ctx.now))],
  ["scope", granted.scope.join(" ")],
];

const errorParameters = ({ error, errorDescription, errorUri }: AuthorizationError): ResponseParameters => [
  ["error", error],
  ...(errorDescription ? ([["error_description", errorDescription]] as const) : []),
  ...(errorUri ? ([["error_uri", errorUri]] as const) : []),
];

/** JARM §2.1: the parameters as claims, signed as the client asks; for it alone, and for minutes. */
const signed = async (
  clientJwt: ClientJwt,
  ctx: Ctx,
  issuer: string,
  to: AnswerTo,
  client: Pick<Client, "settings"> | null,
  parameters: ResponseParameters,
): Promise<string> => {
  const jwt = await clientJwt(ctx.instanceId, client ?? { settings: defaultClientSettings }, "authorization");
  return jwt.write({
    ...Object.fromEntries(parameters),
    iss: issuer,
    aud: to.clientId,
    exp: epochSeconds(addSeconds(ctx.now, jarmSeconds)),
  });
};
