import { requestMethods } from "../http/methods.ts";
import type { Log, LogFields } from "./log.ts";

/** A request that was answered, without anything that its sender wrote. */
export type AnsweredRequest = {
  readonly method: string;
  /** the route's pattern; `null` when none matched */
  readonly route: string | null;
  readonly status: number;
  readonly ms: number;
  readonly requestId?: string;
  readonly instanceId?: string;
};

/** Logs an answered request: method, route pattern, status and time, never path, query or body. */
export const logRequest = (log: Log, { method, route, status, ms, requestId, instanceId }: AnsweredRequest): void => {
  const fields: LogFields = {
    method: requestMethods.has(method) ? method : "other",
    route: route ?? "none",
    status,
    ms: Math.round(ms * 10) / 10,
    ...(requestId === undefined ? {} : { requestId }),
    ...(instanceId === undefined ? {} : { instanceId }),
  };
  if (status >= 500) log.error("request failed", fields);
  else log.info("request", fields);
};
