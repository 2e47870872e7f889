import type { TokenId } from "../../../kernel/ids.ts";
import type { Dialer } from "../../../platform/dial/dialer.ts";
import type { WithClient } from "../authorize/load-client.ts";
import type { AuthorizeRequest, WithParameters } from "../authorize/request.ts";
import type { Step } from "../authorize/steps.ts";
import type { OidcClient } from "../client.ts";
import { OAuthError } from "../errors.ts";
import { type FindPushed, pushedPrefix } from "../par/reference.ts";
import { type Parameters, pairsIn, readParameters, refuseRepeated } from "../parameters.ts";
import { rulesOf } from "../security-profile.ts";
import type { ReadRequestObject, RequestObject } from "./verify.ts";

/** How the request reached us, beside its plain parameters. */
export type WithArrival = {
  readonly arrival: {
    /** pushed by the client itself before (RFC 9126), or this is its pushing */
    readonly isPushed: boolean;
    /** of the pushed request behind its reference, which is used up with the answer */
    readonly pushedId: TokenId | null;
    /** in a signed request object (RFC 9101) */
    readonly isSigned: boolean;
  };
};

export type ExpandDeps = {
  readonly findPushed: FindPushed;
  readonly readRequestObject: ReadRequestObject;
  readonly dialer: Pick<Dialer, "fetch">;
};

const fetching = {
  timeoutMs: 5_000,
  maxBytes: 65_536,
  maxRedirects: 0,
  headers: { accept: "application/oauth-authz-req+jwt, application/jwt" },
};

/**
 * What the request asks for, wherever it stands: pushed (RFC 9126 §4), in an object by value or by reference (RFC 9101 §5), or
 * in the plain parameters. What stands beside an object is no part of the request.
 */
export const expandRequest =
  (deps: ExpandDeps): Step<AuthorizeRequest & WithParameters & WithClient, WithParameters & WithArrival> =>
  async ({ ctx, instance, client, parameters, isPushing = false }) => {
    const object = parameters.values.get("request");
    const reference = parameters.values.get("request_uri");
    if (["request", "request_uri"].some((name) => parameters.repeated.has(name))) refuseRepeated(parameters);
    if (object !== undefined && reference !== undefined) {
      // OpenID Connect Core 1.0 §6
      throw new OAuthError("invalid_request", { description: "Either request or request_uri is to be sent, not both" });
    }
    if (reference !== undefined && isPushing) {
      // RFC 9126 §2.1
      throw new OAuthError("invalid_request", { description: "The parameter request_uri cannot be pushed" });
    }
    if (reference?.startsWith(pushedPrefix)) {
      const pushed = await deps.findPushed(instance.instanceId, client, reference, ctx.now);
      const arrival = { isPushed: true, pushedId: pushed.id, isSigned: pushed.isSigned };
      return { parameters: readParameters(pushed.parameters), arrival };
    }
    const plain = { isPushed: isPushing, pushedId: null };
    const text = reference === undefined ? object : await fetchObject(deps.dialer, client, reference);
    if (text === undefined) return { parameters, arrival: { ...plain, isSigned: false } };
    refuseRepeated(parameters);
    const read = await deps.readRequestObject(instance, client, text, ctx.now);
    return {
      parameters: parametersOf(parameters, client, read, isPushing),
      arrival: { ...plain, isSigned: read.isSigned },
    };
  };

/** OpenID Connect Core 1.0 §6.2: only from where the client registered that its objects are; a fragment may tell versions apart. */
const fetchObject = async (
  dialer: Pick<Dialer, "fetch">,
  { settings }: OidcClient,
  reference: string,
): Promise<string> => {
  const [address = ""] = reference.split("#", 1);
  const isRegistered = settings.requestUris.some((one) => one === reference || one === address);
  if (!isRegistered) throw new OAuthError("invalid_request_uri", { detail: "request_uri is not registered" });
  const answer = await dialer.fetch(address, fetching).catch(() => null);
  if (answer?.status !== 200) throw new OAuthError("invalid_request_uri", { detail: "request_uri cannot be read" });
  return new TextDecoder().decode(answer.body).trim();
};

/** Claims of the JWT itself (RFC 7519 §4.1), which are no parameters. */
const ofTheJwt: ReadonlySet<string> = new Set(["iss", "aud", "exp", "nbf", "iat", "jti", "sub"]);

/**
 * RFC 9101 §6.3: only what the object holds counts. OpenID Connect Core 1.0 §6.1 lets plain parameters add what the object
 * does not say; that is kept for requests that are meant so, and for no client that must sign.
 */
const parametersOf = (
  plain: Parameters,
  client: OidcClient,
  { claims, isTyped }: RequestObject,
  isPushing: boolean,
): Parameters => {
  const isOpenId = plain.values.get("scope")?.split(" ").includes("openid") ?? false;
  const isMerged = isOpenId && !isTyped && !isPushing && !rulesOf(client).signedRequests;
  const own = Object.entries(claims)
    .filter(([name]) => !ofTheJwt.has(name))
    .flatMap(([name, value]) => pairsOf(name, value));
  const names = new Set([...own.map(([name]) => name), "client_id", "request", "request_uri"]);
  const beside = isMerged ? pairsIn(plain).filter(([name]) => !names.has(name)) : [];
  // An object that names its client names this one.
  return readParameters([...own.filter(([name]) => name !== "client_id"), ...beside, ["client_id", client.clientId]]);
};

/** RFC 9101 §4: numbers and JSON values stand as they are; several resources as a list (RFC 8707 §2). */
const pairsOf = (name: string, value: unknown): [string, string][] => {
  if (name === "resource" && Array.isArray(value)) return value.map((one): [string, string] => [name, String(one)]);
  if (typeof value === "string") return [[name, value]];
  if (typeof value === "number" || typeof value === "boolean") return [[name, String(value)]];
  return value === null || value === undefined ? [] : [[name, JSON.stringify(value)]];
};
