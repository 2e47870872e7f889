import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http2 from "node:http2";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certificateKeys, certificates } from "../../harness/certificates.ts";
import { directoryOf } from "../../harness/client.ts";
import { type RunningMunot, startMunot } from "../../harness/munot.ts";
import { newSigner } from "../../harness/signer.ts";

type Shown = "client" | "self";
type Json = Readonly<Record<string, unknown>>;

describe("clients that show certificates to Munot's own TLS (RFC 8705)", () => {
  const folder = mkdtempSync(join(tmpdir(), "munot-test-"));
  let munot: RunningMunot;
  let clientId: string;

  beforeAll(async () => {
    const files = { cert: certificates.server, key: certificateKeys.server, ca: certificates.ca };
    for (const [name, pem] of Object.entries(files)) writeFileSync(join(folder, name), pem);
    munot = await startMunot({
      database: "sqlite",
      ca: certificates.ca,
      env: {
        MUNOT_TLS_CERT_FILE: join(folder, "cert"),
        MUNOT_TLS_KEY_FILE: join(folder, "key"),
        MUNOT_CLIENT_CA_FILE: join(folder, "ca"),
        MUNOT_CLIENT_CERTIFICATES: "tls",
        MUNOT_MTLS_URL: "https://mtls.example.com",
      },
    });
    const call = async (method: string, message: object): Promise<Json> => {
      const path = method.startsWith("munot.") ? method : `zitadel.${method}`;
      const headers = { authorization: `Bearer ${munot.ownerPat}`, "content-type": "application/json" };
      const answer = await over11(`/${path}`, JSON.stringify(message), headers);
      if (answer.status !== 200) throw new Error(answer.body);
      return JSON.parse(answer.body);
    };
    const org = await call("org.v2.OrganizationService/AddOrganization", { name: "Acme" });
    const project = await call("project.v2beta.ProjectService/CreateProject", {
      organizationId: org["organizationId"],
      name: "Payments",
    });
    const app = await call("app.v2beta.AppService/CreateApplication", {
      projectId: project["id"],
      name: "payments",
      oidcRequest: {
        redirectUris: ["https://rp.example/callback"],
        responseTypes: ["OIDC_RESPONSE_TYPE_CODE"],
        grantTypes: ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE"],
        appType: "OIDC_APP_TYPE_WEB",
        authMethodType: "OIDC_AUTH_METHOD_TYPE_BASIC",
      },
    });
    clientId = String((app["oidcResponse"] as Json)["clientId"]); // an OIDC application answers with its client
    await call("munot.application.v1.ClientSettingsService/SetClientSettings", {
      projectId: project["id"],
      applicationId: app["appId"],
      settings: {
        additionalGrantTypes: ["client_credentials"],
        tokenEndpointAuthMethod: "tls_client_auth",
        tlsClientAuthSubjectDn: "CN=payment client,OU=Ops,O=Rhein\\, Inc.,C=CH",
        tlsClientCertificateBoundAccessTokens: true,
      },
    });
  });
  afterAll(async () => {
    await munot?.stop();
    rmSync(folder, { recursive: true });
  });

  const shown = (name?: Shown) => (name === undefined ? {} : { cert: certificates[name], key: certificateKeys[name] });

  const over11 = (path: string, body: string, headers: Record<string, string>, name?: Shown) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const options = { method: "POST", headers, ca: certificates.ca, agent: false as const, ...shown(name) };
      const request = https.request(`${munot.url}${path}`, options, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk) => {
          text += String(chunk);
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
      });
      request.on("error", reject);
      request.end(body);
    });

  const over2 = (path: string, body: string, headers: Record<string, string>, name?: Shown) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const session = http2.connect(munot.url, { ca: certificates.ca, ...shown(name) });
      session.on("error", reject);
      const stream = session.request({ ":method": "POST", ":path": path, ...headers });
      let [status, text] = [0, ""];
      stream.on("response", (answer) => {
        status = Number(answer[":status"]);
      });
      stream.setEncoding("utf8").on("data", (chunk) => {
        text += String(chunk);
      });
      stream.on("end", () => {
        session.close();
        resolve({ status, body: text });
      });
      stream.on("error", reject);
      stream.end(body);
    });

  const form = { "content-type": "application/x-www-form-urlencoded" };
  const ask = (by: typeof over11, name?: Shown) =>
    by("/oauth/v2/token", `grant_type=client_credentials&client_id=${clientId}`, form, name);

  test("the certificate's name is the client, over HTTP/1.1 and HTTP/2; no other certificate is, nor none", async () => {
    for (const by of [over11, over2]) {
      expect([(await ask(by, "client")).status, (await ask(by, "self")).status, (await ask(by)).status]).toEqual([
        200, 401, 401,
      ]);
    }
  });

  test("a token is bound to the certificate that it was asked for with", async () => {
    const { access_token: token } = JSON.parse((await ask(over11, "client")).body);
    const about = await over11("/oauth/v2/introspect", `token=${token}&client_id=${clientId}`, form, "client");
    expect(JSON.parse(about.body)).toMatchObject({
      active: true,
      cnf: { "x5t#S256": expect.stringMatching(/^[\w-]{43}$/) },
    });
  });

  test("whoever shows none is served as before, and a header names nobody", async () => {
    const header = { ...form, "client-cert": `:${certificates.client.split("\n").slice(1, -2).join("")}:` };
    const tried = await over11("/oauth/v2/token", `grant_type=client_credentials&client_id=${clientId}`, header);
    expect(tried.status).toBe(401);
    const metadata = await over11("/oauth/v2/token", "grant_type=none", form);
    expect(JSON.parse(metadata.body).error).toBe("unsupported_grant_type");
  });
});

describe("Munot's own API takes tokens that are bound to a DPoP key (RFC 9449 §7)", () => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({ database: "sqlite" });
  });
  afterAll(() => munot?.stop());

  test("under the scheme DPoP, with a proof of the key for that very call", async () => {
    const directory = directoryOf(munot);
    const orgId = await directory.addOrg("Acme");
    const robot = await directory.addMachine(orgId, "robot");
    const { clientSecret } = await directory.must(munot.ownerPat, "user.v2.UserService/AddSecret", { userId: robot });
    const key = await newSigner();
    const tokenUrl = `${munot.url}/oauth/v2/token`;
    const asked = await fetch(tokenUrl, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`robot:${clientSecret}`).toString("base64")}`,
        dpop: await key.proof({ url: tokenUrl }),
      },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        scope: "openid urn:zitadel:iam:org:project:id:zitadel:aud",
      }),
    });
    // RFC 6749 §5.1: a JSON object.
    const { access_token: token, token_type: type } = (await asked.json()) as Json;
    expect([asked.status, type]).toEqual([200, "DPoP"]);

    const path = "/zitadel.user.v2.UserService/GetUserByID";
    const url = munot.url + path;
    const call = async (authorization: string, dpop?: string) =>
      (
        await fetch(url, {
          method: "POST",
          headers: { authorization, "content-type": "application/json", ...(dpop === undefined ? {} : { dpop }) },
          body: JSON.stringify({ userId: robot }),
        })
      ).status;
    const proof = (by = key, claims = {}) => by.proof({ url, token: String(token) }, claims);
    const once = await proof();
    expect(await call(`DPoP ${token}`, once)).toBe(200);
    expect(await call(`DPoP ${token}`, once)).toBe(401);
    expect(await call(`DPoP ${token}`, await proof())).toBe(200);
    expect(await call(`Bearer ${token}`)).toBe(401);
    expect(await call(`Bearer ${token}`, await proof())).toBe(401);
    expect(await call(`DPoP ${token}`)).toBe(401);
    expect(await call(`DPoP ${token}`, await proof(await newSigner()))).toBe(401);
    expect(
      await call(`DPoP ${token}`, await proof(key, { htu: `${munot.url}/zitadel.user.v2.UserService/DeleteUser` })),
    ).toBe(401);
    expect(await call(`DPoP ${munot.ownerPat}`, await key.proof({ url, token: munot.ownerPat }))).toBe(401);
  });
});
