import { Refusal } from "../../kernel/refusal.ts";
import { requestMethods } from "../http/methods.ts";
import { type Measured, noObserver, type Observer } from "./observer.ts";
import { subjectOf } from "./sql-subject.ts";

/** A number that is asked for when the metrics are read. */
export type Gauge = {
  readonly name: string;
  readonly help: string;
  readonly read: () => Promise<number> | number;
};

export type Prometheus = {
  readonly observer: Observer;
  readonly watch: (gauge: Gauge) => void;
  /** Everything in Prometheus' text form, with the content type that goes with it. */
  readonly page: () => Promise<{ readonly type: string; readonly text: string }>;
};

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const measured = {
  command: "Commands, by name and outcome",
  append: "Appends to the event log, until they are durable",
  job: "Jobs of the outbox, by kind and outcome",
  rpc: "Calls of the API, by RPC and outcome, whatever protocol they came by",
  call: "Outgoing calls, by method and outcome",
} as const satisfies Record<Measured, string>;

/** Loaded when somebody wants metrics: the library costs memory and time that others need not pay. */
export const createPrometheus = async (): Promise<Prometheus> => {
  const { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } = await import("prom-client");
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const requests = new Histogram({
    name: "munot_http_request_duration_seconds",
    help: "Answered HTTP requests, by method, route pattern and status",
    labelNames: ["method", "route", "status"],
    buckets: seconds,
    registers,
  });
  const statements = new Counter({
    name: "munot_db_statements_total",
    help: "SQL statements, by verb and table",
    labelNames: ["verb", "table"],
    registers,
  });
  const timed = (what: Measured) =>
    new Histogram({
      name: `munot_${what}_duration_seconds`,
      help: measured[what],
      labelNames: ["name", "outcome"],
      buckets: seconds,
      registers,
    });
  const durations = {
    command: timed("command"),
    append: timed("append"),
    job: timed("job"),
    rpc: timed("rpc"),
    call: timed("call"),
  } as const satisfies Record<Measured, unknown>;

  return {
    observer: {
      ...noObserver,
      answered: ({ method, route, status, seconds: took }) =>
        requests.observe({ method: requestMethods.has(method) ? method : "other", route, status }, took),
      statement: ({ sql }) => statements.inc(subjectOf(sql)),
      measure: async (what, name, work) => {
        const stop = durations[what].startTimer({ name });
        try {
          const result = await work();
          stop({ outcome: "ok" });
          return result;
        } catch (error) {
          stop({ outcome: error instanceof Refusal ? error.code : "failed" });
          throw error;
        }
      },
    },
    watch: ({ name, help, read }) => {
      const gauge = new Gauge({
        name,
        help,
        registers,
        collect: async () => {
          // A database that is away leaves a gap in one line, and the page stands.
          gauge.set(await Promise.resolve(read()).catch(() => Number.NaN));
        },
      });
    },
    page: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
};
