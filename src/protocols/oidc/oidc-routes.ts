import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Run } from "../../kernel/command.ts";
import type { SessionId, UserId } from "../../kernel/ids.ts";
import type { AdministratorReader } from "../../modules/administrator/administrator.queries.ts";
import type { ApplicationKeyReader } from "../../modules/application/application-key.queries.ts";
import type { ClientReader } from "../../modules/application/client.queries.ts";
import type { RegisterClientSources } from "../../modules/application/register-client.ts";
import type { CompleteAuthRequestSources } from "../../modules/auth-request/complete-auth-request.ts";
import type { StartDecoupledSources } from "../../modules/auth-request/start-decoupled.ts";
import type { GrantSources } from "../../modules/grant/exchange-code.ts";
import type { GrantReader } from "../../modules/grant/grant.queries.ts";
import type { ScopeReader } from "../../modules/grant/scope.queries.ts";
import type { SessionReader } from "../../modules/session/session.queries.ts";
import type { PoliciesOf } from "../../modules/settings/policies.events.ts";
import type { TokenReader } from "../../modules/token/token.queries.ts";
import type { ServiceAccountReader } from "../../modules/user/service-account.queries.ts";
import type { UserReader } from "../../modules/user/user.queries.ts";
import { keysCacheSeconds } from "../../modules/web-key/web-key.events.ts";
import type { WebKeyReader } from "../../modules/web-key/web-key.queries.ts";
import type { Dialer } from "../../platform/dial/dialer.ts";
import type { Lane, LaneRoute } from "../../platform/http/lane.ts";
import type { UseAssertion } from "../../platform/keys/assertion-uses.ts";
import type { InstanceKeys } from "../../platform/keys/instance-keys.ts";
import type { NotePoll } from "../../platform/pace/pace.ts";
import { type AuthorizeDeps, authorizeEndpoint } from "./authorize/authorize-endpoint.ts";
import { type FormPostDeps, formPostEndpoint } from "./authorize/form-post.ts";
import { type ClaimSourcesDeps, claimSources } from "./claims/claim-sources.ts";
import { authenticateClient } from "./client-auth/authenticate-client.ts";
import { type CertificateOf, clientRequestReader } from "./client-auth/client-request.ts";
import type { ClientAuthorities } from "./client-auth/mutual-tls.ts";
import { keysOfClient } from "./client-auth/private-key-jwt.ts";
import type { ClientKeys } from "./client-keys.ts";
import { backchannelAuthenticationEndpoint } from "./decoupled/backchannel-authentication-endpoint.ts";
import { deviceAuthorizationEndpoint } from "./decoupled/device-authorization-endpoint.ts";
import type { DpopNonces } from "./dpop/nonce.ts";
import type { UseProof } from "./dpop/use-proof.ts";
import { type EndSessionDeps, endSessionEndpoint } from "./end-session.ts";
import { endpoints } from "./endpoints.ts";
import { type EnterDeps, type Entered, enterWith } from "./enter.ts";
import type { OAuthError } from "./errors.ts";
import {
  acceptForms,
  acceptJson,
  allowAnyOrigin,
  answerPreflight,
  type OidcLog,
  queryOf,
  refusalOf,
  sendJsonError,
} from "./http.ts";
import { initiateLoginEndpoint } from "./initiate-login.ts";
import { introspectEndpoint } from "./introspect.ts";
import { checkSessionIframe } from "./logout/check-session.ts";
import { metadataEndpoints } from "./metadata-endpoints.ts";
import { pushEndpoint } from "./par/push-endpoint.ts";
import { pushedFinder } from "./par/reference.ts";
import { readParameters } from "./parameters.ts";
import { namedClientFinder } from "./registration/metadata-document.ts";
import { perAddress } from "./registration/per-address.ts";
import {
  clientConfigurationEndpoint,
  type RegistrationDeps,
  registerEndpoint,
} from "./registration/registration-endpoints.ts";
import { requestObjectReader } from "./request-object/verify.ts";
import { targetFinder } from "./resources.ts";
import { revokeEndpoint } from "./revoke.ts";
import { audienceFor } from "./token/audience.ts";
import { accountByAssertion } from "./token/callers/account-by-assertion.ts";
import { accountBySecret } from "./token/callers/account-by-secret.ts";
import { tokenEndpoint } from "./token/token-endpoint.ts";
import { tokenResponse } from "./token/token-response.ts";
import { accessJwtId } from "./tokens/access-jwt.ts";
import { clientJwtWriter } from "./tokens/client-jwt.ts";
import { idTokenHintVerifier } from "./tokens/id-token-hint.ts";
import { tokenIssuer } from "./tokens/issue-tokens.ts";
import { ownJwtVerifier } from "./tokens/own-jwt.ts";
import { bearerFinder } from "./tokens/presented-token.ts";
import type { SignerOf } from "./tokens/signer.ts";
import { userinfoEndpoint } from "./userinfo.ts";

/** The facts that commands of the protocol ask for. */
export type OidcSources = GrantSources & CompleteAuthRequestSources & RegisterClientSources & StartDecoupledSources;

export type OidcDeps = EnterDeps &
  Pick<AuthorizeDeps, "loginUrl" | "answers" | "membershipsOf"> &
  Pick<FormPostDeps, "sendFormPost"> &
  Pick<EndSessionDeps, "confirmSignOutUrl" | "signedOutUrl" | "frontChannelLogouts" | "sendSigningOutPage"> &
  Pick<ClaimSourcesDeps, "authorizations"> & {
    readonly run: Run<OidcSources>;
    readonly clients: ClientReader;
    readonly applicationKeys: Pick<ApplicationKeyReader, "findClientKey">;
    readonly useAssertion: UseAssertion;
    readonly grants: GrantReader;
    readonly scopes: ScopeReader;
    readonly serviceAccounts: ServiceAccountReader;
    readonly users: Pick<UserReader, "findByLoginName" | "userForSignIn">;
    readonly notePoll: NotePoll;
    /** the page for the code that a device shows */
    readonly deviceUrl: (userCode: string | null) => string;
    readonly sessions: Pick<SessionReader, "ofBrowser" | "find">;
    readonly tokens: Pick<TokenReader, "find" | "verify">;
    readonly registration: RegistrationDeps["registration"];
    readonly webKeys: WebKeyReader;
    readonly signerOf: SignerOf;
    readonly clientKeys: ClientKeys;
    readonly openSecret: InstanceKeys["openSecret"];
    /** of `tls_client_auth`; without any, nobody is known by it */
    readonly clientAuthorities: ClientAuthorities;
    readonly dialer: Pick<Dialer, "fetch">;
    readonly certificateOf: CertificateOf;
    /** whether clients can show certificates, and under which origin; `null`: they cannot */
    readonly certificates: { readonly origin: string | null } | null;
    readonly nonces: DpopNonces;
    readonly useProof: UseProof;
    readonly nonceRequired: boolean;
    readonly policiesOf: PoliciesOf;
    readonly administrators: Pick<AdministratorReader, "membershipsOf">;
    readonly log: OidcLog;
    /** the short way to what is asked often */
    readonly lane?: Pick<Lane, "add">;
    /** the one writer of errors that a person sees */
    readonly sendErrorPage: (request: FastifyRequest, reply: FastifyReply, error: OAuthError) => unknown;
  };

/** How long verifiers may keep discovery and keys: a new key is published well before it signs. */
const publicCache = `public, max-age=${keysCacheSeconds}`;

/** OpenID Connect and OAuth 2.0 at ZITADEL's paths. */
export const oidcRoutes =
  (deps: OidcDeps) =>
  async (app: FastifyInstance): Promise<void> => {
    const enter = enterWith(deps);
    const verifyOwn = ownJwtVerifier(deps.webKeys);
    const verifyIdTokenHint = idTokenHintVerifier(verifyOwn, deps.clients.find);
    const findBearer = bearerFinder({ bearer: deps.grants.bearer, accessJwtId: accessJwtId(verifyOwn) });
    const sources = claimSources(deps);
    const clientJwt = clientJwtWriter(deps);
    const issueTokens = tokenIssuer({ clientJwt, signerOf: deps.signerOf, sources, subject: deps.grants.subject });
    const keysOf = keysOfClient({ ...deps, findClientKey: deps.applicationKeys.findClientKey });
    const admitsAddress = perAddress();
    const findNamedClient = namedClientFinder({ ...deps, admitsAddress });
    const shared = {
      ...deps,
      admitsAddress,
      findNamedClient,
      enter,
      verifyIdTokenHint,
      verifyOwn,
      isSessionAlive: async ({ ctx }: Entered, id: SessionId, userId: UserId) =>
        (await deps.sessions.find(ctx.instanceId, id, ctx.now))?.userId === userId,
      findBearer,
      sources,
      clientJwt,
      audienceFor: audienceFor(deps.scopes.audience),
      accountBySecret: accountBySecret(deps.serviceAccounts.withSecret),
      accountByAssertion: accountByAssertion({
        findAccountKey: deps.serviceAccounts.withKey,
        useAssertion: deps.useAssertion,
      }),
      keysOf,
      targetOf: targetFinder(deps.scopes),
      findPushed: pushedFinder(deps.tokens.find),
      readRequestObject: requestObjectReader(keysOf),
      clientRequest: clientRequestReader(deps.certificateOf),
      authenticateClient: authenticateClient({ ...deps, keysOf, findClient: deps.clients.find, findNamedClient }),
      respond: tokenResponse(issueTokens),
    };
    acceptForms(app);

    await app.register(async (pages) => {
      pages.setErrorHandler((error, request, reply) =>
        deps.sendErrorPage(request, reply, refusalOf(deps.log, request, error)),
      );
      const authorize = authorizeEndpoint(shared);
      pages.get(endpoints.authorize, authorize);
      pages.post(endpoints.authorize, authorize);
      pages.get(endpoints.authorizeCallback, formPostEndpoint(shared));
      pages.get(endpoints.initiateLogin, initiateLoginEndpoint(shared));
      const endSession = endSessionEndpoint(shared);
      pages.get(endpoints.endSession, endSession);
      pages.post(endpoints.endSession, endSession);
      pages.get(endpoints.checkSession, checkSessionIframe);
      pages.get(endpoints.device, async (request, reply) => {
        const { values } = readParameters(queryOf(request));
        return reply.redirect(deps.deviceUrl(values.get("user_code") ?? null), 303);
      });
    });

    await app.register(async (json) => {
      const fail = sendJsonError(deps.log);
      json.setErrorHandler(fail);
      /** What is asked often goes the short way where there is one, and the framework's where the request is unusual. */
      const serve = (method: LaneRoute["method"], path: string, answer: LaneRoute["answer"]): void => {
        json.route({ method, url: path, handler: answer });
        deps.lane?.add({ method, path, answer, fail });
      };
      serve("POST", endpoints.token, tokenEndpoint(shared));
      serve("POST", endpoints.introspect, introspectEndpoint(shared));
      json.post(endpoints.revoke, revokeEndpoint(shared));
      serve("POST", endpoints.pushedAuthorizationRequest, pushEndpoint(shared));
      json.post(endpoints.deviceAuthorization, deviceAuthorizationEndpoint(shared));
      json.post(endpoints.backchannelAuthentication, backchannelAuthenticationEndpoint(shared));
      const userinfo = userinfoEndpoint(shared);
      serve("GET", endpoints.userinfo, userinfo);
      serve("POST", endpoints.userinfo, userinfo);

      for (const [path, answer] of metadataEndpoints(shared)) serve("GET", path, answer);
      serve("GET", endpoints.keys, async (request, reply) => {
        const { instance } = await enter(request);
        const keys = await deps.webKeys.published(instance.instanceId);
        return allowAnyOrigin(reply).header("cache-control", publicCache).send({ keys });
      });
      await json.register(async (registration) => {
        acceptJson(registration);
        registration.post(endpoints.register, registerEndpoint(shared));
        const configuration = clientConfigurationEndpoint(shared);
        registration.route({
          method: ["GET", "PUT", "DELETE"],
          url: `${endpoints.register}/:clientId`,
          handler: configuration,
        });
      });
      json.options(`${endpoints.register}/:clientId`, answerPreflight);
      const forBrowsers: readonly string[] = [
        endpoints.device,
        endpoints.authorize,
        endpoints.authorizeCallback,
        endpoints.initiateLogin,
        endpoints.endSession,
      ];
      for (const path of Object.values(endpoints)) {
        if (!forBrowsers.includes(path)) json.options(path, answerPreflight);
      }
    });
  };
