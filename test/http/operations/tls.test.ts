import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningMunot, startMunot } from "../../harness/munot.ts";
import { emptyGrpcMessage, rawHttp2 } from "../../harness/raw.ts";

const folder = mkdtempSync(join(tmpdir(), "munot-test-"));
const certFile = join(folder, "cert.pem");
const keyFile = join(folder, "key.pem");
let munot: RunningMunot;
let ca: string;

beforeAll(async () => {
  const made = spawnSync(
    "openssl",
    [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost".split(" "),
      ..."-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout".split(" "),
      keyFile,
      "-out",
      certFile,
    ],
    { encoding: "utf8" },
  );
  expect([made.status, made.error], made.stderr).toEqual([0, undefined]);
  ca = readFileSync(certFile, "utf8");
  munot = await startMunot({
    database: "sqlite",
    env: { MUNOT_TLS_CERT_FILE: certFile, MUNOT_TLS_KEY_FILE: keyFile },
    ca,
  });
});
afterAll(async () => {
  await munot?.stop();
  rmSync(folder, { recursive: true });
});

const get = (path: string): Promise<{ status: number; headers: Record<string, unknown>; body: string }> =>
  new Promise((resolve, reject) => {
    https
      .get(`${munot.url}${path}`, { ca, agent: false }, (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (chunk) => {
          body += chunk;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
      })
      .on("error", reject);
  });

test("the address, the issuer and the administrator's link are https without a further setting", async () => {
  expect(munot.url).toMatch(/^https:/);
  const { issuer, authorization_endpoint } = JSON.parse((await get("/.well-known/openid-configuration")).body);
  expect([issuer, authorization_endpoint]).toEqual([munot.url, `${munot.url}/oauth/v2/authorize`]);
  expect(munot.output()).toContain(`${munot.url}/ui/login/first-administrator?token=`);
});

test("ALPN chooses h2 or http/1.1, and both serve pages and the API", async () => {
  const chosen = (offered: readonly string[]): Promise<string | false | null> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port: munot.port, host: "localhost", ca, ALPNProtocols: [...offered] }, () => {
        resolve(socket.alpnProtocol);
        socket.destroy();
      });
      socket.on("error", reject);
    });
  expect(await chosen(["h2", "http/1.1"])).toBe("h2");
  expect(await chosen(["http/1.1"])).toBe("http/1.1");
  expect((await get("/ui/login")).status).toBe(200);
  expect((await rawHttp2(`${munot.url}/ui/login`, {}, { ca })).status).toBe(200);
  const grpc = await rawHttp2(
    `${munot.url}/zitadel.org.v2.OrganizationService/ListOrganizations`,
    {
      method: "POST",
      headers: { authorization: `Bearer ${munot.ownerPat}`, "content-type": "application/grpc", te: "trailers" },
      body: emptyGrpcMessage,
    },
    { ca },
  );
  expect([grpc.status, grpc.headers["grpc-status"]]).toEqual([200, "0"]);
});

test("cookies are bound to the host and to https", async () => {
  const { headers } = await get("/ui/login");
  expect(String(headers["set-cookie"])).toMatch(/^__Host-[^;]+;.*Path=\/;.*HttpOnly;.*Secure/);
  expect(String(headers["set-cookie"])).not.toMatch(/Domain=/i);
});

test("plain http on the port is not answered", async () => {
  await expect(fetch(`http://localhost:${munot.port}/`)).rejects.toThrow();
});
