import { expect, test } from "vitest";
import { parseSettings, SettingsError, settingNames } from "./settings.ts";

const problemsOf = (env: Record<string, string>, file = ""): readonly string[] => {
  try {
    parseSettings(env, file);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
};

test("without any setting Munot serves on localhost:8080 from ./data", () => {
  const settings = parseSettings({}, "");
  expect(settings).toMatchObject({ port: 8080, externalUrl: "http://localhost:8080", databaseUrl: null, dev: false });
  expect(settings.dataDir).toMatch(/data$/);
});

test("the environment wins over the settings file", () => {
  expect(parseSettings({ MUNOT_PORT: "9000" }, "# ours\nMUNOT_PORT=8000\nMUNOT_DEV = 1").port).toBe(9000);
  expect(parseSettings({}, 'MUNOT_FIRST_ORG_NAME="Acme Inc"').first.orgName).toBe("Acme Inc");
});

test("a misspelt setting is refused with the name that was meant", () => {
  expect(problemsOf({ MUNOT_PROT: "1" })).toEqual(["MUNOT_PROT is not a setting; did you mean MUNOT_PORT?"]);
  expect(problemsOf({}, "MUNOT_NONSENSE=1")[0]).toContain(settingNames.join(", "));
});

test("a wrong value is refused with what is allowed, all at once, and secrets are not repeated", () => {
  const problems = problemsOf({
    MUNOT_PORT: "0",
    MUNOT_DEV: "yes",
    MUNOT_MASTERKEY: "hunter2",
    MUNOT_TRUSTED_PROXIES: "10.0.0.0/99",
  });
  expect(problems).toHaveLength(4);
  expect(problems[0]).toContain("1 to 65535");
  expect(problems.join()).not.toContain("hunter2");
});

test("plain http on a public name is refused unless it is accepted by name", () => {
  expect(problemsOf({ MUNOT_EXTERNAL_URL: "http://id.example.com" })[0]).toContain("MUNOT_INSECURE_HTTP=1");
  expect(problemsOf({ MUNOT_EXTERNAL_URL: "http://id.example.com", MUNOT_INSECURE_HTTP: "1" })).toEqual([]);
  expect(problemsOf({ MUNOT_EXTERNAL_URL: "https://id.example.com/path" })[0]).toContain("without path");
});

test("settings that need each other say so", () => {
  expect(problemsOf({ MUNOT_TLS_CERT_FILE: "a.pem" })[0]).toContain("MUNOT_TLS_KEY_FILE");
  expect(problemsOf({ MUNOT_FIRST_MACHINE_PAT_FILE: "pat" })[0]).toContain("MUNOT_FIRST_MACHINE_USERNAME");
});

test("a Kubernetes service link that poses as the port is explained", () => {
  expect(problemsOf({ MUNOT_PORT: "tcp://10.1.2.3:8080" })[0]).toContain("enableServiceLinks");
});

test("traces go to the collector's path for them, or to an address of their own; without an address there are none", () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/" };
  expect(parseSettings({}, "").traces).toBeNull();
  expect(parseSettings(endpoint, "").traces).toMatchObject({
    url: "http://collector:4318/v1/traces",
    protocol: "http/protobuf",
    serviceName: "munot",
    sampler: "parentbased_always_on",
  });
  const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://traces.example/otlp" };
  expect(parseSettings({ ...endpoint, ...own }, "").traces?.url).toBe("https://traces.example/otlp");
  expect(parseSettings({ ...endpoint, OTEL_SDK_DISABLED: "true" }, "").traces).toBeNull();
  const headers = { OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b, authorization=Bearer%20t=" };
  expect(parseSettings({ ...endpoint, ...headers }, "").traces?.headers).toEqual({
    "x-key": "a b",
    authorization: "Bearer t=",
  });
});

test("OpenTelemetry's variables that are for other programs are left alone", () => {
  expect(problemsOf({ OTEL_METRIC_EXPORT_INTERVAL: "soon", OTEL_LOG_LEVEL: "none" })).toEqual([]);
  expect(problemsOf({ OTEL_TRACES_SAMPLER_ARG: "1.5" })[0]).toContain("0 to 1");
});
