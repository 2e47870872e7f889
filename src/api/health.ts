import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { catalogue } from "./catalogue.ts";
import { untyped } from "./connect.ts";
import { type HealthCheckRequest, healthProto, serving } from "./proto/health.ts";

export const healthService = "grpc.health.v1.Health";

const lookAgainMs = 1_000;

/** `Check` and `Watch`: the whole server ("") and each service of the contract share one state. */
export const healthRoutes =
  (isReady: () => boolean) =>
  (router: ConnectRouter): void => {
    const known = new Set(["", healthService, ...catalogue.map((one) => one.typeName)]);
    const statusOf = (service: string): number => {
      if (!known.has(service)) return serving.SERVICE_UNKNOWN;
      return isReady() ? serving.SERVING : serving.NOT_SERVING;
    };
    router.service(
      healthProto(),
      untyped({
        check: (request: Message) => {
          const status = statusOf(serviceOf(request));
          if (status === serving.SERVICE_UNKNOWN) throw new ConnectError("unknown service", Code.NotFound);
          return { status };
        },
        // Sends the state at once and then each change of it, until the client goes.
        async *watch(request: Message, context: HandlerContext) {
          let last = -1;
          while (!context.signal.aborted) {
            const status = statusOf(serviceOf(request));
            if (status !== last) yield { status };
            last = status;
            await pause(lookAgainMs, context.signal);
          }
        },
      }),
    );
  };

// The descriptor is made at run time, so the type of its messages is known only here.
const serviceOf = (request: Message): string => (request as Message & HealthCheckRequest).service;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
