import { createHash, randomUUID, X509Certificate } from "node:crypto";
import { certificates } from "./certificates.ts";
import { callback, type Json, openProvider, type Person, type Provider, pkcePair, visitor } from "./conformance.ts";
import { newSigner, type Signer } from "./signer.ts";

/** How a client proves itself, and what its tokens are bound to: the variants of the OpenID Foundation's FAPI plans. */
export type FapiVariant = {
  readonly clientAuth: "private_key_jwt" | "mtls";
  readonly sender: "dpop" | "mtls";
  readonly messageSigning: boolean;
};

type Form = Readonly<Record<string, string | undefined>>;
type Claims = Readonly<Record<string, unknown>>;

/** A proxy in front, as in production: it names the certificates of clients (RFC 9440). */
const proxied = {
  MUNOT_TRUSTED_PROXIES: "127.0.0.1/32,::1/128",
  MUNOT_CLIENT_CERTIFICATES: "client-cert",
};

/** A provider for FAPI clients. */
export const openFapiProvider = () => openProvider(proxied);

const certificateHeader = (name: "self" | "self2") =>
  `:${new X509Certificate(certificates[name]).raw.toString("base64")}:`;

const epoch = (): number => Math.floor(Date.now() / 1_000);
const thumb = (token: string): string => createHash("sha256").update(token).digest("base64url");

/** One client of the profile, with all that it needs to behave, and to misbehave. */
export const fapiClient = async (
  provider: Provider,
  variant: FapiVariant,
  { certificate = "self", alg = "PS256" }: { readonly certificate?: "self" | "self2"; readonly alg?: string } = {},
) => {
  const [key, dpop] = [await newSigner(alg), await newSigner("ES256")];
  const x509 = new X509Certificate(certificates[certificate]);
  const self = { ...x509.publicKey.export({ format: "jwk" }), x5c: [x509.raw.toString("base64")] };
  const client = await provider.addClient(
    { authMethodType: "OIDC_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT" },
    {
      securityProfile: variant.messageSigning ? "fapi2_message_signing" : "fapi2_security",
      jwks: { keys: [key.published, self] },
      ...(variant.clientAuth === "mtls" ? { tokenEndpointAuthMethod: "self_signed_tls_client_auth" } : {}),
      ...(variant.sender === "mtls"
        ? { tlsClientCertificateBoundAccessTokens: true }
        : { dpopBoundAccessTokens: true }),
    },
  );
  const { clientId } = client;
  const { issuer, metadata } = provider;
  const at = (name: string): string => String(metadata[name]);

  const assertion = (claims: Claims = {}, header: Claims = {}, by: Signer = key) =>
    by.sign(
      { iss: clientId, sub: clientId, aud: issuer, jti: randomUUID(), iat: epoch(), exp: epoch() + 60, ...claims },
      header,
    );
  /** what proves the client in the body of a request */
  const proof = async (given?: string): Promise<Form> =>
    variant.clientAuth === "mtls"
      ? { client_id: clientId }
      : {
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
          client_assertion: given ?? (await assertion()),
        };
  const usesCertificate = variant.clientAuth === "mtls" || variant.sender === "mtls";
  const connection: Readonly<Record<string, string>> = usesCertificate
    ? { "client-cert": certificateHeader(certificate) }
    : {};
  const bound = async (url: string, method: string, token?: string): Promise<Readonly<Record<string, string>>> =>
    variant.sender === "dpop"
      ? { dpop: await dpop.proof({ url, method, ...(token === undefined ? {} : { token }) }) }
      : {};
  const post = async (url: string, form: Form, headers: Readonly<Record<string, string>>) => {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(form)) if (value !== undefined) body.set(name, value);
    const answer = await fetch(url, { method: "POST", body, headers });
    // The endpoints of clients answer with a JSON object (RFC 6749 §5).
    return { status: answer.status, body: (await answer.json()) as Json };
  };

  const pkce = pkcePair();
  const request = (more: Form = {}): Form => ({
    client_id: clientId,
    redirect_uri: callback,
    response_type: "code",
    scope: "openid offline_access",
    state: randomUUID(),
    nonce: randomUUID(),
    code_challenge: pkce.challenge,
    code_challenge_method: "S256",
    ...(variant.messageSigning ? { response_mode: "jwt" } : {}),
    ...more,
  });
  const object = (more: Claims = {}, header: Claims = {}, by: Signer = key) => {
    const { client_id: _named, ...asked } = request();
    const claims = {
      iss: clientId,
      client_id: clientId,
      aud: issuer,
      nbf: epoch(),
      exp: epoch() + 300,
      ...asked,
      ...more,
    };
    return by.sign(claims, { typ: "oauth-authz-req+jwt", ...header });
  };
  const push = async (
    form: Form,
    {
      headers = {},
      assertion: given,
      ...others
    }: { headers?: Readonly<Record<string, string>>; assertion?: string } = {},
  ) =>
    post(
      at("pushed_authorization_request_endpoint"),
      { ...form, ...(await proof(given)) },
      { ...connection, ...headers, ...others },
    );
  /** pushes what the variant asks for: plain parameters, or the same signed */
  const pushUsual = async (more: Form = {}) =>
    variant.messageSigning ? push({ request: await object(more), client_id: clientId }) : push(request(more));
  const redeem = async (
    code: string,
    {
      form = {},
      headers,
      assertion: given,
    }: { form?: Form; headers?: Readonly<Record<string, string>>; assertion?: string } = {},
  ) =>
    post(
      at("token_endpoint"),
      {
        grant_type: "authorization_code",
        code,
        redirect_uri: callback,
        code_verifier: pkce.verifier,
        ...(await proof(given)),
        ...form,
      },
      headers ?? { ...connection, ...(await bound(at("token_endpoint"), "POST")) },
    );
  const refresh = async (token: string, headers?: Readonly<Record<string, string>>) =>
    post(
      at("token_endpoint"),
      { grant_type: "refresh_token", refresh_token: token, ...(await proof()) },
      headers ?? { ...connection, ...(await bound(at("token_endpoint"), "POST")) },
    );
  const userinfo = async (
    token: string,
    {
      scheme = variant.sender === "dpop" ? "DPoP" : "Bearer",
      headers,
    }: { scheme?: string; headers?: Readonly<Record<string, string>> } = {},
  ) =>
    fetch(at("userinfo_endpoint"), {
      headers: {
        authorization: `${scheme} ${token}`,
        ...(headers ?? { ...connection, ...(await bound(at("userinfo_endpoint"), "GET", token)) }),
      },
    });
  const bring = (
    person: ReturnType<typeof visitor>,
    requestUri: unknown,
    more: Readonly<Record<string, string>> = {},
  ) => person.authorize({ client_id: clientId, request_uri: String(requestUri), ...more });

  return {
    client,
    clientId,
    key,
    dpop,
    connection,
    pkce,
    request,
    object,
    assertion,
    push,
    pushUsual,
    redeem,
    refresh,
    userinfo,
    bring,
    thumb,
  };
};

export type FapiClient = Awaited<ReturnType<typeof fapiClient>>;

/** Somebody who signs in, in a browser of their own. */
export const signedInPerson = (provider: Provider, person: Person) => visitor(provider, person);
