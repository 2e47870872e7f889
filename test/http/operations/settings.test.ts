import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { settingNames } from "../../../src/settings.ts";
import { runToEnd } from "../../harness/command.ts";
import { freePort } from "../../harness/ports.ts";

const folder = mkdtempSync(join(tmpdir(), "munot-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
/** Starts Munot in a folder of its own, with settings that must keep it from serving. */
const refusedStart = async (env: Record<string, string>, args?: readonly string[]) => {
  made += 1;
  const dataDir = join(folder, String(made));
  const { code, output } = await runToEnd({
    cwd: folder,
    env: { MUNOT_PORT: String(await freePort()), MUNOT_DATA_DIR: dataDir, ...env },
    ...(args ? { args } : {}),
  });
  expect([code, output]).toEqual([1, expect.not.stringContaining("Munot is ready")]);
  // A sentence for an operator, not a defect with its stack.
  expect(output).not.toMatch(/defect|^ +at /m);
  return output;
};

const wrong: Readonly<Record<string, string>> = {
  MUNOT_PORT: "70000",
  MUNOT_EXTERNAL_URL: "id.example.com",
  MUNOT_DATABASE_URL: "mysql://root:hunter2@localhost/munot",
  MUNOT_MASTERKEY: "short-key",
  MUNOT_MASTERKEY_PREVIOUS: "short-previous-key",
  MUNOT_INSECURE_HTTP: "yes",
  MUNOT_TRUSTED_PROXIES: "10.0.0.0/64",
  MUNOT_CLIENT_CERTIFICATES: "a header",
  MUNOT_MTLS_URL: "mtls.example.com",
  MUNOT_DPOP_NONCE: "sometimes",
  MUNOT_OUTBOUND_ALLOW: "example.com",
  MUNOT_KEY_ROTATION_DAYS: "3651",
  MUNOT_DEV: "true",
  MUNOT_METRICS_PORT: "0",
  MUNOT_METRICS_HOST: "everywhere",
  MUNOT_LOG_LEVEL: "loud",
  OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318",
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "grpc://collector:4317",
  OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
  OTEL_EXPORTER_OTLP_HEADERS: "hunter2",
  OTEL_TRACES_SAMPLER: "sometimes",
  OTEL_TRACES_SAMPLER_ARG: "2",
  OTEL_SDK_DISABLED: "1",
  MUNOT_FIRST_ORG_NAME: "x".repeat(300),
  MUNOT_FIRST_ADMIN_USERNAME: "x".repeat(300),
  MUNOT_FIRST_ADMIN_EMAIL: "not an address",
  MUNOT_FIRST_MACHINE_USERNAME: "x".repeat(300),
};
/** Any text is a path or a password as far as its form goes; what these name is looked at when it is used, see below. */
const anyText = [
  "MUNOT_DATA_DIR",
  "MUNOT_MASTERKEY_FILE",
  "MUNOT_TLS_CERT_FILE",
  "MUNOT_TLS_KEY_FILE",
  "MUNOT_CLIENT_CA_FILE",
  "MUNOT_FIRST_ADMIN_PASSWORD",
  "MUNOT_FIRST_MACHINE_PAT_FILE",
  "MUNOT_FIRST_LOGIN_CLIENT_PAT_FILE",
  "OTEL_SERVICE_NAME",
];

test("every wrong setting is named at the start, with what is allowed, and no secret is repeated", async () => {
  expect([...Object.keys(wrong), ...anyText].sort()).toEqual([...settingNames].sort());
  const output = await refusedStart(wrong);
  for (const name of Object.keys(wrong))
    expect(output).toMatch(new RegExp(`- ${name}: .* is not allowed; allowed is `));
  expect(output).not.toMatch(/hunter2|short-key|short-previous/);
});

test("an unknown setting is named with its nearest neighbour, from the environment and from munot.env", async () => {
  expect(await refusedStart({ MUNOT_PROT: "8080" })).toContain("MUNOT_PROT is not a setting; did you mean MUNOT_PORT");
  const file = join(folder, "other.env");
  writeFileSync(file, "MUNOT_DATABSE_URL=postgres://localhost/munot\nwhat is this\n");
  const output = await refusedStart({}, ["start", "--settings", file]);
  expect(output).toContain("did you mean MUNOT_DATABASE_URL");
  expect(output).toContain("Line 2 of the settings file");
  expect(await refusedStart({}, ["start", "--settings", join(folder, "absent.env")])).toContain("absent.env");
});

test.each([
  ["certificates of clients without TLS", { MUNOT_CLIENT_CERTIFICATES: "tls" }, "needs MUNOT_TLS_CERT_FILE"],
  [
    "a header that nobody is trusted to set",
    { MUNOT_CLIENT_CERTIFICATES: "client-cert" },
    "MUNOT_TRUSTED_PROXIES must say",
  ],
  ["authorities that are none", { MUNOT_CLIENT_CA_FILE: "package.json" }, "MUNOT_CLIENT_CA_FILE"],
  ["a key file without its certificate", { MUNOT_TLS_KEY_FILE: "key.pem" }, "set both or none"],
  [
    "certificate files that are not there",
    { MUNOT_TLS_CERT_FILE: "no-cert.pem", MUNOT_TLS_KEY_FILE: "no-key.pem" },
    "MUNOT_TLS_CERT_FILE",
  ],
  ["plain http on a public name", { MUNOT_EXTERNAL_URL: "http://id.example.com" }, "MUNOT_INSECURE_HTTP=1"],
  ["metrics on the public port", { MUNOT_PORT: "18080", MUNOT_METRICS_PORT: "18080" }, "must be another port"],
  ["a password for nobody", { MUNOT_FIRST_ADMIN_PASSWORD: "Rheinfall-1589!" }, "needs MUNOT_FIRST_ADMIN_USERNAME"],
  [
    "a first password that is too weak",
    { MUNOT_FIRST_ADMIN_USERNAME: "root", MUNOT_FIRST_ADMIN_PASSWORD: "weak" },
    "MUNOT_FIRST_ADMIN_PASSWORD",
  ],
  ["a token file for nobody", { MUNOT_FIRST_MACHINE_PAT_FILE: "owner.pat" }, "needs MUNOT_FIRST_MACHINE_USERNAME"],
  [
    "a token file in a folder that is not there",
    { MUNOT_FIRST_LOGIN_CLIENT_PAT_FILE: join(folder, "absent", "login.pat") },
    "MUNOT_FIRST_LOGIN_CLIENT_PAT_FILE",
  ],
  ["the port that Kubernetes invents", { MUNOT_PORT: "tcp://10.0.0.1:8080" }, "enableServiceLinks"],
  ["a database that is not there", { MUNOT_DATABASE_URL: "postgres://munot@127.0.0.1:1/munot" }, "MUNOT_DATABASE_URL"],
  ["a database on an unknown host", { MUNOT_DATABASE_URL: "postgres://munot@db.invalid/munot" }, "MUNOT_DATABASE_URL"],
] as const)("%s is refused with a sentence", async (_what, env, sentence) => {
  expect(await refusedStart(env)).toContain(sentence);
});

test("a data folder that is a file is refused with a sentence", async () => {
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  expect(await refusedStart({ MUNOT_DATA_DIR: file })).toContain("MUNOT_DATA_DIR");
});

test("a port that is in use is refused with a sentence", async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, () => {
      const address = other.address();
      resolve(address !== null && typeof address === "object" ? address.port : 0);
    });
  });
  expect(await refusedStart({ MUNOT_PORT: String(port) })).toContain("MUNOT_PORT");
  other.close();
});

test("an unknown command shows the commands", async () => {
  const { code, output } = await runToEnd({ args: ["frobnicate"], cwd: folder });
  expect(code).toBe(2);
  expect(output).toContain("projections verify");
});
