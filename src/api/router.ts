import type { DescService } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { noProxies, type TrustedProxies } from "../platform/http/proxies.ts";
import type { LaterService, RpcService } from "../platform/http/rpc.ts";
import { endResponse, type HttpRequest, type HttpResponse } from "../platform/http/server.ts";
import { type Authenticate, callerOf } from "./caller.ts";
import { catalogue, type ListedService } from "./catalogue.ts";
import { contractRoutes, rpcHandler } from "./connect.ts";
import { answerCors } from "./cors.ts";
import type { Challenge } from "./errors.ts";
import { healthRoutes, healthService } from "./health.ts";
import { createInvoke, methodFinder } from "./invoke.ts";
import { reflectionRoutes, reflectionServices } from "./reflection.ts";
import { createRest, pathOf } from "./rest/rest.ts";

export type ApiOptions = {
  /** the built services; RPCs of the contract that are in none of them answer `unimplemented` */
  readonly services: readonly RpcService[];
  /** built as well, but loaded when they are first asked for */
  readonly later?: readonly LaterService[];
  readonly authenticate: Authenticate;
  readonly trustedProxies?: TrustedProxies;
  /** what an answer 401 says in `www-authenticate` */
  readonly challenge?: Challenge;
  /** Whether the process is ready to serve, for `grpc.health.v1.Health`. */
  readonly isReady: () => boolean;
  /** Defects, in full: the caller sees general words only. */
  readonly onError: (error: unknown) => void;
  readonly observer?: ApiObserver;
};

/** Is told of calls and answers, by names of the contract only. */
type ApiObserver = {
  readonly measure: <T>(what: "rpc", name: string, work: () => Promise<T>) => Promise<T>;
  readonly answered: (
    request: { readonly method: string; readonly route: string; readonly status: number; readonly seconds: number },
    req: object,
  ) => void;
};

/** Takes the API's own paths and returns true; leaves all others alone and returns false. */
export type Api = (req: HttpRequest, res: HttpResponse) => boolean;

const rpcPath = /^\/(zitadel|munot|grpc)\.[^/]*\/[^/]*$/;
const restPath = /^\/(?:v2|v2beta|v3alpha|resources\/v3alpha|munot\/v1|(?:management|admin|auth|system)\/v1)\//;

/** gRPC, gRPC-web, Connect and REST of the whole contract on one handler. */
export const createApi = (options: ApiOptions): Api => {
  const { services, onError } = options;
  const trusted = options.trustedProxies ?? noProxies;
  const { observer } = options;
  const finder = methodFinder(services);
  const answerRpc = createInvoke(finder.find, options.authenticate);
  const invoke: typeof answerRpc =
    observer === undefined
      ? answerRpc
      : (method, request, caller) =>
          observer.measure("rpc", `${method.parent.typeName}/${method.name}`, () => answerRpc(method, request, caller));
  /** Notes the answer when it has gone out, under the route that the request was for. */
  const note = (route: string, req: HttpRequest, res: HttpResponse): void => {
    if (observer === undefined) return;
    const from = performance.now();
    res.once("close", () =>
      observer.answered(
        {
          method: req.method ?? "",
          route,
          status: res.statusCode,
          seconds: (performance.now() - from) / 1_000,
        },
        req,
      ),
    );
  };
  const built = new Map(services.map((service) => [service.desc.typeName, service.desc]));
  const later = new Map(options.later?.map((one) => [one.typeName, one]));
  const loadLater = remembered(async (one: LaterService): Promise<DescService> => {
    const service = await one.load();
    finder.add(service);
    return service.desc;
  });
  const load = async (one: ListedService): Promise<DescService> => {
    const waiting = later.get(one.typeName);
    return built.get(one.typeName) ?? (waiting === undefined ? one.load() : loadLater(waiting));
  };

  const handlerOf = remembered(async (service: KnownService) => {
    if (service === healthService) return rpcHandler(healthRoutes(options.isReady), { connect: true });
    if (typeof service === "string") return rpcHandler(reflectionRoutes(service, load), { connect: true });
    return rpcHandler(contractRoutes(await load(service), invoke, onError, options.challenge), {
      connect: service.connect,
    });
  });

  const rpc = async (path: string, req: HttpRequest, res: HttpResponse): Promise<void> => {
    const service = knownService(path.slice(1, path.indexOf("/", 1)));
    const handler = service && (await handlerOf(service))(path);
    note(handler ? path : "/zitadel.unknown", req, res);
    if (handler) return handler(req, res, callerOf(req, trusted));
    if (String(req.headers["content-type"]).startsWith("application/grpc")) {
      // gRPC over HTTP/2: an unknown method is a "trailers-only" answer with status UNIMPLEMENTED.
      res.setHeader("content-type", "application/grpc");
      res.setHeader("grpc-status", String(Code.Unimplemented));
      res.setHeader("grpc-message", "unknown service or method");
      return endResponse(res, "");
    }
    rest.refuse(res, 404, Code.NotFound, "Not Found");
  };

  const rest = createRest(invoke, onError, options.challenge);
  for (const one of catalogue) {
    const desc = built.get(one.typeName);
    if (desc) rest.add(desc, one.restPrefix);
  }
  // Routes of what is not built are loaded when a path is not found among the others.
  const loadRoutes = remembered(async (prefix: string) => {
    for (const one of catalogue) {
      if (one.restPrefix === prefix && !built.has(one.typeName)) rest.add(await load(one), prefix);
    }
  });
  const restPrefixes = [...new Set(catalogue.map((one) => one.restPrefix))].filter((prefix) => prefix !== "");

  const answerRest = async (path: string, req: HttpRequest, res: HttpResponse): Promise<void> => {
    let match = rest.find(req);
    if (match.is !== "found") {
      await loadRoutes(restPrefixes.find((prefix) => path.startsWith(`${prefix}/`)) ?? "");
      match = rest.find(req);
    }
    note(match.is === "found" ? match.target.rule.path : "/unknown", req, res);
    if (match.is === "found") return rest.answer(match, req, res, callerOf(req, trusted));
    if (match.is === "nothing") return rest.refuse(res, 404, Code.NotFound, "Not Found");
    res.setHeader("allow", match.allowed.join(", "));
    rest.refuse(res, 405, Code.Unimplemented, "Method Not Allowed");
  };

  return (req, res) => {
    const path = pathOf(req);
    const answer = rpcPath.test(path) ? rpc : restPath.test(path) ? answerRest : undefined;
    if (answer === undefined) return false;
    if (answerCors(req, res)) return true;
    answer(path, req, res).catch((error: unknown) => broken(error, res, onError, rest.refuse));
    return true;
  };
};

type KnownService = ListedService | typeof healthService | (typeof reflectionServices)[number];

const knownService = (name: string): KnownService | undefined =>
  ([healthService, ...reflectionServices] as const).find((one) => one === name) ??
  catalogue.find((one) => one.typeName === name);

const broken = (
  error: unknown,
  res: HttpResponse,
  onError: (error: unknown) => void,
  refuse: (res: HttpResponse, status: number, code: Code, message: string) => void,
): void => {
  // A client that went away ends the exchange; there is nobody to tell.
  if (res.destroyed || res.headersSent) {
    res.destroy();
    return;
  }
  // Malformed percent-encoding, host or target.
  if (error instanceof URIError || isInvalidUrl(error)) {
    refuse(res, 400, Code.InvalidArgument, "Bad Request");
    return;
  }
  onError(error);
  refuse(res, 500, Code.Internal, "Internal Server Error");
};

const isInvalidUrl = (error: unknown): boolean =>
  error instanceof TypeError && "code" in error && error.code === "ERR_INVALID_URL";

/** Does the work once per key and remembers its outcome; a failure is tried again. */
const remembered = <Key, Value>(work: (key: Key) => Promise<Value>): ((key: Key) => Promise<Value>) => {
  const known = new Map<Key, Promise<Value>>();
  return (key) => {
    const started = known.get(key) ?? work(key);
    known.set(key, started);
    started.catch(() => known.delete(key));
    return started;
  };
};
