import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { parseTraceParent } from "@opentelemetry/core";
import { Refusal } from "../../kernel/refusal.ts";
import type { Dialect } from "../db/database.ts";
import { requestMethods } from "../http/methods.ts";
import type { HttpRequest } from "../http/server.ts";
import type { Details, Measured, Observer } from "./observer.ts";
import { subjectOf } from "./sql-subject.ts";

/** What the work of this moment belongs to. */
type Scope = {
  readonly context: Context;
  readonly span: Span;
  /** what to add to `performance.now()` for the wall clock: one value per trace, so that its spans lie rightly in each other */
  readonly epochMs: number;
};

/** Longer ones are cut: the text tells which statement it was. */
const statementChars = 2_000;

const systems = { sqlite: "sqlite", postgres: "postgresql" } as const satisfies Record<Dialect, string>;

const kinds = {
  command: SpanKind.INTERNAL,
  append: SpanKind.INTERNAL,
  job: SpanKind.CONSUMER,
  rpc: SpanKind.INTERNAL,
  call: SpanKind.CLIENT,
} as const satisfies Record<Measured, SpanKind>;

/**
 * Makes a span of each request, RPC, command, append, job, statement and outgoing call. Spans hold names that are ours
 * (routes, commands, tables, refusal codes) and the text of statements without their values: nothing that anybody wrote.
 */
export const traceObserver = (tracer: Tracer, dialect: Dialect): Observer => {
  const scopes = new AsyncLocalStorage<Scope>();
  const exchanges = new WeakMap<object, Scope>();

  const begin = (name: string, kind: SpanKind, attributes: Details, from: Context | null): Scope => {
    const outer = from === null ? scopes.getStore() : undefined;
    const epochMs = outer?.epochMs ?? Date.now() - performance.now();
    const parent = from ?? outer?.context ?? ROOT_CONTEXT;
    const span = tracer.startSpan(name, { kind, attributes, startTime: epochMs + performance.now() }, parent);
    return { context: trace.setSpan(parent, span), span, epochMs };
  };
  const end = ({ span, epochMs }: Scope): void => span.end(epochMs + performance.now());

  return {
    serve: (req, res, work) => {
      const method = knownMethod(req.method ?? "");
      const attributes = { "http.request.method": method, "network.protocol.version": req.httpVersion };
      const scope = begin(method, SpanKind.SERVER, attributes, callersOf(req));
      exchanges.set(req, scope);
      // Others listen for the end too, and name the route then.
      res.once("close", () => setImmediate(() => end(scope)));
      scopes.run(scope, work);
    },
    resume: (req, work) => {
      const scope = exchanges.get(req);
      if (scope === undefined) work();
      else scopes.run(scope, work);
    },
    answered: ({ method, route, status }, req) => {
      const span = exchanges.get(req)?.span;
      if (span === undefined) return;
      span.updateName(`${knownMethod(method)} ${route}`);
      span.setAttributes({ "http.route": route, "http.response.status_code": status });
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    },
    statement: ({ sql }, fromMs, toMs) => {
      const scope = scopes.getStore();
      // Polls and start-up belong to nothing; each of their statements would be a trace of its own.
      if (scope === undefined || !scope.span.isRecording()) return;
      const { verb, table } = subjectOf(sql);
      const attributes = {
        "db.system.name": systems[dialect],
        "db.operation.name": verb,
        "db.collection.name": table,
        "db.query.text": sql.slice(0, statementChars),
      };
      const startTime = scope.epochMs + fromMs;
      tracer
        .startSpan(`${verb} ${table}`, { kind: SpanKind.CLIENT, attributes, startTime }, scope.context)
        .end(scope.epochMs + toMs);
    },
    measure: async (what, name, work, of = {}) => {
      const scope = begin(`${what} ${name}`, kinds[what], { "munot.kind": what, "munot.name": name, ...of }, null);
      try {
        return await scopes.run(scope, work);
      } catch (error) {
        noteFailure(scope.span, error);
        throw error;
      } finally {
        end(scope);
      }
    },
  };
};

/** OpenTelemetry's semantic conventions for HTTP: any other word is `_OTHER`. */
const knownMethod = (method: string): string => (requestMethods.has(method) ? method : "_OTHER");

/** W3C Trace Context §3.2: the caller's span, as far as it says so in the one form that is known. `tracestate` stays out. */
const callersOf = (req: HttpRequest): Context => {
  const { traceparent } = req.headers;
  const caller = typeof traceparent === "string" ? parseTraceParent(traceparent) : null;
  return caller === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...caller, isRemote: true });
};

/** A refusal is an outcome, anything else a failure; messages stay out, because they may hold what somebody wrote. */
const noteFailure = (span: Span, error: unknown): void => {
  if (error instanceof Refusal) {
    span.setAttribute("munot.outcome", error.code);
    return;
  }
  span.setAttribute("error.type", error instanceof Error ? error.name : "unknown");
  span.setStatus({ code: SpanStatusCode.ERROR });
};
