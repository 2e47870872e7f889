import { createHash } from "node:crypto";
import { endpoints } from "../src/protocols/oidc/endpoints.ts";
import { browserOf, directoryOf, type OidcClient, redirectUri } from "../test/harness/client.ts";
import { type Connection, connect, expectStatus, formPost, type Reply } from "./http.ts";
import { peerClient } from "./peer-client.ts";
import type { Munot, Server } from "./servers.ts";

/** An application with its signed-in user at one of the servers: the same calls, whoever answers them. */
export type Party = {
  readonly server: Server;
  readonly paths: Readonly<Record<"userinfo" | "introspect" | "token" | "discovery", string>>;
  readonly basic: string;
  /** one sign-in of a user who has a session already: from the authorization request to the tokens */
  readonly codeFlow: (connection: Connection) => Promise<{ readonly access: string; readonly refresh: string }>;
};

const verifier = "a".repeat(64);
const challenge = createHash("sha256").update(verifier).digest("base64url");
const scope = "openid profile email offline_access";

const basicOf = ({ clientId, clientSecret }: OidcClient): string =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;

const authorizeQuery = (clientId: string): string =>
  new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope,
    state: "state",
    code_challenge: challenge,
    code_challenge_method: "S256",
  }).toString();

const codeOf = (callbackUrl: string): string => {
  const code = new URL(callbackUrl).searchParams.get("code");
  if (code === null) throw new Error(`no code in ${callbackUrl}`);
  return code;
};

const tokensOf = ({ body }: Reply): { readonly access: string; readonly refresh: string } => {
  // RFC 6749 §5.1: the token endpoint answers with a JSON object.
  const { access_token: access, refresh_token: refresh } = JSON.parse(body) as Record<string, string>;
  if (access === undefined || refresh === undefined) throw new Error(`tokens are missing in ${body}`);
  return { access, refresh };
};

const redeem = async (connection: Connection, path: string, basic: string, callbackUrl: string) =>
  tokensOf(
    expectStatus(
      await connection(
        formPost(
          path,
          {
            grant_type: "authorization_code",
            code: codeOf(callbackUrl),
            redirect_uri: redirectUri,
            code_verifier: verifier,
          },
          basic,
        ),
      ),
      200,
      "token",
    ),
  );

/** Exchanges a refresh token for the next. */
export const refreshAt = async ({ paths, basic }: Party, connection: Connection, token: string): Promise<string> => {
  const fields = { grant_type: "refresh_token", refresh_token: token };
  return tokensOf(expectStatus(await connection(formPost(paths.token, fields, basic)), 200, "refresh")).refresh;
};

/** Munot with an organization, a project, a client and a user who has a session. */
export const munotParty = async (munot: Munot): Promise<Party> => {
  const directory = directoryOf(munot);
  const orgId = await directory.addOrg("Bench");
  const client = await directory.addClient(await directory.addProject(orgId, "Bench"), "Bench");
  const session = await directory.addSession(await directory.addUser(orgId, { userName: "bench" }));
  const basic = basicOf(client);
  const authorize = `${endpoints.authorize}?${authorizeQuery(client.clientId)}`;
  return {
    server: munot,
    paths: endpoints,
    basic,
    codeFlow: async (connection) => {
      const begun = expectStatus(await connection({ path: authorize }), 303, "authorize");
      const authRequestId = new URL(begun.headers.location ?? "", munot.url).searchParams.get("authRequest") ?? "";
      const called = expectStatus(
        await connection({
          method: "POST",
          path: "/zitadel.oidc.v2.OIDCService/CreateCallback",
          headers: { "content-type": "application/json", authorization: `Bearer ${munot.loginClientPat}` },
          body: JSON.stringify({ authRequestId, session }),
        }),
        200,
        "CreateCallback",
      );
      // CreateCallbackResponse in Connect's JSON.
      const { callbackUrl } = JSON.parse(called.body) as { callbackUrl: string };
      return redeem(connection, endpoints.token, basic, callbackUrl);
    },
  };
};

/** The peer with its one client and user, signed in by cookie. */
export const peerParty = async (peer: Server): Promise<Party> => {
  const basic = basicOf({ clientId: peerClient.client_id, clientSecret: peerClient.client_secret });
  const authorize = `/auth?${authorizeQuery(peerClient.client_id)}&prompt=consent`;
  const paths = {
    userinfo: "/me",
    introspect: "/token/introspection",
    token: "/token",
    discovery: "/.well-known/openid-configuration",
  };
  const browser = browserOf(peer.url);
  let answer = await browser.get(authorize);
  while (answer.location !== null && !answer.location.startsWith(redirectUri))
    answer = await browser.get(answer.location);
  codeOf(answer.location ?? peer.url);
  const again = `/auth?${authorizeQuery(peerClient.client_id)}`;
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  return {
    server: peer,
    paths,
    basic,
    codeFlow: async (connection) => {
      const begun = expectStatus(await connection({ path: again, headers: { cookie } }), 303, "authorize");
      return redeem(connection, paths.token, basic, begun.headers.location ?? "");
    },
  };
};

/** A client of its own for each of `count` connections. */
export const clientsOf = (party: Party, count: number) =>
  Array.from({ length: count }, () => connect(party.server.url));
