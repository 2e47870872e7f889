import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { email, name } from "./kernel/text.ts";

/** A setting as people see it: its name, what it is for, what is allowed, and how it is read. */
type Setting<T> = {
  readonly purpose: string;
  readonly allowed: string;
  readonly parse: z.ZodType<T, string | undefined>;
};

const setting = <T>(purpose: string, allowed: string, parse: z.ZodType<T, string | undefined>): Setting<T> => ({
  purpose,
  allowed,
  parse,
});

const optionalText = z
  .string()
  .min(1)
  .optional()
  .transform((value) => value ?? null);
const path = optionalText.transform((value) => (value === null ? null : resolve(value)));
const flag = z
  .enum(["0", "1"])
  .optional()
  .transform((value) => value === "1");
const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .optional()
  .transform((value) => Number(value ?? "8080"))
  .refine((value) => value >= 1 && value <= 65_535);
const optionalPort = z
  .string()
  .regex(/^\d{1,5}$/)
  .optional()
  .transform((value) => (value === undefined ? null : Number(value)))
  .refine((value) => value === null || (value >= 1 && value <= 65_535));
const origin = z
  .string()
  .transform((value) => (URL.canParse(value) ? new URL(value) : null))
  .refine(
    (url) =>
      url !== null &&
      /^https?:$/.test(url.protocol) &&
      url.pathname === "/" &&
      !url.search &&
      !url.hash &&
      !url.username,
  )
  // The refinement above has just excluded null.
  .transform((url) => (url as URL).origin)
  .optional();
const networks = z
  .string()
  .optional()
  .transform((value) => (value ?? "").split(",").flatMap((part) => (part.trim() ? [part.trim()] : [])))
  .refine((list) => list.every((cidr) => ipaddr.isValid(cidr) || ipaddr.isValidCIDR(cidr)));
const webUrl = z
  .string()
  .optional()
  .transform((value) => (value === undefined ? null : URL.canParse(value) ? value : ""))
  .refine((value) => value === null || (/^https?:\/\//i.test(value) && !new URL(value).username));
/** OpenTelemetry's form of headers: W3C Baggage §3.3.1 without properties. */
const headerPairs = z
  .string()
  .optional()
  .transform((value, context) => {
    try {
      const pairs = (value ?? "").split(",").filter((pair) => pair.trim() !== "");
      const entries = pairs.map((pair) => {
        const [, name, text] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=(.*)$/.exec(pair) ?? [];
        if (name === undefined || text === undefined) throw new URIError(pair);
        return [name, decodeURIComponent(text.trim())] as const;
      });
      return Object.freeze(Object.fromEntries(entries));
    } catch {
      context.addIssue("not headers");
      return z.NEVER;
    }
  });
const optionalName = z
  .string()
  .optional()
  .transform((value, context) => {
    if (value === undefined) return null;
    const parsed = name().safeParse(value);
    if (parsed.success) return parsed.data;
    context.addIssue("not a name");
    return z.NEVER;
  });

/** All settings. `munot doctor`, the messages below and docs/settings.md are made from this table. */
export const settingTable = {
  MUNOT_PORT: setting("TCP port to listen on, on all interfaces", "a number from 1 to 65535; default 8080", port),
  MUNOT_EXTERNAL_URL: setting(
    "address under which browsers reach Munot; its host is registered on the first instance",
    "an origin such as https://id.example.com, without path; default http://localhost:<port>",
    origin.transform((value) => value ?? null),
  ),
  MUNOT_DATA_DIR: setting(
    "folder of the embedded database and the master key",
    "a path; default ./data",
    z
      .string()
      .min(1)
      .default("./data")
      .transform((value) => resolve(value)),
  ),
  MUNOT_DATABASE_URL: setting(
    "PostgreSQL 14 or newer; unset means the embedded database",
    "postgres://user:password@host:port/database",
    z
      .string()
      .regex(/^postgres(ql)?:\/\//)
      .optional()
      .transform((value) => value ?? null),
  ),
  MUNOT_MASTERKEY: setting("the master key itself", "32 bytes as 43 characters of base64url", masterKey()),
  MUNOT_MASTERKEY_FILE: setting("file that holds the master key", "a path; default <data dir>/masterkey", path),
  MUNOT_MASTERKEY_PREVIOUS: setting(
    "the master key before a rotation",
    "32 bytes as 43 characters of base64url",
    masterKey(),
  ),
  MUNOT_TLS_CERT_FILE: setting("certificate chain in PEM form; with the key file Munot serves HTTPS", "a path", path),
  MUNOT_TLS_KEY_FILE: setting("private key in PEM form", "a path", path),
  MUNOT_INSECURE_HTTP: setting(
    "admits plain http on a name that is not loopback (cookies are then weaker)",
    "0 or 1; default 0",
    flag,
  ),
  MUNOT_TRUSTED_PROXIES: setting(
    "proxies whose Forwarded headers count",
    "addresses or networks, separated by commas, such as 10.0.0.0/8; default none",
    networks,
  ),
  MUNOT_CLIENT_CERTIFICATES: setting(
    "where certificates of OAuth clients come from (RFC 8705): asked for by Munot's own TLS, or named by a trusted proxy",
    "off, tls, or the name of a header that the proxy sets, such as client-cert; default off",
    z
      .string()
      .regex(/^[a-z][a-z0-9-]{1,60}$/i)
      .default("off")
      .transform((value) => value.toLowerCase()),
  ),
  MUNOT_CLIENT_CA_FILE: setting(
    "authorities whose certificates name clients that authenticate by tls_client_auth, in PEM form",
    "a path; unset means that nobody can",
    path,
  ),
  MUNOT_MTLS_URL: setting(
    "origin under which clients show certificates, where it is another one than the browsers'",
    "an origin such as https://mtls.example.com, without path, whose host is one of the instance's domains",
    origin.transform((value) => value ?? null),
  ),
  MUNOT_DPOP_NONCE: setting(
    "whether DPoP proofs at the token endpoint must hold a nonce of the server (RFC 9449 §8)",
    "optional or required; default optional",
    z.enum(["optional", "required"]).default("optional"),
  ),
  MUNOT_OUTBOUND_ALLOW: setting(
    "private networks that webhooks, mail and key look-ups may reach",
    "addresses or networks, separated by commas; default none",
    networks,
  ),
  MUNOT_KEY_ROTATION_DAYS: setting(
    "days after which another web key signs, of the same kind; 0 leaves it to people",
    "a number from 0 to 3650; default 90",
    z
      .string()
      .regex(/^\d{1,4}$/)
      .default("90")
      .transform(Number)
      .refine((value) => value <= 3_650),
  ),
  MUNOT_DEV: setting("development helpers, on loopback addresses only", "0 or 1; default 0", flag),
  MUNOT_METRICS_PORT: setting(
    "TCP port on which Prometheus reads /metrics; unset means no metrics",
    "a number from 1 to 65535, other than MUNOT_PORT",
    optionalPort,
  ),
  MUNOT_METRICS_HOST: setting(
    "address of the metrics port; whoever reaches it may read them",
    "an address of this machine, such as 0.0.0.0; default 127.0.0.1",
    z
      .string()
      .default("127.0.0.1")
      .refine((value) => ipaddr.isValid(value)),
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    "OpenTelemetry collector; traces go to /v1/traces below it; unset means no traces",
    "an http or https URL such as http://localhost:4318",
    webUrl,
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: setting(
    "the same for traces alone, taken as it is; wins over the former",
    "an http or https URL such as http://localhost:4318/v1/traces",
    webUrl,
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: setting(
    "how traces are written",
    "http/protobuf or http/json; default http/protobuf",
    z.enum(["http/protobuf", "http/json"]).default("http/protobuf"),
  ),
  OTEL_EXPORTER_OTLP_HEADERS: setting(
    "headers sent to the collector, such as a key",
    "name=value pairs, percent-encoded, separated by commas",
    headerPairs,
  ),
  OTEL_SERVICE_NAME: setting("name under which traces appear", "any text; default munot", z.string().default("munot")),
  OTEL_TRACES_SAMPLER: setting(
    "which requests are traced; the parentbased ones follow the caller's traceparent",
    "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio; default parentbased_always_on",
    z
      .enum([
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
      ])
      .default("parentbased_always_on"),
  ),
  OTEL_TRACES_SAMPLER_ARG: setting(
    "share of requests that the ratio samplers trace",
    "a number from 0 to 1; default 1",
    z
      .string()
      .regex(/^(0|1|0?\.\d+|[01]\.0+)$/)
      .default("1")
      .transform(Number),
  ),
  OTEL_SDK_DISABLED: setting(
    "true: no traces, whatever else is set",
    "true or false; default false",
    z
      .enum(["true", "false"])
      .optional()
      .transform((value) => value === "true"),
  ),
  MUNOT_LOG_LEVEL: setting(
    "how much is logged",
    "fatal, error, warn, info, debug or trace; default info",
    z.enum(["fatal", "error", "warn", "info", "debug", "trace"]).default("info"),
  ),
  MUNOT_FIRST_ORG_NAME: setting("name of the first organization", "1 to 200 characters; default Munot", optionalName),
  MUNOT_FIRST_ADMIN_USERNAME: setting("login name of the first administrator", "1 to 200 characters", optionalName),
  MUNOT_FIRST_ADMIN_EMAIL: setting(
    "e-mail address of the first administrator",
    "an e-mail address",
    z
      .string()
      .optional()
      .transform((value) => value ?? null)
      .refine((value) => value === null || email.safeParse(value).success),
  ),
  MUNOT_FIRST_ADMIN_PASSWORD: setting(
    "password of the first administrator; then no link is printed",
    "a password that satisfies the complexity rules",
    optionalText,
  ),
  MUNOT_FIRST_MACHINE_USERNAME: setting(
    "user name of a first service account that owns the instance",
    "1 to 200 characters",
    optionalName,
  ),
  MUNOT_FIRST_MACHINE_PAT_FILE: setting("file to write that account's personal access token to, once", "a path", path),
  MUNOT_FIRST_LOGIN_CLIENT_PAT_FILE: setting(
    "file to write a login client's personal access token to, once",
    "a path",
    path,
  ),
} as const satisfies Record<string, Setting<unknown>>;

function masterKey() {
  return z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .optional()
    .transform((value) => value ?? null);
}

type Table = typeof settingTable;
type SettingName = keyof Table;
type Parsed = { readonly [Name in SettingName]: z.output<Table[Name]["parse"]> };

export type Settings = ReturnType<typeof arrange>;

/** Settings that cannot be used: one line per problem, each with what is allowed. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Default name of the settings file, looked for in the working directory. */
const defaultFile = "munot.env";

/**
 * Reads the settings once: from the environment, and from one file of `NAME=value` lines (`munot.env` in the working
 * directory, or `file`). The environment wins. Throws {@link SettingsError} that names every wrong or unknown setting.
 */
export const readSettings = (file: string | null = null, env: NodeJS.ProcessEnv = process.env): Settings =>
  parseSettings(env, readFile(file));

const readFile = (file: string | null): string => {
  try {
    return readFileSync(file ?? defaultFile, "utf8");
  } catch (error) {
    if (file === null && error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw new SettingsError([
      `The settings file ${file ?? defaultFile} cannot be read: ${error instanceof Error ? error.message : error}`,
    ]);
  }
};

/** What the file that a setting names holds. */
export const readSettingFile = (name: SettingName, file: string): Buffer => {
  try {
    return readFileSync(file);
  } catch (error) {
    throw fileProblem(name, file, error);
  }
};

/** A file that a setting names cannot be used. */
export const fileProblem = (name: SettingName, file: string, error: unknown): SettingsError =>
  new SettingsError([`${name}: ${file} cannot be used: ${error instanceof Error ? error.message : error}.`]);

/** Pure part of {@link readSettings}. */
export const parseSettings = (env: { readonly [name: string]: string | undefined }, fileText: string): Settings => {
  const problems: string[] = [];
  const given = new Map<string, string>();
  for (const [index, line] of fileText.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const match = /^\s*([A-Z_]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined)
      problems.push(`Line ${index + 1} of the settings file is not NAME=value.`);
    else given.set(match[1], match[2].replace(/^(["'])(.*)\1$/, "$2"));
  }
  for (const [key, value] of Object.entries(env)) {
    // Names of OpenTelemetry that are not ours are others' business.
    if ((key.startsWith("MUNOT_") || isSettingName(key)) && value !== undefined) given.set(key, value);
  }
  for (const key of given.keys()) if (!isSettingName(key)) problems.push(unknownSetting(key));
  const parsed: Partial<Record<SettingName, unknown>> = {};
  for (const key of settingNames) {
    const value = given.get(key);
    const result = settingTable[key].parse.safeParse(value === "" ? undefined : value);
    if (result.success) parsed[key] = result.data;
    else problems.push(wrongSetting(key, value ?? ""));
  }
  if (problems.length > 0) throw new SettingsError(problems);
  // Every name of the table has been parsed by its own schema just above.
  return arrange(parsed as Parsed);
};

export const settingNames = Object.keys(settingTable).filter(isSettingName);

function isSettingName(value: string): value is SettingName {
  return Object.hasOwn(settingTable, value);
}

const secretNames: readonly SettingName[] = [
  "MUNOT_MASTERKEY",
  "MUNOT_MASTERKEY_PREVIOUS",
  "MUNOT_FIRST_ADMIN_PASSWORD",
  "MUNOT_DATABASE_URL",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];

const wrongSetting = (key: SettingName, value: string): string => {
  const shown = secretNames.includes(key) ? "its value" : `"${value}"`;
  // Kubernetes injects MUNOT_PORT=tcp://… for a Service that is called "munot".
  const hint =
    key === "MUNOT_PORT" && value.startsWith("tcp://")
      ? " (set enableServiceLinks: false on the pod, or name the Service differently)"
      : "";
  return `${key}: ${shown} is not allowed; allowed is ${settingTable[key].allowed}${hint}.`;
};

const unknownSetting = (key: string): string => {
  const near = settingNames.filter((name) => distance(name, key) <= 3);
  const hint =
    near.length > 0 ? `did you mean ${near.join(" or ")}?` : `known settings are ${settingNames.join(", ")}.`;
  return `${key} is not a setting; ${hint}`;
};

/** Levenshtein distance. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, x] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, y] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (x === y ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

const loopbackNames = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|.*\.localhost)$/;

/** Whether a URL's host can only be reached from this machine. */
export const isLoopbackHost = (hostname: string): boolean => loopbackNames.test(hostname);

/** OpenTelemetry, "OTLP exporter configuration": a signal's own endpoint is taken as it is, to the common one a path is added. */
const tracesOf = (parsed: Parsed) => {
  const common = parsed.OTEL_EXPORTER_OTLP_ENDPOINT;
  const url =
    parsed.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (common === null ? null : `${common.replace(/\/$/, "")}/v1/traces`);
  if (url === null || parsed.OTEL_SDK_DISABLED) return null;
  return Object.freeze({
    url,
    protocol: parsed.OTEL_EXPORTER_OTLP_PROTOCOL,
    headers: parsed.OTEL_EXPORTER_OTLP_HEADERS,
    serviceName: parsed.OTEL_SERVICE_NAME,
    sampler: parsed.OTEL_TRACES_SAMPLER,
    ratio: parsed.OTEL_TRACES_SAMPLER_ARG,
  });
};

const arrange = (parsed: Parsed) => {
  const problems: string[] = [];
  const tls =
    parsed.MUNOT_TLS_CERT_FILE && parsed.MUNOT_TLS_KEY_FILE
      ? { certFile: parsed.MUNOT_TLS_CERT_FILE, keyFile: parsed.MUNOT_TLS_KEY_FILE }
      : null;
  if (!tls && (parsed.MUNOT_TLS_CERT_FILE || parsed.MUNOT_TLS_KEY_FILE)) {
    problems.push("MUNOT_TLS_CERT_FILE and MUNOT_TLS_KEY_FILE go together: set both or none.");
  }
  const certificates = parsed.MUNOT_CLIENT_CERTIFICATES;
  if (certificates === "tls" && !tls) {
    problems.push("MUNOT_CLIENT_CERTIFICATES=tls needs MUNOT_TLS_CERT_FILE and MUNOT_TLS_KEY_FILE.");
  }
  if (certificates !== "off" && certificates !== "tls" && parsed.MUNOT_TRUSTED_PROXIES.length === 0) {
    problems.push("MUNOT_CLIENT_CERTIFICATES names a header: MUNOT_TRUSTED_PROXIES must say which proxies may set it.");
  }
  const externalUrl = parsed.MUNOT_EXTERNAL_URL ?? `${tls ? "https" : "http"}://localhost:${parsed.MUNOT_PORT}`;
  const { protocol, hostname } = new URL(externalUrl);
  if (protocol === "http:" && !isLoopbackHost(hostname) && !parsed.MUNOT_INSECURE_HTTP) {
    problems.push(
      `MUNOT_EXTERNAL_URL: ${externalUrl} is plain http on a name that is not loopback: browsers drop secure cookies there, and passwords travel in the open. Use https (a proxy in front, or MUNOT_TLS_CERT_FILE with MUNOT_TLS_KEY_FILE), or set MUNOT_INSECURE_HTTP=1 if you accept that.`,
    );
  }
  if (parsed.MUNOT_FIRST_ADMIN_PASSWORD && !parsed.MUNOT_FIRST_ADMIN_USERNAME && !parsed.MUNOT_FIRST_ADMIN_EMAIL) {
    problems.push("MUNOT_FIRST_ADMIN_PASSWORD needs MUNOT_FIRST_ADMIN_USERNAME or MUNOT_FIRST_ADMIN_EMAIL.");
  }
  if (parsed.MUNOT_FIRST_MACHINE_PAT_FILE && !parsed.MUNOT_FIRST_MACHINE_USERNAME) {
    problems.push("MUNOT_FIRST_MACHINE_PAT_FILE needs MUNOT_FIRST_MACHINE_USERNAME.");
  }
  if (parsed.MUNOT_METRICS_PORT === parsed.MUNOT_PORT) {
    problems.push("MUNOT_METRICS_PORT must be another port than MUNOT_PORT: metrics are not for everybody.");
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return Object.freeze({
    port: parsed.MUNOT_PORT,
    externalUrl,
    dataDir: parsed.MUNOT_DATA_DIR,
    databaseUrl: parsed.MUNOT_DATABASE_URL,
    masterKey: parsed.MUNOT_MASTERKEY,
    masterKeyFile: parsed.MUNOT_MASTERKEY_FILE ?? resolve(parsed.MUNOT_DATA_DIR, "masterkey"),
    masterKeyPrevious: parsed.MUNOT_MASTERKEY_PREVIOUS,
    tls,
    insecureHttp: parsed.MUNOT_INSECURE_HTTP,
    trustedProxies: parsed.MUNOT_TRUSTED_PROXIES,
    keyRotationDays: parsed.MUNOT_KEY_ROTATION_DAYS,
    clientCertificates: parsed.MUNOT_CLIENT_CERTIFICATES,
    clientCaFile: parsed.MUNOT_CLIENT_CA_FILE,
    mtlsUrl: parsed.MUNOT_MTLS_URL,
    dpopNonceRequired: parsed.MUNOT_DPOP_NONCE === "required",
    outboundAllow: parsed.MUNOT_OUTBOUND_ALLOW,
    dev: parsed.MUNOT_DEV,
    metrics:
      parsed.MUNOT_METRICS_PORT === null
        ? null
        : Object.freeze({ host: parsed.MUNOT_METRICS_HOST, port: parsed.MUNOT_METRICS_PORT }),
    traces: tracesOf(parsed),
    logLevel: parsed.MUNOT_LOG_LEVEL,
    first: Object.freeze({
      orgName: parsed.MUNOT_FIRST_ORG_NAME ?? "Munot",
      adminUserName: parsed.MUNOT_FIRST_ADMIN_USERNAME,
      adminEmail: parsed.MUNOT_FIRST_ADMIN_EMAIL,
      adminPassword: parsed.MUNOT_FIRST_ADMIN_PASSWORD,
      machineUserName: parsed.MUNOT_FIRST_MACHINE_USERNAME,
      machinePatFile: parsed.MUNOT_FIRST_MACHINE_PAT_FILE,
      loginClientPatFile: parsed.MUNOT_FIRST_LOGIN_CLIENT_PAT_FILE,
    }),
  });
};
