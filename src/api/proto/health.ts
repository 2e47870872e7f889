import { serviceOf } from "./proto-file.ts";

/** `grpc.health.v1.Health` (gRPC health checking protocol). */
export const healthProto = () =>
  serviceOf({
    name: "grpc/health/v1/health.proto",
    package: "grpc.health.v1",
    messages: {
      HealthCheckRequest: { service: { no: 1, type: "string" } },
      HealthCheckResponse: { status: { no: 1, type: "HealthCheckResponse.ServingStatus" } },
    },
    enums: { "HealthCheckResponse.ServingStatus": ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"] },
    service: "Health",
    methods: {
      Check: { input: "HealthCheckRequest", output: "HealthCheckResponse" },
      Watch: { input: "HealthCheckRequest", output: "HealthCheckResponse", streams: "server" },
    },
  });

export type HealthCheckRequest = { readonly service: string };
/** Numbers of `HealthCheckResponse.ServingStatus`. */
export const serving = { SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;
