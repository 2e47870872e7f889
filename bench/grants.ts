import { createPrivateKey, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { SignJWT } from "jose";
import { endpoints } from "../src/protocols/oidc/endpoints.ts";
import { directoryOf, rpcClient } from "../test/harness/client.ts";
import { type Connection, connect, expectStatus, formPost, type Request } from "./http.ts";
import type { Turn } from "./load.ts";
import { peerClient } from "./peer-client.ts";
import type { Munot, Server } from "./servers.ts";

/** What access tokens are, in the scenarios of client credentials. */
export type TokenForm = "opaque" | "ES256" | "RS256";

/** A machine with its credentials at one of the servers: what it sends for a token of one form. */
export type Machine = {
  readonly server: Server;
  readonly clientCredentials: (form: TokenForm) => Promise<Request>;
};

/** Munot with two service accounts, one for each kind of access token, and what only Munot has. */
export type MunotMachine = Machine & {
  /** each turn with an assertion of its own, signed beforehand */
  readonly jwtBearer: () => Promise<() => Request>;
  readonly exchange: (connection: Connection) => Promise<Request>;
  readonly deviceFlow: (connection: Connection) => Turn;
};

const basicOf = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
const jsonOf = (body: string): Record<string, string> => JSON.parse(body) as Record<string, string>; // an OAuth answer
const assertionsMade = 20_000;

/** Prepares the machines; the instance's active key is changed to what a scenario asks for. */
export const munotMachine = async (munot: Munot): Promise<MunotMachine> => {
  const directory = directoryOf(munot);
  const { must } = rpcClient(munot.url);
  const orgId = await directory.addOrg("Machines");
  const projectId = await directory.addProject(orgId, "Machines");
  const addAccount = async (username: string, accessTokenType: string) => {
    const made = await must(munot.ownerPat, "user.v2.UserService/CreateUser", {
      organizationId: orgId,
      username,
      machine: { name: username, accessTokenType },
    });
    const { clientSecret } = await must(munot.ownerPat, "user.v2.UserService/AddSecret", { userId: made.id });
    return { id: String(made.id), basic: basicOf(username, String(clientSecret)) };
  };
  const opaque = await addAccount("bench-opaque", "ACCESS_TOKEN_TYPE_BEARER");
  const jwt = await addAccount("bench-jwt", "ACCESS_TOKEN_TYPE_JWT");

  const activate = async (algorithm: "ES256" | "RS256"): Promise<void> => {
    const keys = await must(munot.ownerPat, "webkey.v2.WebKeyService/ListWebKeys", {});
    const kind = algorithm === "ES256" ? "ecdsa" : "rsa";
    // ListWebKeysResponse in JSON.
    const listed = (keys.webKeys ?? []) as readonly Record<string, unknown>[];
    const known = listed.find((key) => kind in key)?.id;
    const made =
      known ??
      (
        await must(munot.ownerPat, "webkey.v2.WebKeyService/CreateWebKey", {
          [kind]: kind === "ecdsa" ? { curve: "ECDSA_CURVE_P256" } : {},
        })
      ).id;
    await must(munot.ownerPat, "webkey.v2.WebKeyService/ActivateWebKey", { id: made });
  };
  const token = (fields: Readonly<Record<string, string>>, basic: string): Request =>
    formPost(endpoints.token, fields, basic);
  const grantTypes = ["OIDC_GRANT_TYPE_TOKEN_EXCHANGE", "OIDC_GRANT_TYPE_DEVICE_CODE"];
  const client = await directory.addClient(projectId, "Machines", { grantTypes });
  const basic = basicOf(client.clientId, client.clientSecret);
  const projectAudience = `urn:zitadel:iam:org:project:id:${projectId}:aud`;
  const session = await directory.addSession(await directory.addUser(orgId, { userName: "bench-device" }));

  return {
    server: munot,
    clientCredentials: async (form) => {
      if (form === "opaque") return token({ grant_type: "client_credentials", scope: "openid" }, opaque.basic);
      await activate(form);
      return token({ grant_type: "client_credentials", scope: "openid" }, jwt.basic);
    },
    jwtBearer: async () => {
      const { keyContent, keyId } = await must(munot.ownerPat, "user.v2.UserService/AddKey", {
        userId: opaque.id,
        expirationDate: "2100-01-01T00:00:00Z",
      });
      // ZITADEL's key file, base64 in JSON.
      const { key } = jsonOf(Buffer.from(String(keyContent), "base64").toString());
      const privateKey = createPrivateKey(key ?? "");
      const now = Math.floor(Date.now() / 1_000);
      const made = await Promise.all(
        Array.from({ length: assertionsMade }, (_, index) =>
          new SignJWT({ iss: opaque.id, sub: opaque.id, aud: munot.url, iat: now, exp: now + 3_500, jti: `${index}` })
            .setProtectedHeader({ alg: "RS256", kid: String(keyId) })
            .sign(privateKey),
        ),
      );
      return () => {
        const assertion = made.pop();
        if (assertion === undefined) throw new Error("more assertions are needed");
        return token(
          { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", scope: "openid", assertion },
          "Basic Og==",
        );
      };
    },
    exchange: async (connection) => {
      const given = expectStatus(
        await connection(token({ grant_type: "client_credentials", scope: `openid ${projectAudience}` }, opaque.basic)),
        200,
        "client credentials",
      );
      return token(
        {
          grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
          subject_token: jsonOf(given.body).access_token ?? "",
          subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
        },
        basic,
      );
    },
    deviceFlow: (connection) => async () => {
      const asked = jsonOf(
        expectStatus(
          await connection(formPost(endpoints.deviceAuthorization, { scope: "openid" }, basic)),
          200,
          "device authorization",
        ).body,
      );
      const call = async (method: string, message: object): Promise<string> =>
        expectStatus(
          await connection({
            method: "POST",
            path: `/zitadel.oidc.v2.OIDCService/${method}`,
            headers: { "content-type": "application/json", authorization: `Bearer ${munot.loginClientPat}` },
            body: JSON.stringify(message),
          }),
          200,
          method,
        ).body;
      const found = await call("GetDeviceAuthorizationRequest", { userCode: asked.user_code });
      // GetDeviceAuthorizationRequestResponse in Connect's JSON.
      const { id } = (JSON.parse(found) as { deviceAuthorizationRequest: { id: string } }).deviceAuthorizationRequest;
      await call("AuthorizeOrDenyDeviceAuthorization", { deviceAuthorizationId: id, session });
      const fields = {
        grant_type: "urn:ietf:params:oauth:grant-type:device_code",
        device_code: asked.device_code ?? "",
      };
      expectStatus(await connection(token(fields, basic)), 200, "device code");
    },
  };
};

/** The peer with its one client; what its access tokens are it chooses by the resource (see `peer.ts`). */
export const peerMachine = (peer: Server): Machine => ({
  server: peer,
  clientCredentials: async (form) =>
    formPost(
      "/token",
      { grant_type: "client_credentials", ...(form === "opaque" ? {} : { resource: `urn:bench:${form}` }) },
      basicOf(peerClient.client_id, peerClient.client_secret),
    ),
});

/** Turns that each send one request and want a token for it, on connections of their own. */
export const asking = (
  server: Server,
  count: number,
  requestOf: (connection: Connection) => Promise<() => Request>,
): Promise<readonly Turn[]> =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const connection = connect(server.url);
      const next = await requestOf(connection);
      return async () => expectStatus(await connection(next()), 200, "token");
    }),
  );

/** RS256 signatures of the size of an access token's input, off the event loop, with nothing around them. */
export const rawRs256 = async (count: number): Promise<readonly Turn[]> => {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const input = Buffer.alloc(600, "a");
  const once = (key: KeyObject) =>
    new Promise<void>((done, fail) => sign("sha256", input, key, (e) => (e ? fail(e) : done())));
  return Array.from({ length: count }, () => () => once(privateKey));
};
