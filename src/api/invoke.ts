import { type DescMethod, getOption, hasOption, type Message } from "@bufbuild/protobuf";
import { auth_option as v1Auth } from "@zitadel/proto/zitadel/options_pb.js";
import { options as v2Options } from "@zitadel/proto/zitadel/protoc_gen_zitadel/v2/options_pb.js";
import { Refusal } from "../kernel/refusal.ts";
import type { ErasedRpcMethod, RpcService } from "../platform/http/rpc.ts";
import type { Authenticate, CallerInfo } from "./caller.ts";
import { validate } from "./validate.ts";

/** Calls the method behind an RPC, whatever protocol the request came by. */
export type Invoke = (method: DescMethod, request: Message, caller: CallerInfo) => Promise<Record<string, unknown>>;

/** The built method of an RPC, if there is one. */
export type FindMethod = (method: DescMethod) => ErasedRpcMethod | undefined;

/** Finds the methods of services, of which more may be added once they are loaded. */
export const methodFinder = (services: readonly RpcService[]) => {
  const byType = new Map(services.map((service) => [service.desc.typeName, service.methods]));
  const find: FindMethod = (method) => byType.get(method.parent.typeName)?.get(method.localName);
  return { find, add: ({ desc, methods }: RpcService): void => void byType.set(desc.typeName, methods) };
};

/** One way through for all protocols: is it built, who calls, is the request valid, then the method itself. */
export const createInvoke = (find: FindMethod, authenticate: Authenticate): Invoke => {
  return async (method, request, caller) => {
    const built = find(method);
    if (built === undefined) throw new Refusal("feature.unimplemented");
    const call = await authenticate(caller);
    try {
      validate(method.input, request);
    } catch (error) {
      // Who is not known learns that first, not what the request should look like.
      if (call.ctx.actor.kind === "anonymous" && asksForCaller(method)) throw new Refusal("auth.missing");
      throw error;
    }
    return built(request, call);
  };
};

/** Whether the contract states a permission for the RPC (at least "authenticated"). */
export const asksForCaller = (method: DescMethod): boolean => {
  if (hasOption(method, v2Options)) return Boolean(getOption(method, v2Options).authOption?.permission);
  return hasOption(method, v1Auth) && getOption(method, v1Auth).permission !== "";
};
