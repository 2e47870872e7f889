import { OrganizationState } from "@zitadel/proto/zitadel/org/v2/org_pb.js";
import { OrganizationService } from "@zitadel/proto/zitadel/org/v2/org_service_pb.js";
import { OrganizationFieldName, type SearchQuery } from "@zitadel/proto/zitadel/org/v2/query_pb.js";
import type { AddHumanUserRequest } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import type { z } from "zod";
import type { Ctx } from "../../kernel/actor.ts";
import type { Run } from "../../kernel/command.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { textMethodOf } from "../../platform/db/text-match.ts";
import { detailsOf, detailsOfRow, listDetailsOf, pageOf, sortColumn } from "../../platform/http/details.ts";
import { type RpcService, rpcService } from "../../platform/http/rpc.ts";
import type { HumanUserSources, humanUser } from "../user/human-user.events.ts";
import { addOrganization } from "./add-organization.ts";
import type { OrgFilter, OrgReader } from "./org.queries.ts";

/** What the commands behind this service need from outside. */
export type OrgSources = HumanUserSources & {
  readonly isOrgDomainTaken: (ctx: Ctx, domain: string) => Promise<boolean>;
};

type Deps = {
  readonly run: Run<OrgSources>;
  readonly orgs: Pick<OrgReader, "list">;
  /** a new human administrator as the user module reads its message */
  readonly humanUserOf: (message: AddHumanUserRequest, ids: AddHumanUserRequest) => z.input<typeof humanUser>;
};

type Admin = NonNullable<z.input<typeof addOrganization.input>["admins"]>[number];

/** zitadel.org.v2.OrganizationService */
export const orgService = ({ run, orgs, humanUserOf }: Deps): RpcService<typeof OrganizationService> =>
  rpcService(OrganizationService, {
    addOrganization: async (req, call) => {
      const done = await run(addOrganization, call.ctx, {
        orgId: req.orgId || undefined,
        name: req.name,
        admins: req.admins.map(({ userType, roles }): Admin => {
          switch (userType.case) {
            case "userId":
              return { who: { is: "existing", userId: userType.value }, roles };
            case "human":
              return { who: { is: "human", human: humanUserOf(userType.value, userType.value) }, roles };
            default:
              throw new Refusal("request.invalid", { fields: [{ path: "admins", problem: "name no user" }] });
          }
        }),
      });
      return {
        details: detailsOf(done, call),
        organizationId: done.result.orgId,
        createdAdmins: done.result.createdAdmins.map(({ userId, emailCode, phoneCode }) => ({
          userId,
          ...(emailCode === null ? {} : { emailCode }),
          ...(phoneCode === null ? {} : { phoneCode }),
        })),
      };
    },
    listOrganizations: async (req, call) => {
      const { rows, total } = await orgs.list(call.ctx, {
        filters: req.queries.flatMap(filterOf),
        sortBy: sortColumn({ [OrganizationFieldName.NAME]: "name" } as const, req.sortingColumn, "created"),
        page: pageOf(req.query),
      });
      return {
        details: listDetailsOf(total, call),
        sortingColumn: req.sortingColumn,
        result: rows.map((row) => ({
          id: row.orgId,
          details: detailsOfRow({ ...row, ownerOrg: row.orgId }, call),
          state: row.state === "active" ? OrganizationState.ACTIVE : OrganizationState.INACTIVE,
          name: row.name,
          primaryDomain: row.primaryDomain,
        })),
      };
    },
  });

const stateNames: { readonly [value: number]: "active" | "inactive" } = {
  [OrganizationState.ACTIVE]: "active",
  [OrganizationState.INACTIVE]: "inactive",
};

const filterOf = ({ query }: SearchQuery): readonly OrgFilter[] => {
  switch (query.case) {
    case "nameQuery":
      return [{ is: "name", value: query.value.name, method: textMethodOf(query.value.method) }];
    case "domainQuery":
      return [{ is: "domain", value: query.value.domain, method: textMethodOf(query.value.method) }];
    case "stateQuery":
      return [{ is: "state", state: stateNames[query.value.state] ?? null }];
    case "idQuery":
      return [{ is: "id", id: query.value.id }];
    case "defaultQuery":
      return [{ is: "default" }];
    case undefined:
      return [];
  }
};
