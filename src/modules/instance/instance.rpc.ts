import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  DomainFieldName,
  type DomainSchema,
  type DomainSearchQuery,
  State,
  TrustedDomainFieldName,
  type TrustedDomainSearchQuery,
} from "@zitadel/proto/zitadel/instance/v2beta/instance_pb.js";
import { InstanceService } from "@zitadel/proto/zitadel/instance/v2beta/instance_service_pb.js";
import type { Ctx } from "../../kernel/actor.ts";
import type { Run } from "../../kernel/command.ts";
import type { InstanceId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { toTimestamp } from "../../kernel/time.ts";
import { textMethodOf } from "../../platform/db/text-match.ts";
import { pageOf, paginationOf, sortColumn } from "../../platform/http/details.ts";
import { type RpcService, rpcService } from "../../platform/http/rpc.ts";
import type { DomainFilter, DomainView, InstanceDetailsReader } from "./instance-details.queries.ts";
import { registerDomain } from "./register-domain.ts";
import { removeDomain } from "./remove-domain.ts";
import { addTrustedDomain, removeTrustedDomain } from "./trusted-domain.ts";
import { updateInstance } from "./update-instance.ts";

type Sources = { readonly instanceByHost: (host: string) => Promise<{ readonly instanceId: InstanceId } | null> };

type Deps = { readonly run: Run<Sources>; readonly instances: InstanceDetailsReader };

/** This version of the service acts on the instance of the host; of another one nobody learns whether it exists. */
const mustBeHere = (ctx: Ctx, { instanceId }: { readonly instanceId: string }): void => {
  if (instanceId === "" || instanceId === ctx.instanceId) return;
  throw new Refusal(ctx.actor.kind === "anonymous" ? "auth.missing" : "auth.denied");
};

const domainSort = {
  [DomainFieldName.DOMAIN]: "domain",
  [DomainFieldName.PRIMARY]: "primary",
  [DomainFieldName.CREATION_DATE]: "created",
} as const;
const trustedSort = {
  [TrustedDomainFieldName.DOMAIN]: "domain",
  [TrustedDomainFieldName.CREATION_DATE]: "created",
} as const;

/** zitadel.instance.v2beta.InstanceService */
export const instanceService = ({ run, instances }: Deps): RpcService<typeof InstanceService> =>
  rpcService(InstanceService, {
    getInstance: async (req, { ctx }) => {
      mustBeHere(ctx, req);
      const found = await instances.get(ctx);
      return {
        instance: {
          id: found.instanceId,
          creationDate: toTimestamp(found.createdAt),
          changeDate: toTimestamp(found.changedAt),
          state: State.RUNNING,
          name: found.name,
          domains: found.domains.map(domainOf),
        },
      };
    },
    updateInstance: async (req, { ctx }) => {
      mustBeHere(ctx, req);
      const done = await run(updateInstance, ctx, { name: req.instanceName });
      return { changeDate: toTimestamp(done.at) };
    },
    addCustomDomain: async (req, { ctx }) => {
      mustBeHere(ctx, req);
      const done = await run(registerDomain, ctx, { host: req.domain });
      return { creationDate: toTimestamp(done.at) };
    },
    removeCustomDomain: async (req, { ctx }) => {
      mustBeHere(ctx, req);
      const done = await run(removeDomain, ctx, { host: req.domain });
      return done.result.removed ? { deletionDate: toTimestamp(done.at) } : {};
    },
    listCustomDomains: async (req, { ctx }) => {
      mustBeHere(ctx, req);
      const page = pageOf(req.pagination);
      const { rows, total } = await instances.domains(ctx, {
        filters: req.queries.flatMap(filterOf),
        sortBy: sortColumn<"domain" | "primary" | "created">(domainSort, req.sortingColumn, "created"),
        page,
      });
      return { pagination: paginationOf(total, page), domains: rows.map(domainOf) };
    },
    addTrustedDomain: async (req, { ctx }) => {
      mustBeHere(ctx, req);
      const done = await run(addTrustedDomain, ctx, { host: req.domain });
      return { creationDate: toTimestamp(done.at) };
    },
    removeTrustedDomain: async (req, { ctx }) => {
      mustBeHere(ctx, req);
      const done = await run(removeTrustedDomain, ctx, { host: req.domain });
      return done.result.removed ? { deletionDate: toTimestamp(done.at) } : {};
    },
    listTrustedDomains: async (req, { ctx }) => {
      mustBeHere(ctx, req);
      const page = pageOf(req.pagination);
      const { rows, total } = await instances.trustedDomains(ctx, {
        filters: req.queries.flatMap(trustedFilterOf),
        sortBy: sortColumn<"domain" | "created">(trustedSort, req.sortingColumn, "created"),
        page,
      });
      return {
        pagination: paginationOf(total, page),
        trustedDomain: rows.map(({ instanceId, domain, createdAt }) => ({
          instanceId,
          domain,
          creationDate: toTimestamp(createdAt),
        })),
      };
    },
  });

const domainOf = (view: DomainView): MessageInitShape<typeof DomainSchema> => ({
  instanceId: view.instanceId,
  domain: view.domain,
  primary: view.isPrimary,
  creationDate: toTimestamp(view.createdAt),
});

const filterOf = ({ query }: DomainSearchQuery): readonly DomainFilter[] => {
  switch (query.case) {
    case "domainQuery":
      return [{ is: "domain", value: query.value.domain, method: textMethodOf(query.value.method) }];
    case "primaryQuery":
      return [{ is: "primary", primary: query.value.primary }];
    case "generatedQuery":
      return [{ is: "generated", generated: query.value.generated }];
    case undefined:
      return [];
  }
};

const trustedFilterOf = ({ query }: TrustedDomainSearchQuery): readonly Extract<DomainFilter, { is: "domain" }>[] =>
  query.case === undefined
    ? []
    : [{ is: "domain", value: query.value.domain, method: textMethodOf(query.value.method) }];
