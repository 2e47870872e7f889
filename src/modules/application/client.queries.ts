import type { ApplicationId, ClientId, InstanceId, OrgId, ProjectId } from "../../kernel/ids.ts";
import { onceByText } from "../../platform/db/once-by-text.ts";
import { prepareKept } from "../../platform/db/prepare.ts";
import type { Db } from "../../schema.ts";
import {
  defaultRegistrationPolicy,
  readRegistrationPolicy,
} from "../client-registration/client-registration.events.ts";
import { defaultLifetimes, type Lifetimes, lifetimesOf, readLifetimes } from "../instance/lifetimes.events.ts";
import { apiConfig, type OidcConfig, oidcConfig } from "./application.events.ts";
import { type ClientSettings, readClientSettings } from "./client-settings.events.ts";

/** A client as protocols meet it. `oidc` is missing for an API, which only introspects. */
export type Client = {
  readonly clientId: ClientId;
  readonly applicationId: ApplicationId;
  readonly name: string;
  readonly projectId: ProjectId;
  /** the project lets all roles be asserted, asked for or not */
  readonly roleAssertion: boolean;
  readonly orgId: OrgId;
  /** the application, its project and its organization are all active */
  readonly isActive: boolean;
  readonly authMethod: OidcConfig["authMethod"];
  /** base64url SHA-256 of the client secret */
  readonly secretHash: string | null;
  /** the secret itself under the instance's key, of clients that sign with it */
  readonly sealedSecret: string | null;
  readonly oidc: OidcConfig | null;
  readonly settings: ClientSettings;
  /** of a client that nobody set up: beginnings of the resources (RFC 8707) that it may ask tokens for; its scopes are settings */
  readonly stranger?: { readonly resources: readonly string[] };
  /** how long what it is issued is valid: as it sets, else as its instance */
  readonly lifetimes: Lifetimes;
};

const oidcConfigOf = onceByText((text) => oidcConfig.parse(JSON.parse(text)));
const apiConfigOf = onceByText((text) => apiConfig.parse(JSON.parse(text)));
const settingsOf = onceByText(readClientSettings);
const strangersPolicyOf = onceByText(readRegistrationPolicy);
const instanceLifetimesOf = onceByText(readLifetimes);

export const clientReader = ({ db }: { db: Db }) => {
  const byId = prepareKept(db, 1_000, ({ instanceId, clientId }: { instanceId: InstanceId; clientId: ClientId }) =>
    db
      .selectFrom("applications as a")
      .innerJoin("projects as p", (on) =>
        on.onRef("p.instance_id", "=", "a.instance_id").onRef("p.project_id", "=", "a.project_id"),
      )
      .innerJoin("orgs as o", (on) =>
        on.onRef("o.instance_id", "=", "p.instance_id").onRef("o.org_id", "=", "p.org_id"),
      )
      .innerJoin("instances as i", "i.instance_id", "a.instance_id")
      .leftJoin("client_registration_policies as r", "r.instance_id", "a.instance_id")
      .select([
        "a.application_id",
        "a.project_id",
        "a.org_id",
        "a.kind",
        "a.name",
        "a.secret_hash",
        "a.secret_sealed",
        "a.config",
        "a.settings",
        "r.policy as strangers_policy",
        "a.state",
        "p.state as project_state",
        "p.role_assertion",
        "o.state as org_state",
        "i.oidc_settings",
      ])
      .where("a.instance_id", "=", instanceId)
      .where("a.client_id", "=", clientId),
  );
  return {
    /** One statement by index: the application with the state of all that must be active for it to work. */
    find: async (instanceId: InstanceId, clientId: ClientId): Promise<Client | null> => {
      const [row] = await byId({ instanceId, clientId });
      if (row === undefined) return null;
      const oidc = row.kind === "oidc" ? oidcConfigOf(row.config) : null;
      const stranger = strangerOf(settingsOf(row.settings), row.strangers_policy);
      const settings = stranger === null ? settingsOf(row.settings) : stranger.settings;
      // Ids were parsed when they were stored.
      return {
        clientId,
        applicationId: row.application_id as ApplicationId,
        name: row.name,
        projectId: row.project_id as ProjectId,
        roleAssertion: row.role_assertion === 1,
        orgId: row.org_id as OrgId,
        isActive: [row.state, row.project_state, row.org_state].every((state) => state === "active"),
        authMethod: oidc ? oidc.authMethod : apiConfigOf(row.config).authMethod,
        secretHash: row.secret_hash,
        sealedSecret: row.secret_sealed,
        oidc,
        settings,
        ...(stranger === null ? {} : { stranger: { resources: stranger.resources } }),
        lifetimes: lifetimesOf(
          row.oidc_settings === null ? defaultLifetimes : instanceLifetimesOf(row.oidc_settings),
          settings,
        ),
      };
    },
  };
};

/** What the policy of the moment leaves a client that nobody set up. */
const strangerOf = (settings: ClientSettings, stored: string | null) => {
  if (settings.registeredBy === "administrator") return null;
  const policy = stored === null ? defaultRegistrationPolicy : strangersPolicyOf(stored);
  return { settings: { ...settings, scopes: policy.scopes }, resources: policy.resources };
};

export type ClientReader = ReturnType<typeof clientReader>;
