import { create, type DescMethod, type DescService, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { BodyTooLarge, RequestAborted, readBody } from "../../platform/http/body.ts";
import { endResponse, type HttpRequest, type HttpResponse } from "../../platform/http/server.ts";
import type { CallerInfo } from "../caller.ts";
import { type ApiError, apiError, type Challenge, challengeFor } from "../errors.ts";
import type { Invoke } from "../invoke.ts";
import { messageOf } from "./request.ts";
import { createRouteTable, type Match } from "./route-table.ts";
import { type RestRule, restRoutes, successStatus } from "./rules.ts";
import { type PathTemplate, parseTemplate, variablesOf } from "./template.ts";

/** HTTP status of each gRPC code, as the gRPC gateway maps them. */
const statuses = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 400,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
} as const satisfies Record<Code, number>;

type Route = {
  readonly method: DescMethod;
  readonly rule: RestRule;
  readonly template: PathTemplate;
  readonly status: number;
};

export type Rest = {
  /** Makes a service's routes known. */
  readonly add: (desc: DescService, prefix: string) => void;
  readonly find: (req: HttpRequest) => Match<Route>;
  /** Answers a request whose route was found. */
  readonly answer: (
    found: Match<Route> & { is: "found" },
    req: HttpRequest,
    res: HttpResponse,
    caller: CallerInfo,
  ) => Promise<void>;
  /** Answers with an error that is not an RPC's own: no such path, wrong method, broken request. */
  readonly refuse: (res: HttpResponse, status: number, code: Code, message: string) => void;
};

/** The REST side of the contract: `google.api.http` rules turned into routes, protojson in and out. */
export const createRest = (invoke: Invoke, onError: (error: unknown) => void, challenge?: Challenge): Rest => {
  const table = createRouteTable<Route>();

  const add: Rest["add"] = (desc, prefix) => {
    for (const { method, rule } of restRoutes(desc, prefix)) {
      const template = parseTemplate(rule.path);
      table.add(rule.verb, template, { method, rule, template, status: successStatus(method) });
    }
  };

  const find: Rest["find"] = (req) => table.find(req.method === "HEAD" ? "GET" : (req.method ?? ""), pathOf(req));

  const answer: Rest["answer"] = async ({ target, parts }, req, res, caller) => {
    try {
      const request = messageOf(target.method.input, {
        path: variablesOf(target.template, parts),
        query: queryOf(req),
        body: target.rule.body === "" ? "" : await bodyOf(req),
        bodyField: target.rule.body,
      });
      const init = await invoke(target.method, request, caller);
      const message = toJson(target.method.output, create(target.method.output, init));
      const field = target.rule.responseBody;
      send(req, res, target.status, field === "" ? message : memberOf(target.method, message, field));
    } catch (error) {
      if (error instanceof RequestAborted) return;
      if (error instanceof BodyTooLarge) {
        // What is still on its way is not read.
        if (req.httpVersionMajor === 1) res.setHeader("connection", "close");
        refuse(res, 413, Code.ResourceExhausted, `The request body is larger than ${limits.bodyBytes} bytes`);
        return;
      }
      const refused = apiError(error, onError);
      const challenged = await challengeFor(error, caller, challenge);
      if (challenged !== null) res.setHeader("www-authenticate", challenged);
      send(req, res, statuses[refused.code], statusJson(refused));
    }
  };

  return { add, find, answer, refuse };
};

const refuse: Rest["refuse"] = (res, status, code, message) =>
  send(undefined, res, status, statusJson({ code, message, details: [] }));

const send = (req: HttpRequest | undefined, res: HttpResponse, status: number, json: JsonValue): void => {
  const body = JSON.stringify(json);
  res.statusCode = status;
  res.setHeader("content-type", "application/json");
  res.setHeader("cache-control", "no-store");
  res.setHeader("x-content-type-options", "nosniff");
  res.setHeader("content-length", Buffer.byteLength(body));
  endResponse(res, req?.method === "HEAD" ? "" : body);
};

/** `google.rpc.Status` as protojson. */
const statusJson = ({ code, message, details }: ApiError): JsonObject => ({
  code,
  message,
  details: details.map(({ desc, value }) => ({
    "@type": `type.googleapis.com/${desc.typeName}`,
    // Both detail messages are objects in protojson.
    ...(toJson(desc, value) as JsonObject),
  })),
});

const memberOf = (method: DescMethod, message: JsonValue, field: string): JsonValue => {
  const name = method.output.fields.find((one) => one.name === field)?.jsonName ?? field;
  // A message without a JSON form of its own is an object.
  return (message as JsonObject)[name] ?? null;
};

const utf8 = new TextDecoder("utf-8", { fatal: true });

const bodyOf = async (req: HttpRequest): Promise<string> => {
  const encoding = req.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") throw broken("must not be compressed");
  const bytes = await readBody(req, limits.bodyBytes);
  try {
    return utf8.decode(bytes);
  } catch {
    throw broken("is not UTF-8");
  }
};

const broken = (problem: string): Refusal => new Refusal("request.invalid", { fields: [{ path: "body", problem }] });

/** Path of a request, raw. */
export const pathOf = (req: HttpRequest): string => (req.url ?? "").split("?", 1)[0] ?? "";

const queryOf = (req: HttpRequest): URLSearchParams => {
  const url = req.url ?? "";
  const start = url.indexOf("?");
  return new URLSearchParams(start === -1 ? "" : url.slice(start + 1));
};
