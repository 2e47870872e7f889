import type { DescMessage, DescMethod, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Ctx } from "../../kernel/actor.ts";
import type { OrgId } from "../../kernel/ids.ts";

/** Who calls an RPC, and in which surroundings. */
export type Call = {
  readonly ctx: Ctx;
  /** the org named by `x-zitadel-orgid`; only a wish, permissions are checked on it like on any other */
  readonly orgHeader: OrgId | null;
  /** origin of the instance as its users reach it, without a trailing slash: the issuer, and the start of links */
  readonly publicUrl: string;
  /** `accept-language` as sent, or "" */
  readonly acceptLanguage: string;
};

/** One built method: request message in, fields of the response message out. Throws a `Refusal` to say no. */
export type RpcMethod<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  call: Call,
) => Promise<MessageInitShape<O>>;

/** The built methods of a service by their local (camelCase) name; what is missing answers `unimplemented`. */
export type RpcMethods<S extends DescService> = {
  readonly [Name in keyof S["method"]]?: S["method"][Name] extends DescMethod & {
    readonly input: infer I extends DescMessage;
    readonly output: infer O extends DescMessage;
  }
    ? RpcMethod<I, O>
    : never;
};

/** A method without its message types, as the router calls it. */
export type ErasedRpcMethod = RpcMethod<DescMessage, DescMessage>;

/** A service of the contract, as far as it is built. */
export type RpcService<S extends DescService = DescService> = {
  readonly desc: S;
  readonly methods: ReadonlyMap<string, ErasedRpcMethod>;
};

/** A service whose descriptors cost too much time and memory to be there before somebody asks for it. */
export type LaterService = { readonly typeName: string; readonly load: () => Promise<RpcService> };

/** Declares which methods of a service are built; each is typed by the service's descriptor. */
export const rpcService = <S extends DescService>(desc: S, methods: RpcMethods<S>): RpcService<S> => ({
  desc,
  // The router hands each method only messages of its own input type, so erasing the types here is sound.
  methods: new Map(Object.entries(methods as Record<string, ErasedRpcMethod>)),
});
