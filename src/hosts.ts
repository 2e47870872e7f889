import type { X509Certificate } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { CallerInfo } from "./api/caller.ts";
import type { Core } from "./compose.ts";
import { issuerOf } from "./issuer.ts";
import type { Actor, ClientInfo, Ctx } from "./kernel/actor.ts";
import { type InstanceId, type OrgId, orgId } from "./kernel/ids.ts";
import { Refusal } from "./kernel/refusal.ts";
import { languageCodes } from "./login/i18n/languages.ts";
import type { LoginSite } from "./login/visit.ts";
import type { InstanceView } from "./modules/instance/instance.queries.ts";
import type { AuthenticateBearer } from "./modules/token/authenticate.queries.ts";
import { type BrowserCookies, browserCookies } from "./platform/http/browser-cookie.ts";
import { type CertificateSource, clientCertificate } from "./platform/http/client-certificate.ts";
import { clientAddress, requestHost, requestScheme, type TrustedProxies } from "./platform/http/proxies.ts";
import type { Call } from "./platform/http/rpc.ts";
import type { WebRequest } from "./platform/http/web.ts";
import { mustHold, readTokenHeader } from "./protocols/oidc/dpop/holder.ts";
import type { ProofContext, UseProof } from "./protocols/oidc/dpop/use-proof.ts";
import { endpoints } from "./protocols/oidc/endpoints.ts";
import { OAuthError } from "./protocols/oidc/errors.ts";
import type { OidcInstance } from "./protocols/oidc/instance.ts";
import { bearerChallenge } from "./protocols/oidc/protected-resource.ts";
import { anyClientRules } from "./protocols/oidc/security-profile.ts";
import { isLoopbackHost } from "./settings.ts";

const userAgentChars = 500;

export type Sites = ReturnType<typeof sitesOf>;

/**
 * Which instance a request is for, and who calls. The host only chooses the instance: issuer, links and cookies are made
 * from the instance's primary domain and the scheme of the external URL.
 */
export const sitesOf = (core: Core, trusted: TrustedProxies) => {
  const { settings, readers, now } = core;
  const { protocol } = new URL(settings.externalUrl);
  // Without https, browsers keep `__Host-` cookies on loopback names only.
  const secure = protocol === "https:" || isLoopbackHost(new URL(settings.externalUrl).hostname);
  const browsers: BrowserCookies = browserCookies({ key: core.derived("browserCookie"), secure });

  const originOf = (found: InstanceView): string => issuerOf(settings, found);

  /** The instance of a host. With exactly one instance, loopback names are its aliases. */
  const instanceOfHost = async (host: string): Promise<InstanceView> => {
    const found = (await readers.instances.instanceByHost(host)) ?? (await loneInstance(host));
    if (found === null) throw new Refusal("instance.not_found");
    await core.keys.open(found.instanceId);
    return found;
  };
  const loneInstance = async (host: string): Promise<InstanceView | null> => {
    // RFC 9110 §4.2.1: a host and a port, and nothing that a URL parser would take for the beginning of a path.
    const url = /^[\w.:[\]-]+$/.test(host) ? URL.parse(`http://${host}`) : null;
    if (url === null || !isLoopbackHost(url.hostname)) return null;
    const [only, ...others] = await readers.instances.instances();
    return only !== undefined && others.length === 0 ? only : null;
  };

  const instanceOf = (request: WebRequest): Promise<InstanceView> => instanceOfHost(requestHost(request.raw, trusted));

  const clientInfoOf = (request: WebRequest): ClientInfo => ({
    ip: clientAddress(request.raw, trusted),
    userAgent: (request.headers["user-agent"] ?? "").slice(0, userAgentChars),
  });

  const certificateSource = certificateSourceOf(settings.clientCertificates);

  return {
    clientInfoOf,
    certificateOf: (request: Pick<WebRequest, "raw">) => clientCertificate(request.raw, certificateSource, trusted),
    addressOf: (request: FastifyRequest) => ({
      host: requestHost(request.raw, trusted),
      scheme: requestScheme(request.raw, trusted),
    }),
    issuerOf: async (instanceId: InstanceId): Promise<string> => {
      const found = (await readers.instances.instances()).find((one) => one.instanceId === instanceId);
      if (found === undefined) throw new Refusal("instance.not_found");
      return originOf(found);
    },
    defaultOrgOf: async (instanceId: InstanceId): Promise<OrgId> => {
      const found = (await readers.instances.instances()).find((one) => one.instanceId === instanceId);
      return orgId.parse(found?.defaultOrgId);
    },
    needsAdministrator: async (request: FastifyRequest): Promise<boolean> => {
      const { instanceId } = await instanceOf(request);
      return !(await readers.administrators.hasHumanOwner(instanceId));
    },
    oidcInstanceOf: async (request: WebRequest): Promise<OidcInstance> => {
      const found = await instanceOf(request);
      return {
        instanceId: found.instanceId,
        issuer: originOf(found),
        ownProjectId: found.iamProjectId,
        languages: languageCodes,
        browsers,
        subjectKey: core.keys.subjectKeyOf(found.instanceId),
      };
    },
    loginSiteOf: async (request: FastifyRequest): Promise<LoginSite> => {
      const found = await instanceOf(request);
      return {
        instanceId: found.instanceId,
        issuer: originOf(found),
        browsers,
        contextFor: (asking: FastifyRequest, actor: Actor): Ctx => ({
          instanceId: found.instanceId,
          actor,
          now: now(),
          client: clientInfoOf(asking),
        }),
      };
    },
    /** RFC 9728 §5.1: where a client that may not call the API learns where its tokens come from. */
    challengeFor: async ({ instanceHost, authorization }: CallerInfo): Promise<string> => {
      const metadata = originOf(await instanceOfHost(instanceHost)) + endpoints.protectedResource;
      return bearerChallenge(metadata, authorization === null ? null : "invalid_token");
    },
    /** Who calls the API: by bearer token, else nobody. */
    authenticateWith:
      (authenticate: AuthenticateBearer) =>
      async (caller: CallerInfo): Promise<Call> => {
        const found = await instanceOfHost(caller.instanceHost);
        const at = now();
        const ctx: Ctx = {
          instanceId: found.instanceId,
          actor: { kind: "anonymous" },
          now: at,
          client: { ip: caller.ip, userAgent: caller.userAgent.slice(0, userAgentChars) },
        };
        const entered = { ctx, instance: { instanceId: found.instanceId, issuer: originOf(found) } };
        const certificate = clientCertificate(caller.connection, certificateSource, trusted);
        const actor = await actorOf(authenticate, core.useProof, entered, { ...caller, certificate });
        const orgHeader = orgId.safeParse(caller.orgHeader);
        return {
          ctx: { ...ctx, actor },
          orgHeader: orgHeader.success ? orgHeader.data : null,
          publicUrl: originOf(found),
          acceptLanguage: caller.acceptLanguage,
        };
      },
  };
};

const actorOf = async (
  authenticate: AuthenticateBearer,
  useProof: UseProof,
  entered: ProofContext,
  caller: CallerInfo & { readonly certificate: X509Certificate | null },
): Promise<Actor> => {
  if (caller.authorization === null) return { kind: "anonymous" };
  const token = readTokenHeader(caller.authorization);
  if (token === null) throw new Refusal("auth.token_invalid");
  const { instanceId, now } = entered.ctx;
  return authenticate(instanceId, token.text, now, (confirmation) =>
    mustHold(
      useProof,
      entered,
      { ...caller, ...token, text: token.text },
      confirmation,
      anyClientRules.signatureAlgorithms,
    ).then(() => true, unlessRefused),
  );
};

const unlessRefused = (error: unknown): false => {
  if (error instanceof OAuthError) return false;
  throw error;
};

/** Where certificates of clients come from, by the setting. */
const certificateSourceOf = (setting: string): CertificateSource => {
  if (setting === "off") return { from: "nowhere" };
  return setting === "tls" ? { from: "tls" } : { from: "header", name: setting };
};
