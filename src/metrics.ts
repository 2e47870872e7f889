import type { Core } from "./compose.ts";
import { countUnsettled } from "./platform/eventstore/unsettled.ts";
import { countJobs } from "./platform/jobs/queue.ts";
import { startMetricsServer } from "./platform/metrics/metrics-server.ts";
import { noObserver, type Observer } from "./platform/metrics/observer.ts";
import { createPrometheus } from "./platform/metrics/prometheus.ts";
import type { Settings } from "./settings.ts";

export type Metrics = {
  readonly observer: Observer;
  /** Serves what is observed, with the present state of the core beside it. */
  readonly serve: (core: Core) => Promise<{ readonly close: () => Promise<void> }>;
};

/** Metrics in Prometheus' text form where the settings ask for them, else nothing. */
export const openMetrics = async ({ metrics }: Pick<Settings, "metrics">): Promise<Metrics> => {
  if (metrics === null) return { observer: noObserver, serve: async () => ({ close: async () => undefined }) };
  const prometheus = await createPrometheus();
  return {
    observer: prometheus.observer,
    serve: (core) => {
      watchCore(prometheus.watch, core);
      return startMetricsServer(prometheus, metrics);
    },
  };
};

const watchCore = (
  watch: Awaited<ReturnType<typeof createPrometheus>>["watch"],
  { database, passwordWork }: Core,
): void => {
  watch({
    name: "munot_jobs_waiting",
    help: "Jobs of the outbox that wait or run, of all processes",
    read: () => countJobs(database),
  });
  watch({
    name: "munot_log_unsettled_events",
    help: "Committed events that readers of the log may not pass yet",
    read: () => countUnsettled(database),
  });
  watch({
    name: "munot_password_hashes_running",
    help: "Passwords that are hashed at this moment",
    read: () => passwordWork().running,
  });
  watch({
    name: "munot_password_hashes_waiting",
    help: "Passwords that wait to be hashed",
    read: () => passwordWork().waiting,
  });
};
