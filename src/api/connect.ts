import { create, type DescMethod, type DescService } from "@bufbuild/protobuf";
import {
  type ConnectRouter,
  createConnectRouter,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type ServiceImpl,
} from "@connectrpc/connect";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import { limits } from "../kernel/limits.ts";
import type { HttpRequest, HttpResponse } from "../platform/http/server.ts";
import type { CallerInfo } from "./caller.ts";
import { type Challenge, challengeFor, connectError } from "./errors.ts";
import type { Invoke } from "./invoke.ts";

/** Answers the RPCs of one service over gRPC, gRPC-web and (v2) Connect. */
export type RpcHandler = (req: HttpRequest, res: HttpResponse, caller: CallerInfo) => Promise<void>;

const callerKey = createContextKey<CallerInfo | undefined>(undefined);

/** A handler for paths `/<service>/<Method>`; returns `undefined` for a path it does not know. */
export const rpcHandler = (
  routes: (router: ConnectRouter) => void,
  options: { readonly connect: boolean },
): ((path: string) => RpcHandler | undefined) => {
  const router = createConnectRouter({
    grpc: true,
    grpcWeb: true,
    connect: options.connect,
    readMaxBytes: limits.bodyBytes,
    // Messages are small; without decompression there is nothing to bomb.
    acceptCompression: [],
    jsonOptions: { ignoreUnknownFields: true },
  });
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return (path) => {
    const handler = handlers.get(path);
    if (handler === undefined) return undefined;
    return async (req, res, caller) => {
      const values = createContextValues().set(callerKey, caller);
      const request = universalRequestFromNodeRequest(req, res, undefined, values);
      // On HTTP/1.1 a request that is destroyed half-read takes its connection, and so the answer, with it.
      const body = req.httpVersionMajor === 1 ? req.iterator({ destroyOnReturn: false }) : request.body;
      const answer = await handler({ ...request, body });
      await universalResponseToNodeResponse(answer, res);
    };
  };
};

/** Registers every RPC of a service of the contract; `invoke` refuses those that are not built. */
export const contractRoutes =
  (desc: DescService, invoke: Invoke, onError: (error: unknown) => void, challenge?: Challenge) =>
  (router: ConnectRouter): void => {
    router.service(
      desc,
      untyped(
        Object.fromEntries(desc.methods.map((method) => [method.localName, unary(method, invoke, onError, challenge)])),
      ),
    );
  };

const unary =
  (method: DescMethod, invoke: Invoke, onError: (error: unknown) => void, challenge: Challenge | undefined) =>
  async (request: Parameters<Invoke>[1], context: HandlerContext) => {
    const caller = context.values.get(callerKey);
    if (caller === undefined) throw new Error("an RPC without a caller");
    try {
      return create(method.output, await invoke(method, request, caller));
    } catch (error) {
      throw connectError(error, onError, await challengeFor(error, caller, challenge));
    }
  };

/** The implementation of a service whose descriptor is known at run time only: nothing to check its types against. */
export const untyped = (methods: Readonly<Record<string, unknown>>): Partial<ServiceImpl<DescService>> =>
  methods as unknown as Partial<ServiceImpl<DescService>>;
