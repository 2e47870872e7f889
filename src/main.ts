import { parseArgs } from "node:util";
import { openCore } from "./compose.ts";
import { explain } from "./explain.ts";
import { adminLinkFor, prepareFirstInstance } from "./first-start.ts";
import { greeting } from "./greeting.ts";
import { observedHandlers, startSweep } from "./jobs.ts";
import { openMetrics } from "./metrics.ts";
import { openControl } from "./platform/control/control.ts";
import { startJobWorker } from "./platform/jobs/worker.ts";
import { createLog } from "./platform/log/log.ts";
import { bothObserve } from "./platform/metrics/observer.ts";
import { openTraces } from "./platform/metrics/traces.ts";
import { rotateAll } from "./rotate-keys.ts";
import { startServer } from "./server.ts";
import { readSettings, type Settings } from "./settings.ts";

/** The product: settings, stores, first instance, jobs, network, in this order; and back in the other. */
const start = async (settings: Settings) => {
  const log = createLog({ level: settings.logLevel });
  const metrics = await openMetrics(settings);
  const traces = await openTraces(settings.traces, settings.databaseUrl === null ? "sqlite" : "postgres", (error) =>
    log.warn("traces could not be sent", { error }),
  );
  const core = await openCore(settings, bothObserve(metrics.observer, traces.observer));
  core.whenProcessNews((news) => {
    if (news.is === "contracted") log.info("schema contracted", { name: news.steps.join(" ") });
    if (news.is === "skipped") log.warn("a newer program has written this stream", { kind: news.kind, id: news.id });
    if (news.is === "outdated") log.error("this process is older than the database and must be replaced");
    if (news.is === "failed") log.warn("sign of life failed", { error: news.error });
  });
  if (core.contractsWaiting.length > 0) {
    log.info("schema steps wait for older processes to end", { name: core.contractsWaiting.join(" ") });
  }
  const started = await prepareFirstInstance(core);
  const { database, sealer, now } = core;
  const jobs = startJobWorker({
    database,
    sealer,
    handlers: observedHandlers(core),
    now,
    onFailure: ({ kind, key, error }) => log.warn("job failed", { kind, id: key, error }),
  });
  core.whenJobsArrive(jobs.nudge);
  const stopSweep = startSweep(core, (error) => log.warn("sweep failed", { error }));
  const control = await openControl(settings.dataDir, {
    "admin-link": () => adminLinkFor(core, started.instanceId),
    "keys-rotate": (input) => rotateAll(core, input),
  });
  const metricsServer = await metrics.serve(core);
  const server = await startServer(core, log);
  return {
    started,
    core,
    stop: async () => {
      await server.close();
      await metricsServer.close();
      await control?.close();
      stopSweep();
      await jobs.stop();
      await core.close();
      await traces.close();
    },
  };
};

try {
  const { values } = parseArgs({ strict: false, options: { settings: { type: "string" } } });
  const settings = readSettings(typeof values.settings === "string" ? values.settings : null);
  const running = await start(settings);
  process.stdout.write(greeting(settings, running.core.masterKeyOrigin, running.started.adminLink));
  let stopping = false;
  const stop = () => {
    // A second signal does not wait for what is in flight.
    if (stopping) process.exit(1);
    stopping = true;
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}
