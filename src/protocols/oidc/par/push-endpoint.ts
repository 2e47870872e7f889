import type { Run } from "../../../kernel/command.ts";
import { tokenKinds } from "../../../kernel/token.ts";
import { pushRequest } from "../../../modules/auth-request/push-request.ts";
import type { GrantSources } from "../../../modules/grant/exchange-code.ts";
import type { WebReply, WebRequest } from "../../../platform/http/web.ts";
import { type AuthorizeStepDeps, authorizeSteps } from "../authorize/authorize-steps.ts";
import { walk } from "../authorize/steps.ts";
import { urisOf } from "../client.ts";
import type { AuthenticateClient } from "../client-auth/authenticate-client.ts";
import type { ClientRequestReader } from "../client-auth/client-request.ts";
import { type DpopDeps, offerNonce, sentProof, type UseProof } from "../dpop/use-proof.ts";
import { endpoints } from "../endpoints.ts";
import type { Enter } from "../enter.ts";
import { OAuthError } from "../errors.ts";
import { allowOrigins, bodyOf, neverStore } from "../http.ts";
import { pairsIn, readParameters, refuseRepeated } from "../parameters.ts";
import { rulesOf } from "../security-profile.ts";
import { pushedPrefix } from "./reference.ts";

export type PushDeps = AuthorizeStepDeps &
  DpopDeps & {
    readonly enter: Enter;
    readonly authenticateClient: AuthenticateClient;
    readonly clientRequest: ClientRequestReader;
    readonly useProof: UseProof;
    readonly run: Run<GrantSources>;
  };

/** What proves the client, and is no part of the authorization request. */
const ofTheClient: ReadonlySet<string> = new Set(["client_secret", "client_assertion", "client_assertion_type"]);

/**
 * The pushed authorization request endpoint (RFC 9126 §2): the client proves itself and hands in its request, which is
 * checked as the authorization endpoint would check it, and gets a reference for the browser.
 */
export const pushEndpoint = (deps: PushDeps) => {
  const steps = authorizeSteps(deps);
  return async (request: WebRequest, reply: WebReply): Promise<WebReply> => {
    const entered = await deps.enter(request);
    const form = [...bodyOf(request)];
    const parameters = readParameters(form);
    refuseRepeated(parameters);
    const client = await deps.authenticateClient(entered, deps.clientRequest(request, parameters));
    allowOrigins(request, reply, urisOf(client));
    const proof = sentProof(request);
    if (proof !== null) offerNonce(deps, entered, reply);
    const jkt =
      proof === null
        ? null
        : await deps.useProof(entered, proof, {
            method: request.method,
            path: endpoints.pushedAuthorizationRequest,
            accessToken: null,
            algorithms: rulesOf(client).signatureAlgorithms,
            isNonceRequired: deps.nonceRequired,
          });

    const sent: [string, string][] = form
      .filter(([name]) => name !== "client_id" && !ofTheClient.has(name))
      .map(([name, value]) => [name, value]);
    sent.push(["client_id", client.clientId]);
    const walked = await walk({ ...entered, sent, loginClient: null, isPushing: true }, steps);
    if (walked.is === "refused") throw walked.error;
    const { found } = walked;
    if (jkt !== null && found.dpopJkt !== null && jkt !== found.dpopJkt) {
      throw new OAuthError("invalid_dpop_proof", { description: "The dpop_jkt is of another key than the DPoP proof" });
    }
    const { result } = await deps.run(pushRequest, entered.ctx, {
      clientId: client.clientId,
      // RFC 9449 §10.1: the proof stands for `dpop_jkt`.
      parameters: [
        ...pairsIn(found.parameters),
        ...(jkt === null || found.dpopJkt !== null ? [] : [["dpop_jkt", jkt] as [string, string]]),
      ],
      isSigned: found.arrival.isSigned,
    });
    return neverStore(reply)
      .code(201)
      .send({ request_uri: pushedPrefix + result.reference, expires_in: tokenKinds.pushed.lifeSeconds });
  };
};
