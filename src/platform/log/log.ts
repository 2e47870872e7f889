import { type DestinationStream, pino } from "pino";
import { describeError, scrub } from "./scrub.ts";

/** Pino's levels, the gravest first. */
export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * All that a line of the log may carry. Ids, names of code and numbers: never a user name, an address, a query string, a
 * body or a credential. A field that is missing here is dropped.
 */
export type LogFields = {
  readonly instanceId?: string;
  readonly requestId?: string;
  readonly actorKind?: string;
  readonly actorId?: string;
  readonly clientId?: string;
  /** HTTP method */
  readonly method?: string;
  /** pattern of the route, such as `/oauth/v2/token`: never the path as it came */
  readonly route?: string;
  readonly rpc?: string;
  readonly status?: number;
  readonly code?: string;
  readonly ms?: number;
  readonly bytes?: number;
  readonly count?: number;
  readonly attempt?: number;
  readonly name?: string;
  readonly kind?: string;
  readonly id?: string;
  readonly version?: number;
  readonly port?: number;
  /** shown as name, scrubbed message and stack, with its causes */
  readonly error?: unknown;
};

const fieldNames = {
  instanceId: true,
  requestId: true,
  actorKind: true,
  actorId: true,
  clientId: true,
  method: true,
  route: true,
  rpc: true,
  status: true,
  code: true,
  ms: true,
  bytes: true,
  count: true,
  attempt: true,
  name: true,
  kind: true,
  id: true,
  version: true,
  port: true,
  error: true,
} as const satisfies Record<keyof LogFields, true>;

export type Log = { readonly [Level in LogLevel]: (message: string, fields?: LogFields) => void } & {
  /** the same log with fields that every line then has */
  readonly with: (fields: LogFields) => Log;
};

const textChars = 200;

const shown = (name: string, value: unknown): unknown => {
  if (name === "error") return describeError(value);
  return typeof value === "string" ? scrub(value).slice(0, textChars) : value;
};

const addAllowed = (shownFields: Record<string, unknown>, fields: LogFields): void => {
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && Object.hasOwn(fieldNames, name)) shownFields[name] = shown(name, value);
  }
};

/** The log of the process: one JSON object a line, on standard output. */
export const createLog = ({
  level,
  destination,
}: {
  readonly level: LogLevel | "silent";
  readonly destination?: DestinationStream;
}): Log => {
  const options = {
    level,
    base: null,
    messageKey: "message",
    timestamp: timeField,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return logOver(pino(options, destination ?? standardOutput()), {});
};

/** Lines of one millisecond share the text of their time. */
const timeField = (() => {
  let at = 0;
  let field = "";
  return () => {
    const now = Date.now();
    if (now !== at) {
      at = now;
      field = `,"time":"${new Date(now).toISOString()}"`;
    }
    return field;
  };
})();

/** How long a line may wait for others to be written with; those of a process that is killed within it are lost. */
const linesWaitMs = 100;
const linesBytes = 8_192;
/** What is not taken from us beyond this is dropped, so that a reader that stands still does not fill the memory. */
const linesMaxBytes = 4 * 1024 * 1024;

/**
 * Standard output, many lines at a time: a write for each would be a tenth of a request's work. Pino writes what is left
 * when the process ends, also by an error that nobody has caught.
 */
const standardOutput = (): DestinationStream =>
  pino.destination({
    dest: 1,
    sync: false,
    minLength: linesBytes,
    maxLength: linesMaxBytes,
    periodicFlush: linesWaitMs,
  });

const logOver = (target: pino.Logger, always: LogFields): Log => {
  const at =
    (level: LogLevel) =>
    (message: string, fields?: LogFields): void => {
      if (!target.isLevelEnabled(level)) return;
      const shownFields: Record<string, unknown> = {};
      addAllowed(shownFields, always);
      if (fields !== undefined) addAllowed(shownFields, fields);
      target[level](shownFields, scrub(message));
    };
  return {
    fatal: at("fatal"),
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    trace: at("trace"),
    with: (fields) => logOver(target, { ...always, ...fields }),
  };
};
