import type { Recorded } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import { type ApiConfig, type application, type OidcConfig, resourcesOf } from "./application.events.ts";
import type { ApplicationTables } from "./application.tables.ts";

const updateApplication = (e: Recorded, db: Db, set: Partial<ApplicationTables["applications"]>) => [
  db
    .updateTable("applications")
    .set({ ...set, sequence: e.version, changed_at: e.at })
    .where("instance_id", "=", e.instanceId)
    .where("application_id", "=", e.id),
];

const dropResources = (e: Recorded, db: Db) =>
  db.deleteFrom("application_resources").where("instance_id", "=", e.instanceId).where("application_id", "=", e.id);

const configure = (
  e: Recorded,
  db: Db,
  kind: "oidc" | "api",
  client: { readonly clientId: string; readonly secretHash: string | null },
  config: OidcConfig | ApiConfig,
) =>
  updateApplication(e, db, {
    kind,
    client_id: client.clientId,
    secret_hash: client.secretHash,
    config: canonicalJson(config),
  });

/** Applications with their configuration as canonical JSON. */
export const applicationProjection: Projection<Database, typeof application> = {
  "project.application.added": (e, db) => [
    db.insertInto("applications").values({
      instance_id: e.instanceId,
      application_id: e.id,
      project_id: e.payload.projectId,
      org_id: e.payload.orgId,
      kind: "api",
      name: e.payload.name,
      name_folded: fold(e.payload.name),
      state: "active",
      client_id: null,
      secret_hash: null,
      secret_sealed: null,
      config: "{}",
      settings: "{}",
      sequence: e.version,
      created_at: e.at,
      changed_at: e.at,
    }),
  ],
  "project.application.config.oidc.added": (e, db) => {
    const { clientId, secretHash, ...config } = e.payload;
    return configure(e, db, "oidc", { clientId, secretHash }, config);
  },
  "project.application.config.api.added": (e, db) => {
    const { clientId, secretHash, ...config } = e.payload;
    return configure(e, db, "api", { clientId, secretHash }, config);
  },
  "project.application.client_settings.changed": (e, db) => {
    const { settings } = e.payload;
    const resources = resourcesOf(settings);
    return [
      ...updateApplication(e, db, {
        settings: canonicalJson(settings),
        ...(settings["tokenEndpointAuthMethod"] === "client_secret_jwt" ? {} : { secret_sealed: null }),
      }),
      dropResources(e, db),
      ...(resources.length === 0
        ? []
        : [
            db
              .insertInto("application_resources")
              .values(resources.map((resource) => ({ instance_id: e.instanceId, resource, application_id: e.id }))),
          ]),
    ];
  },
  "project.application.changed": (e, db) =>
    updateApplication(e, db, { name: e.payload.name, name_folded: fold(e.payload.name) }),
  "project.application.config.oidc.changed": (e, db) => updateApplication(e, db, { config: canonicalJson(e.payload) }),
  "project.application.config.api.changed": (e, db) => updateApplication(e, db, { config: canonicalJson(e.payload) }),
  "project.application.config.oidc.secret.changed": (e, db) =>
    updateApplication(e, db, { secret_hash: e.payload.secretHash, secret_sealed: e.payload.sealedSecret }),
  "project.application.config.api.secret.changed": (e, db) =>
    updateApplication(e, db, { secret_hash: e.payload.secretHash, secret_sealed: e.payload.sealedSecret }),
  "project.application.deactivated": (e, db) => updateApplication(e, db, { state: "inactive" }),
  "project.application.reactivated": (e, db) => updateApplication(e, db, { state: "active" }),
  "project.application.removed": (e, db) => [
    db.deleteFrom("applications").where("instance_id", "=", e.instanceId).where("application_id", "=", e.id),
    dropResources(e, db),
  ],
};
