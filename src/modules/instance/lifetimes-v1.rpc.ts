import type { AdminService } from "@zitadel/proto/zitadel/admin_pb.js";
import type { Run } from "../../kernel/command.ts";
import { detailsOf, detailsOfRow } from "../../platform/http/details.ts";
import type { RpcMethods } from "../../platform/http/rpc.ts";
import type { InstanceDetailsReader } from "./instance-details.queries.ts";
import { defaultLifetimes, type Lifetimes } from "./lifetimes.events.ts";
import { setLifetimes } from "./set-lifetimes.ts";

export type LifetimeMethodsDeps = {
  readonly run: Run<unknown>;
  readonly instances: Pick<InstanceDetailsReader, "lifetimes">;
};

type Duration = { readonly seconds: bigint } | undefined;

const duration = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 0 });

/** Whole seconds; what is left out gets the product's own. */
const secondsOf = (given: Duration, otherwise: number): number =>
  given === undefined ? otherwise : Number(given.seconds);

/** ZITADEL's OIDC settings: how long the tokens of the instance are valid. */
export const lifetimeMethods = ({ run, instances }: LifetimeMethodsDeps) => {
  const write: RpcMethods<typeof AdminService>["updateOIDCSettings"] = async (request, call) => {
    const lifetimes: Lifetimes = {
      accessTokenSeconds: secondsOf(request.accessTokenLifetime, defaultLifetimes.accessTokenSeconds),
      idTokenSeconds: secondsOf(request.idTokenLifetime, defaultLifetimes.idTokenSeconds),
      refreshIdleSeconds: secondsOf(request.refreshTokenIdleExpiration, defaultLifetimes.refreshIdleSeconds),
      refreshAbsoluteSeconds: secondsOf(request.refreshTokenExpiration, defaultLifetimes.refreshAbsoluteSeconds),
    };
    return { details: detailsOf(await run(setLifetimes, call.ctx, lifetimes), call) };
  };
  return {
    getOIDCSettings: async (_request, call) => {
      const { lifetimes, ...row } = await instances.lifetimes(call.ctx);
      return {
        settings: {
          details: detailsOfRow({ ...row, ownerOrg: null }, call),
          accessTokenLifetime: duration(lifetimes.accessTokenSeconds),
          idTokenLifetime: duration(lifetimes.idTokenSeconds),
          refreshTokenIdleExpiration: duration(lifetimes.refreshIdleSeconds),
          refreshTokenExpiration: duration(lifetimes.refreshAbsoluteSeconds),
        },
      };
    },
    updateOIDCSettings: write,
  } satisfies RpcMethods<typeof AdminService>;
};
