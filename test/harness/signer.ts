import { createHash, randomUUID } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { setClientSettings } from "../../src/modules/application/set-client-settings.ts";
import type { openOidc } from "./oidc.ts";

type Claims = Readonly<Record<string, unknown>>;

/** A key of a client, as the client holds it: it signs whatever a test wants signed. */
export const newSigner = async (alg = "ES256", kid: string = randomUUID()) => {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk: JWK = await exportJWK(publicKey);
  const sign = (claims: Claims, header: Claims = {}) =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
  return {
    alg,
    jwk,
    jkt: await calculateJwkThumbprint(jwk),
    privateJwk: await exportJWK(privateKey),
    /** as it stands in the client's key set */
    published: { ...jwk, kid, alg, use: "sig" },
    sign,
    /** a DPoP proof (RFC 9449 §4.2); `undefined` takes a claim away */
    proof: (
      { url, method = "POST", token, now = Math.floor(Date.now() / 1_000) }: ProofFor,
      claims: Claims = {},
      header: Claims = {},
    ) =>
      new SignJWT({
        jti: randomUUID(),
        htm: method,
        htu: url,
        iat: now,
        ...(token === undefined ? {} : { ath: createHash("sha256").update(token).digest("base64url") }),
        ...claims,
      })
        .setProtectedHeader({ alg, typ: "dpop+jwt", jwk, ...header })
        .sign(privateKey),
  };
};

export type Signer = Awaited<ReturnType<typeof newSigner>>;

type ProofFor = { readonly url: string; readonly method?: string; readonly token?: string; readonly now?: number };

type Oidc = Awaited<ReturnType<typeof openOidc>>;
type Settings = Parameters<typeof setClientSettings.input.parse>[0] extends infer Input
  ? Input extends { readonly settings: infer S }
    ? S
    : Readonly<Record<string, unknown>>
  : never;

/** Sets what an application has beside its ZITADEL configuration. */
export const setSettings = (
  oidc: Pick<Oidc, "run" | "as" | "owner" | "projectId">,
  { applicationId }: { readonly applicationId: string },
  settings: Settings | Readonly<Record<string, unknown>>,
) => oidc.run(setClientSettings, oidc.as(oidc.owner), { projectId: oidc.projectId, applicationId, settings } as never);
