import { type ApplicationSearchFilter, AppSorting, AppState } from "@zitadel/proto/zitadel/app/v2beta/app_pb.js";
import { AppService, type UpdateApplicationRequest } from "@zitadel/proto/zitadel/app/v2beta/app_service_pb.js";
import type { Run } from "../../kernel/command.ts";
import type { NewId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { toTimestamp } from "../../kernel/time.ts";
import { textMethodOf } from "../../platform/db/text-match.ts";
import { pageOf, paginationOf, sortColumn } from "../../platform/http/details.ts";
import { type RpcService, rpcService } from "../../platform/http/rpc.ts";
import type { ApplicationKeySources } from "./add-application-key.ts";
import type { ApplicationFilter, ApplicationReader } from "./application.queries.ts";
import type { ApplicationKeyReader } from "./application-key.queries.ts";
import { applicationKeyMethods } from "./application-key.rpc.ts";
import { apiConfigOf, messageOf, oidcChangesOf, oidcConfigOf, problemMessages } from "./application-message.rpc.ts";
import { createApplication } from "./create-application.ts";
import { deactivateApplication } from "./deactivate-application.ts";
import { reactivateApplication } from "./reactivate-application.ts";
import { type ClientSecretSources, regenerateClientSecret } from "./regenerate-client-secret.ts";
import { removeApplication } from "./remove-application.ts";
import { updateApplication } from "./update-application.ts";

/** What the commands behind this service need from outside. */
export type ApplicationSources = ClientSecretSources & { readonly newId: NewId };

type Deps = {
  readonly run: Run<ApplicationSources & ApplicationKeySources>;
  readonly applications: Pick<ApplicationReader, "get" | "list">;
  readonly applicationKeys: Pick<ApplicationKeyReader, "get" | "list">;
};

const sortNames = {
  [AppSorting.APP_SORT_BY_ID]: "id",
  [AppSorting.APP_SORT_BY_NAME]: "name",
  [AppSorting.APP_SORT_BY_STATE]: "state",
  [AppSorting.APP_SORT_BY_CREATION_DATE]: "created",
  [AppSorting.APP_SORT_BY_CHANGE_DATE]: "changed",
} as const;

/** zitadel.app.v2beta.AppService */
export const applicationService = ({ run, applications, applicationKeys }: Deps): RpcService<typeof AppService> =>
  rpcService(AppService, {
    createApplication: async (req, call) => {
      const { creationRequestType: wanted } = req;
      if (wanted.case === "samlRequest") throw new Refusal("feature.unimplemented");
      if (wanted.case === undefined) {
        throw new Refusal("request.invalid", { fields: [{ path: "creationRequestType", problem: "is missing" }] });
      }
      const done = await run(createApplication, call.ctx, {
        projectId: req.projectId,
        applicationId: req.id || undefined,
        name: req.name,
        config: wanted.case === "oidcRequest" ? oidcConfigOf(wanted.value) : apiConfigOf(wanted.value),
      });
      const { kind, clientId, clientSecret, problems } = done.result;
      const client = { clientId, clientSecret: clientSecret ?? "" };
      return {
        appId: done.id,
        creationDate: toTimestamp(done.at),
        creationResponseType:
          kind === "oidc"
            ? {
                case: "oidcResponse",
                value: {
                  ...client,
                  noneCompliant: problems.length > 0,
                  complianceProblems: problemMessages(problems),
                },
              }
            : { case: "apiResponse", value: client },
      };
    },
    getApplication: async (req, call) => ({ app: messageOf(await applications.get(call.ctx, req.id)) }),
    listApplications: async (req, call) => {
      const page = pageOf(req.pagination);
      const { rows, total } = await applications.list(call.ctx, {
        projectId: req.projectId,
        filters: req.filters.flatMap(filterOf),
        sortBy: sortColumn<"id" | "name" | "state" | "created" | "changed">(sortNames, req.sortingColumn, "id"),
        page,
      });
      return { applications: rows.map(messageOf), pagination: paginationOf(total, page) };
    },
    updateApplication: async (req, call) => {
      const done = await run(updateApplication, call.ctx, {
        projectId: req.projectId,
        applicationId: req.id,
        name: req.name || undefined,
        config: changesOf(req),
      });
      return { changeDate: toTimestamp(done.at) };
    },
    deactivateApplication: async (req, call) => ({
      deactivationDate: toTimestamp((await run(deactivateApplication, call.ctx, namedBy(req))).at),
    }),
    reactivateApplication: async (req, call) => ({
      reactivationDate: toTimestamp((await run(reactivateApplication, call.ctx, namedBy(req))).at),
    }),
    deleteApplication: async (req, call) => ({
      deletionDate: toTimestamp((await run(removeApplication, call.ctx, namedBy(req))).at),
    }),
    regenerateClientSecret: async (req, call) => {
      const { projectId, applicationId } = req;
      const done = await run(regenerateClientSecret, call.ctx, { projectId, applicationId });
      return { clientSecret: done.result.clientSecret, creationDate: toTimestamp(done.at) };
    },
    ...applicationKeyMethods({ run, applicationKeys }),
  });

const namedBy = (req: { readonly projectId: string; readonly id: string }) => ({
  projectId: req.projectId,
  applicationId: req.id,
});

const changesOf = ({ updateRequestType: wanted }: UpdateApplicationRequest) => {
  switch (wanted.case) {
    case "oidcConfigurationRequest":
      return oidcChangesOf(wanted.value);
    case "apiConfigurationRequest":
      return apiConfigOf(wanted.value);
    case "samlConfigurationRequest":
      throw new Refusal("feature.unimplemented");
    case undefined:
      return undefined;
  }
};

const stateNames: { readonly [value: number]: "active" | "inactive" } = {
  [AppState.ACTIVE]: "active",
  [AppState.INACTIVE]: "inactive",
};

const filterOf = ({ filter }: ApplicationSearchFilter): readonly ApplicationFilter[] => {
  switch (filter.case) {
    case "nameFilter":
      return [{ is: "name", value: filter.value.name, method: textMethodOf(filter.value.method) }];
    case "stateFilter":
      return [{ is: "state", state: stateNames[filter.value] ?? null }];
    case "oidcAppOnly":
      return filter.value ? [{ is: "kind", kind: "oidc" }] : [];
    case "apiAppOnly":
      return filter.value ? [{ is: "kind", kind: "api" }] : [];
    case "samlAppOnly":
      return filter.value ? [{ is: "kind", kind: null }] : [];
    case undefined:
      return [];
  }
};
