import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Dialect } from "../db/database.ts";
import { noObserver, type Observer } from "./observer.ts";

export type Sampling = {
  /** OTEL_TRACES_SAMPLER */
  readonly sampler:
    | "always_on"
    | "always_off"
    | "traceidratio"
    | "parentbased_always_on"
    | "parentbased_always_off"
    | "parentbased_traceidratio";
  /** of the two that take one */
  readonly ratio: number;
};

export type TraceOptions = Sampling & {
  /** where spans are posted to: the whole URL */
  readonly url: string;
  readonly protocol: "http/protobuf" | "http/json";
  /** sent with each export */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
};

export type Traces = {
  readonly observer: Observer;
  /** Sends what is left; a collector that does not answer holds nobody up for long. */
  readonly close: () => Promise<void>;
};

const closeMs = 5_000;
const complainEveryMs = 60_000;

/** No traces. */
const noTraces: Traces = { observer: noObserver, close: async () => undefined };

/**
 * Sends spans to an OpenTelemetry collector. The libraries are loaded only where an endpoint is set: they cost start-up
 * time and memory that others need not pay. What the exporter reads beside the options are OpenTelemetry's own variables
 * (certificates, compression, time-outs, attributes of the resource).
 */
export const openTraces = async (
  options: TraceOptions | null,
  dialect: Dialect,
  onFailure: (error: unknown) => void,
): Promise<Traces> => {
  if (options === null) return noTraces;
  const [sdk, { OTLPTraceExporter }, resources, { setGlobalErrorHandler }, { traceObserver }] = await Promise.all([
    import("@opentelemetry/sdk-trace"),
    options.protocol === "http/json"
      ? import("@opentelemetry/exporter-trace-otlp-http")
      : import("@opentelemetry/exporter-trace-otlp-proto"),
    import("@opentelemetry/resources"),
    import("@opentelemetry/core"),
    import("./trace-observer.ts"),
  ]);
  let complainedAt = Number.NEGATIVE_INFINITY;
  setGlobalErrorHandler((error) => {
    if (performance.now() - complainedAt < complainEveryMs) return;
    complainedAt = performance.now();
    onFailure(error);
  });
  const { url, headers, serviceName } = options;
  const provider = new sdk.TracerProvider({
    sampler: samplerOf(sdk, options),
    resource: resources
      .resourceFromAttributes({ "host.name": hostname(), "process.pid": process.pid })
      .merge(resources.detectResources({ detectors: [resources.envDetector] }))
      .merge(resources.resourceFromAttributes({ "service.name": serviceName })),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url, headers: { ...headers } }) })],
  });
  return {
    observer: traceObserver(provider.getTracer("munot"), dialect),
    close: () => Promise.race([provider.shutdown().catch(onFailure), sleep(closeMs, undefined, { ref: false })]),
  };
};

const samplerOf = (sdk: typeof import("@opentelemetry/sdk-trace"), { sampler, ratio }: Sampling) => {
  const roots = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(ratio),
  } as const;
  const samplers = {
    ...roots,
    parentbased_always_on: () => new sdk.ParentBasedSampler({ root: roots.always_on() }),
    parentbased_always_off: () => new sdk.ParentBasedSampler({ root: roots.always_off() }),
    parentbased_traceidratio: () => new sdk.ParentBasedSampler({ root: roots.traceidratio() }),
  } as const satisfies Record<Sampling["sampler"], unknown>;
  return samplers[sampler]();
};
