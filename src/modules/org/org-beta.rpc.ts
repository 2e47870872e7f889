import { fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { MetadataQuery } from "@zitadel/proto/zitadel/metadata/v2beta/metadata_pb.js";
import {
  type DomainSearchFilter,
  type OrganizationSchema,
  type OrganizationSearchFilter,
  OrgFieldName,
  OrgState,
} from "@zitadel/proto/zitadel/org/v2beta/org_pb.js";
import {
  type CreateOrganizationRequest_Admin,
  OrganizationService,
} from "@zitadel/proto/zitadel/org/v2beta/org_service_pb.js";
import { type AddHumanUserRequest, AddHumanUserRequestSchema } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { AddHumanUserRequestSchema as BetaHumanSchema } from "@zitadel/proto/zitadel/user/v2beta/user_service_pb.js";
import type { z } from "zod";
import type { Run } from "../../kernel/command.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { toTimestamp } from "../../kernel/time.ts";
import { textMethodOf } from "../../platform/db/text-match.ts";
import { pageOf, paginationOf, sortColumn } from "../../platform/http/details.ts";
import { type RpcService, rpcService } from "../../platform/http/rpc.ts";
import type { humanUser } from "../user/human-user.events.ts";
import { addOrganization } from "./add-organization.ts";
import { addOrganizationDomain } from "./add-organization-domain.ts";
import { deactivateOrganization } from "./deactivate-organization.ts";
import { deleteOrganizationMetadata } from "./delete-organization-metadata.ts";
import type { OrgFilter, OrgReader, OrgView } from "./org.queries.ts";
import type { OrgSources } from "./org.rpc.ts";
import type { OrgDetailReader, OrgDetailSearch } from "./org-detail.queries.ts";
import { reactivateOrganization } from "./reactivate-organization.ts";
import { type RemoveOrganizationSources, removeOrganization } from "./remove-organization.ts";
import { removeOrganizationDomain } from "./remove-organization-domain.ts";
import { setOrganizationMetadata } from "./set-organization-metadata.ts";
import { updateOrganization } from "./update-organization.ts";

type Deps = {
  readonly run: Run<OrgSources & RemoveOrganizationSources>;
  readonly orgs: Pick<OrgReader, "list">;
  readonly orgDetails: Pick<OrgDetailReader, "domains" | "metadata">;
  /** a new human administrator as the user module reads its message */
  readonly humanUserOf: (message: AddHumanUserRequest, ids: AddHumanUserRequest) => z.input<typeof humanUser>;
};

type Admin = NonNullable<z.input<typeof addOrganization.input>["admins"]>[number];

/** zitadel.org.v2beta.OrganizationService; domains are not verified by challenges yet. */
export const orgBetaService = ({ run, orgs, orgDetails, humanUserOf }: Deps): RpcService<typeof OrganizationService> =>
  rpcService(OrganizationService, {
    createOrganization: async (req, call) => {
      const done = await run(addOrganization, call.ctx, {
        orgId: req.id || undefined,
        name: req.name,
        admins: req.admins.map((admin) => adminOf(admin, humanUserOf)),
      });
      const created = done.result.createdAdmins.values();
      return {
        creationDate: toTimestamp(done.at),
        id: done.result.orgId,
        organizationAdmins: req.admins.map(({ userType }) => {
          if (userType.case === "userId") {
            return { OrganizationAdmin: { case: "assignedAdmin", value: { userId: userType.value } } };
          }
          const made = created.next().value;
          if (!made) throw new Error("an administrator was not made");
          const { userId, emailCode, phoneCode } = made;
          const codes = { ...(emailCode === null ? {} : { emailCode }), ...(phoneCode === null ? {} : { phoneCode }) };
          return { OrganizationAdmin: { case: "createdAdmin", value: { userId, ...codes } } };
        }),
      };
    },
    updateOrganization: async (req, call) => ({
      changeDate: toTimestamp((await run(updateOrganization, call.ctx, { orgId: req.id, name: req.name })).at),
    }),
    listOrganizations: async (req, call) => {
      const page = pageOf(req.pagination);
      const { rows, total } = await orgs.list(call.ctx, {
        filters: req.filter.flatMap(filterOf),
        sortBy: sortColumn({ [OrgFieldName.NAME]: "name" } as const, req.sortingColumn, "created"),
        page,
      });
      return { pagination: paginationOf(total, page), organizations: rows.map(messageOf) };
    },
    deleteOrganization: async (req, call) => ({
      deletionDate: toTimestamp((await run(removeOrganization, call.ctx, { orgId: req.id })).at),
    }),
    deactivateOrganization: async (req, call) => ({
      changeDate: toTimestamp((await run(deactivateOrganization, call.ctx, { orgId: req.id })).at),
    }),
    activateOrganization: async (req, call) => ({
      changeDate: toTimestamp((await run(reactivateOrganization, call.ctx, { orgId: req.id })).at),
    }),
    setOrganizationMetadata: async (req, call) => {
      const done = await run(setOrganizationMetadata, call.ctx, {
        orgId: req.organizationId,
        entries: req.metadata.map(({ key, value }) => ({ key, value: value.toBase64() })),
      });
      return { setDate: toTimestamp(done.result.at) };
    },
    deleteOrganizationMetadata: async (req, call) => {
      const done = await run(deleteOrganizationMetadata, call.ctx, { orgId: req.organizationId, keys: req.keys });
      return { deletionDate: toTimestamp(done.result.at) };
    },
    listOrganizationMetadata: async (req, call) => {
      const page = pageOf(req.pagination);
      const filters = req.filter.flatMap(metadataFilterOf);
      const { rows, total } = await orgDetails.metadata(call.ctx, { orgId: req.organizationId, filters, page });
      return {
        pagination: paginationOf(total, page),
        metadata: rows.map(({ key, value, createdAt, changedAt }) => ({
          key,
          value,
          creationDate: toTimestamp(createdAt),
          changeDate: toTimestamp(changedAt),
        })),
      };
    },
    addOrganizationDomain: async (req, call) => {
      const { organizationId, domain } = req;
      const done = await run(addOrganizationDomain, call.ctx, { orgId: organizationId, domain });
      return { creationDate: toTimestamp(done.at) };
    },
    deleteOrganizationDomain: async (req, call) => {
      const { organizationId, domain } = req;
      const done = await run(removeOrganizationDomain, call.ctx, { orgId: organizationId, domain });
      return { deletionDate: toTimestamp(done.at) };
    },
    listOrganizationDomains: async (req, call) => {
      const page = pageOf(req.pagination);
      const filters = req.filters.flatMap(domainFilterOf);
      const { rows, total } = await orgDetails.domains(call.ctx, { orgId: req.organizationId, filters, page });
      return {
        pagination: paginationOf(total, page),
        domains: rows.map(({ domain, isVerified, isPrimary }) => ({
          organizationId: req.organizationId,
          domainName: domain,
          isVerified,
          isPrimary,
        })),
      };
    },
  });

const adminOf = ({ userType, roles }: CreateOrganizationRequest_Admin, humanUserOf: Deps["humanUserOf"]): Admin => {
  switch (userType.case) {
    case "userId":
      return { who: { is: "existing", userId: userType.value }, roles };
    case "human": {
      // This message is the same in v2 and v2beta, field by field; its bytes say so in either name.
      const human = fromBinary(AddHumanUserRequestSchema, toBinary(BetaHumanSchema, userType.value));
      return { who: { is: "human", human: humanUserOf(human, human) }, roles };
    }
    default:
      throw new Refusal("request.invalid", { fields: [{ path: "admins", problem: "name no user" }] });
  }
};

const messageOf = (row: OrgView): MessageInitShape<typeof OrganizationSchema> => ({
  id: row.orgId,
  creationDate: toTimestamp(row.createdAt),
  changedDate: toTimestamp(row.changedAt),
  state: row.state === "active" ? OrgState.ACTIVE : OrgState.INACTIVE,
  name: row.name,
  primaryDomain: row.primaryDomain,
});

const stateNames: { readonly [value: number]: "active" | "inactive" } = {
  [OrgState.ACTIVE]: "active",
  [OrgState.INACTIVE]: "inactive",
};

const filterOf = ({ filter }: OrganizationSearchFilter): readonly OrgFilter[] => {
  switch (filter.case) {
    case "nameFilter":
      return [{ is: "name", value: filter.value.name, method: textMethodOf(filter.value.method) }];
    case "domainFilter":
      return [{ is: "domain", value: filter.value.domain, method: textMethodOf(filter.value.method) }];
    case "stateFilter":
      return [{ is: "state", state: stateNames[filter.value.state] ?? null }];
    case "idFilter":
      return [{ is: "id", id: filter.value.id }];
    case undefined:
      return [];
  }
};

const metadataFilterOf = ({ query }: MetadataQuery): OrgDetailSearch["filters"] =>
  query.case === undefined ? [] : [{ value: query.value.key, method: textMethodOf(query.value.method) }];

const domainFilterOf = ({ filter }: DomainSearchFilter): OrgDetailSearch["filters"] =>
  filter.case === undefined ? [] : [{ value: filter.value.name, method: textMethodOf(filter.value.method) }];
