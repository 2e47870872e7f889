// The peer: oidc-provider with its in-memory adapter, a process of its own; `node bench/peer.ts <port>`. Whoever is sent
// to its interaction is signed in as the one user.

import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";
import { peerClient, peerUser } from "./peer-client.ts";

const port = Number(process.argv[2]);
const { privateKey } = await generateKeyPair("RS256", { modulusLength: 2048, extractable: true });
const es256 = await generateKeyPair("ES256", { extractable: true });

const provider = new Provider(`http://localhost:${port}`, {
  clients: [peerClient],
  jwks: {
    keys: [
      { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: "bench" },
      { ...(await exportJWK(es256.privateKey)), alg: "ES256", use: "sig", kid: "bench-es256" },
    ],
  },
  cookies: { keys: ["a key of no importance"] },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    revocation: { enabled: true },
    clientCredentials: { enabled: true },
    // Which kind of access token is asked for is said by the resource: `urn:bench:<algorithm>`.
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      getResourceServerInfo: (_ctx: unknown, resource: string) => ({
        scope: "",
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: resource.split(":").at(-1) } },
      }),
    },
  },
  claims: {
    openid: ["sub"],
    profile: ["name", "given_name", "family_name", "preferred_username", "updated_at"],
    email: ["email", "email_verified"],
  },
  issueRefreshToken: () => true,
  rotateRefreshToken: () => true,
  interactions: { url: (_ctx: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  findAccount: (_ctx: unknown, accountId: string) => ({ accountId, claims: () => peerUser }),
});

const answer = provider.callback();
createServer((req, res) => {
  if (!req.url?.startsWith("/interaction/")) return answer(req, res);
  void (async () => {
    const { params } = await provider.interactionDetails(req, res);
    const grant = new provider.Grant({ accountId: peerUser.sub, clientId: params.client_id });
    grant.addOIDCScope("openid profile email offline_access");
    const grantId = await grant.save();
    await provider.interactionFinished(req, res, { login: { accountId: peerUser.sub }, consent: { grantId } });
  })();
}).listen(port, "127.0.0.1");
