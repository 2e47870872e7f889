import type { X509Certificate } from "node:crypto";
import type { Instant } from "../../../kernel/time.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import { equalSecrets, sha256 } from "../../../platform/crypto/secret.ts";
import type { UseAssertion } from "../../../platform/keys/assertion-uses.ts";
import type { InstanceKeys } from "../../../platform/keys/instance-keys.ts";
import type { ClientKeys } from "../client-keys.ts";
import type { OidcInstance } from "../instance.ts";
import { assertionProblem } from "./assertion.ts";
import { verifyClientSecretJwt } from "./client-secret-jwt.ts";
import { type ClientAuthorities, isByAuthority, isRegisteredItself } from "./mutual-tls.ts";
import type { PresentedClient } from "./presented.ts";
import { type KeysOfClient, verifyPrivateKeyJwt } from "./private-key-jwt.ts";

export type ProofDeps = Pick<InstanceKeys, "openSecret"> & {
  readonly keysOf: KeysOfClient;
  readonly clientKeys: ClientKeys;
  readonly useAssertion: UseAssertion;
  readonly clientAuthorities: ClientAuthorities;
};

export type ProofCase = {
  readonly instance: OidcInstance;
  readonly client: Client;
  readonly presented: PresentedClient;
  readonly certificate: X509Certificate | null;
  readonly path: string;
  readonly now: Instant;
};

/** Whether what was presented proves the client by this method; gives why it does not, or `null`. */
type Prove = (deps: ProofDeps, at: ProofCase) => string | null | Promise<string | null>;

/**
 * A secret may come in the header or in the body, whichever was registered: many libraries choose by themselves, ZITADEL
 * takes both, and it is the same secret.
 */
const bySecret: Prove = (_deps, { client, presented }) =>
  presented.shows === "secret" &&
  client.secretHash !== null &&
  equalSecrets(client.secretHash, storedFormOf(presented.secret))
    ? null
    : "secret";

/** What is stored of a client secret: 256 random bits need no slow hash. */
const storedFormOf = (secret: string): string => Buffer.from(sha256(secret)).toString("base64url");

const byAssertion =
  (isSymmetric: boolean): Prove =>
  (deps, { instance, client, presented, path, now }) => {
    if (presented.shows !== "assertion" || presented.isSymmetric !== isSymmetric) return "no such assertion";
    const verify = isSymmetric ? verifyClientSecretJwt(deps) : verifyPrivateKeyJwt(deps.keysOf);
    return assertionProblem(verify, deps.useAssertion, { instance, client, assertion: presented.assertion, path, now });
  };

/** The ways of client authentication that are built, by their registered names. A further one is a file and a line here. */
export const clientAuthMethods = {
  client_secret_basic: bySecret,
  client_secret_post: bySecret,
  client_secret_jwt: byAssertion(true),
  private_key_jwt: byAssertion(false),
  tls_client_auth: ({ clientAuthorities }, { client, presented, certificate, now }) =>
    presented.shows === "name" && certificate !== null && isByAuthority(client, certificate, clientAuthorities, now)
      ? null
      : "certificate",
  self_signed_tls_client_auth: async ({ clientKeys }, { client, presented, certificate }) =>
    presented.shows === "name" && certificate !== null && (await isRegisteredItself(client, certificate, clientKeys))
      ? null
      : "certificate",
  none: (_deps, { presented }) => (presented.shows === "name" ? null : "credentials of a client that has none"),
} as const satisfies Readonly<Record<string, Prove>>;

/** The methods that clients can use in this installation: certificates need a way to us, and authorities to believe. */
export const methodsWithin = ({
  certificates,
  clientAuthorities,
}: {
  readonly certificates: unknown;
  readonly clientAuthorities: ClientAuthorities;
}): readonly string[] =>
  Object.keys(clientAuthMethods).filter(
    (method) =>
      (certificates !== null || !method.includes("tls_")) &&
      (clientAuthorities.length > 0 || method !== "tls_client_auth"),
  );
