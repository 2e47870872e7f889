import type { InstanceId, OrgId, ProjectId } from "../../kernel/ids.ts";
import { prepareKept } from "../../platform/db/prepare.ts";
import type { Db } from "../../schema.ts";
import { normalHost } from "./instance.events.ts";

export type InstanceView = {
  readonly instanceId: InstanceId;
  readonly name: string;
  /** host from which issuer, links and cookies are made */
  readonly primaryDomain: string;
  readonly defaultOrgId: OrgId | null;
  readonly iamProjectId: ProjectId | null;
  readonly defaultLanguage: string;
};

/** Reads across instances: the only one that may, because it finds out which one a request is for. */
export const instanceReader = ({ db }: { readonly db: Db }) => {
  const views = () =>
    db
      .selectFrom("instances")
      .leftJoin("instance_domains as main", (join) =>
        join.onRef("main.instance_id", "=", "instances.instance_id").on("main.is_primary", "=", 1),
      )
      .select([
        "instances.instance_id",
        "instances.name",
        "instances.default_org_id",
        "instances.iam_project_id",
        "instances.default_language",
        "main.host as primary_domain",
      ]);
  type Row = Awaited<ReturnType<ReturnType<typeof views>["execute"]>>[number];

  const viewOf = (row: Row): InstanceView => ({
    instanceId: row.instance_id as InstanceId,
    name: row.name,
    primaryDomain: row.primary_domain ?? "",
    defaultOrgId: row.default_org_id as OrgId | null,
    iamProjectId: row.iam_project_id as ProjectId | null,
    defaultLanguage: row.default_language,
  });

  const byHost = prepareKept(db, 1_000, ({ host }: { host: string }) =>
    views()
      .innerJoin("instance_domains as asked", "asked.instance_id", "instances.instance_id")
      .where("asked.host", "=", host),
  );
  const all = prepareKept(db, 1, () => views().orderBy("instances.created_at").orderBy("instances.instance_id"));

  return {
    /** The instance that is registered for a host (with its port, unless that is the scheme's own). */
    instanceByHost: async (host: string): Promise<InstanceView | null> => {
      const [row] = await byHost({ host: normalHost(host) });
      return row ? viewOf(row) : null;
    },
    /** All instances, oldest first. */
    instances: async (): Promise<readonly InstanceView[]> => (await all({})).map(viewOf),
  };
};
