import type { ScopeReader } from "../../../modules/grant/scope.queries.ts";
import type { FindNamedClient } from "../registration/metadata-document.ts";
import { type ExpandDeps, expandRequest } from "../request-object/expand-request.ts";
import type { TargetOf } from "../resources.ts";
import type { VerifyIdTokenHint } from "../tokens/id-token-hint.ts";
import { answerToClient } from "./answer-to-client.ts";
import { checkAuthorizationDetails } from "./check-authorization-details.ts";
import { checkClaims } from "./check-claims.ts";
import { checkDpopJkt } from "./check-dpop-jkt.ts";
import { checkHints } from "./check-hints.ts";
import { checkIdTokenHint } from "./check-id-token-hint.ts";
import { checkMaxAge } from "./check-max-age.ts";
import { checkNonce } from "./check-nonce.ts";
import { checkPkce } from "./check-pkce.ts";
import { checkProfile } from "./check-profile.ts";
import { checkPrompt } from "./check-prompt.ts";
import { checkRedirectUri } from "./check-redirect-uri.ts";
import { checkResponseMode } from "./check-response-mode.ts";
import { checkResponseType } from "./check-response-type.ts";
import { checkScope } from "./check-scope.ts";
import { checkSubject } from "./check-subject.ts";
import { loadClient } from "./load-client.ts";
import { readRequest } from "./read-request.ts";
import { rejectRegistration } from "./reject-registration.ts";
import { rejectRepeated } from "./reject-repeated.ts";
import type { AuthorizeRequest } from "./request.ts";
import { resolveAudience } from "./resolve-audience.ts";
import { type MembershipsOf, resolveLoginClient } from "./resolve-login-client.ts";
import { resolveOrg } from "./resolve-org.ts";
import { resolveTarget } from "./resolve-target.ts";
import { type After, inOrder } from "./steps.ts";

export type AuthorizeStepDeps = ExpandDeps & {
  readonly targetOf: TargetOf;
  readonly findNamedClient: FindNamedClient;
  readonly scopes: ScopeReader;
  readonly verifyIdTokenHint: VerifyIdTokenHint;
  readonly membershipsOf: MembershipsOf;
};

/** The checks of an authorization request (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.2), all of them, in order. */
export const authorizeSteps = ({
  findNamedClient,
  scopes,
  verifyIdTokenHint,
  membershipsOf,
  targetOf,
  ...deps
}: AuthorizeStepDeps) =>
  inOrder<AuthorizeRequest>()(
    readRequest,
    loadClient(findNamedClient),
    expandRequest(deps),
    checkRedirectUri,
    answerToClient, // until here errors are shown to the person, from here on they are sent to the client
    rejectRepeated,
    rejectRegistration,
    checkResponseType,
    checkResponseMode,
    checkProfile,
    checkScope,
    checkPkce,
    checkNonce,
    checkPrompt,
    checkMaxAge,
    checkClaims,
    checkHints,
    checkIdTokenHint(verifyIdTokenHint),
    checkSubject,
    checkDpopJkt,
    checkAuthorizationDetails,
    resolveAudience(scopes.audience),
    resolveTarget(targetOf),
    resolveOrg(scopes.org),
    resolveLoginClient(membershipsOf),
  );

/** What an authorization request is when all checks have passed. */
export type Checked = After<AuthorizeRequest, ReturnType<typeof authorizeSteps>>;
