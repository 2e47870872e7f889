import { Source } from "@zitadel/proto/zitadel/feature/v2/feature_pb.js";
import { FeatureService } from "@zitadel/proto/zitadel/feature/v2/feature_service_pb.js";
import { type Ctx, needs, needsAny, needsAuthenticated, needsSelf } from "../../kernel/actor.ts";
import { orgId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorise, parse } from "../../kernel/runner.ts";
import { type RpcService, rpcService } from "../../platform/http/rpc.ts";
import type { OrgReader } from "../org/org.queries.ts";
import type { UserReader } from "../user/user.queries.ts";

type Deps = { readonly orgs: Pick<OrgReader, "list">; readonly users: Pick<UserReader, "get"> };

const fixed = (enabled: boolean) => ({ enabled, source: Source.SYSTEM });

/** How Munot behaves where ZITADEL has a switch: nothing of it can be switched yet, so it is the same everywhere. */
const behaviour = {
  loginDefaultOrg: fixed(false),
  oidcTokenExchange: fixed(false),
  improvedPerformance: { executionPaths: [], source: Source.SYSTEM },
  oidcSingleV1SessionTermination: fixed(true),
  disableUserTokenEvent: fixed(false),
  enableBackChannelLogout: fixed(false),
  loginV2: { required: false, source: Source.SYSTEM },
  permissionCheckV2: fixed(true),
};

/** zitadel.feature.v2.FeatureService */
export const featureService = ({ orgs, users }: Deps): RpcService<typeof FeatureService> =>
  rpcService(FeatureService, {
    getSystemFeatures: async (_req, { ctx }) => {
      authorise(ctx, needsAuthenticated);
      return behaviour;
    },
    getInstanceFeatures: async (_req, { ctx }) => {
      authorise(ctx, needsAuthenticated);
      return { ...behaviour, debugOidcParentError: fixed(false), consoleUseV2UserApi: fixed(true) };
    },
    getOrganizationFeatures: async (req, { ctx }) => {
      await mustReadOrganization(ctx, req.organizationId, orgs);
      return {};
    },
    getUserFeatures: async (req, { ctx }) => {
      const found = await users.get(ctx, req.userId);
      authorise(ctx, needsAny(needs("user.feature.read", { orgId: found.orgId }), needsSelf(found.userId)));
      return {};
    },
  });

/** Members of an organization may know its features; others need the permission on it. */
const mustReadOrganization = async (ctx: Ctx, id: string, orgs: Pick<OrgReader, "list">): Promise<void> => {
  const asked = parse(orgId, id);
  if (ctx.actor.kind === "user" && ctx.actor.orgId === asked) return;
  authorise(ctx, needs("org.feature.read", { orgId: asked }));
  const { total } = await orgs.list(ctx, {
    filters: [{ is: "id", id: asked }],
    sortBy: "created",
    page: { offset: 0, limit: 1, asc: true },
  });
  if (total === 0) throw new Refusal("org.not_found");
};
