import { z } from "zod";
import { type Ctx, needs, needsAny, needsSelf } from "../../kernel/actor.ts";
import {
  type ApplicationId,
  type ClientId,
  type GrantId,
  grantId,
  type InstanceId,
  type OrgId,
  type UserId,
} from "../../kernel/ids.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Db } from "../../schema.ts";
import { oidcConfig } from "../application/application.events.ts";
import { readClientSettings } from "../application/client-settings.events.ts";
import type { Allowed, ConsentFacts, ConsentOf } from "./consent.events.ts";

/** A consent as its user sees it. */
export type ConsentView = Allowed & {
  readonly applicationId: ApplicationId;
  readonly clientId: ClientId;
  readonly name: string;
  /** of an application that nobody of the organization set up: the host that stands for it */
  readonly host: string | null;
  readonly givenAt: Instant;
};

const listed = z.array(z.string());
const listOf = (json: string): string[] => listed.parse(JSON.parse(json));

const allowedOf = (row: {
  readonly scopes: string;
  readonly resources: string;
  readonly authorization_details_types: string;
  readonly claims: string;
}): Allowed => ({
  scopes: listOf(row.scopes),
  resources: listOf(row.resources),
  authorizationDetailsTypes: listOf(row.authorization_details_types),
  claims: listOf(row.claims),
});

/** A user has this many consents shown at most. */
const shownMax = 200;

export const consentReader = ({ db }: { readonly db: Db }) => {
  const consentOf: ConsentOf = async (instanceId, clientId, userId) => {
    const row = await db
      .selectFrom("applications as a")
      .leftJoin("consents as c", (on) =>
        on
          .onRef("c.instance_id", "=", "a.instance_id")
          .onRef("c.application_id", "=", "a.application_id")
          // The caller's ids are compared, never trusted: an unknown one finds nothing.
          .on("c.user_id", "=", userId as UserId),
      )
      .select([
        "a.application_id",
        "a.kind",
        "a.config",
        "a.settings",
        "c.scopes",
        "c.resources",
        "c.authorization_details_types",
        "c.claims",
        "c.auth_request_id",
      ])
      .where("a.instance_id", "=", instanceId)
      .where("a.client_id", "=", clientId)
      .executeTakeFirst();
    if (row === undefined) return null;
    const { scopes, resources, authorization_details_types, claims, auth_request_id: authRequestId } = row;
    const isGiven =
      scopes !== null &&
      resources !== null &&
      authorization_details_types !== null &&
      claims !== null &&
      authRequestId !== null;
    return {
      applicationId: row.application_id as ApplicationId,
      ...natureOf(row),
      given: isGiven
        ? { ...allowedOf({ scopes, resources, authorization_details_types, claims }), authRequestId }
        : null,
    };
  };

  return {
    consentOf,

    /** What a user allows now, for the user itself and whoever may read users there. */
    ofUser: async (ctx: Ctx, userId: UserId): Promise<readonly ConsentView[]> => {
      const owner = await db
        .selectFrom("users")
        .select("org_id")
        .where("instance_id", "=", ctx.instanceId)
        .where("user_id", "=", userId)
        .executeTakeFirst();
      const orgId = (owner?.org_id ?? null) as OrgId | null;
      authorise(ctx, needsAny(needsSelf(userId), needs("user.read", { orgId })));
      const rows = await db
        .selectFrom("consents as c")
        .innerJoin("applications as a", (on) =>
          on.onRef("a.instance_id", "=", "c.instance_id").onRef("a.application_id", "=", "c.application_id"),
        )
        .select([
          "c.application_id",
          "c.client_id",
          "c.scopes",
          "c.resources",
          "c.authorization_details_types",
          "c.claims",
          "c.given_at",
          "a.name",
          "a.kind",
          "a.config",
          "a.settings",
        ])
        .where("c.instance_id", "=", ctx.instanceId)
        .where("c.user_id", "=", userId)
        .orderBy("c.given_at", "desc")
        .orderBy("c.application_id")
        .limit(shownMax)
        .execute();
      return rows.map((row) => {
        const settings = readClientSettings(row.settings);
        return {
          ...allowedOf(row),
          applicationId: row.application_id,
          clientId: row.client_id,
          name: settings.clientName ?? row.name,
          host: natureOf(row).isStranger ? hostOf(row.client_id, redirectUrisOf(row)) : null,
          givenAt: row.given_at,
        };
      });
    },

    /** Grants of a user to a client that have not been revoked; for the job that revokes them. */
    activeGrants: async (
      instanceId: InstanceId,
      of: { readonly userId: UserId; readonly clientId: ClientId },
      limit: number,
    ): Promise<readonly GrantId[]> => {
      const rows = await db
        .selectFrom("oidc_sessions")
        .select("grant_id")
        .where("instance_id", "=", instanceId)
        .where("user_id", "=", of.userId)
        .where("client_id", "=", of.clientId)
        .where("state", "=", "active")
        .orderBy("grant_id")
        .limit(limit)
        .execute();
      return rows.map((row) => grantId.parse(row.grant_id));
    },

    /** Consents of a removed user, or to a removed application; for the jobs that take them back. */
    remaining: async (
      instanceId: InstanceId,
      of: "user_id" | "application_id",
      id: string,
      limit: number,
    ): Promise<readonly { readonly userId: UserId; readonly applicationId: ApplicationId }[]> => {
      const rows = await db
        .selectFrom("consents")
        .select(["user_id", "application_id"])
        .where("instance_id", "=", instanceId)
        .where(of, "=", id as UserId & ApplicationId)
        .limit(limit)
        .execute();
      return rows.map((row) => ({ userId: row.user_id, applicationId: row.application_id }));
    },
  };
};

export type ConsentReader = ReturnType<typeof consentReader>;

type Configured = { readonly kind: "oidc" | "api"; readonly config: string; readonly settings: string | null };

const redirectUrisOf = ({ kind, config }: Configured): readonly string[] =>
  kind === "oidc" ? oidcConfig.parse(JSON.parse(config)).redirectUris : [];

const natureOf = (row: Configured): Pick<ConsentFacts, "isStranger" | "requiresConsent" | "canBeImitated"> => {
  const settings = readClientSettings(row.settings);
  const oidc = row.kind === "oidc" ? oidcConfig.parse(JSON.parse(row.config)) : null;
  const isPublic = oidc?.authMethod === "none" && settings.tokenEndpointAuthMethod === null;
  return {
    isStranger: settings.registeredBy !== "administrator",
    requiresConsent: settings.requireConsent,
    canBeImitated: isPublic && !(oidc?.redirectUris ?? []).every((uri) => uri.startsWith("https://")),
  };
};

/**
 * The one thing about a stranger's client that is verified: the host that its metadata was fetched from, else the host that
 * its codes are sent to; `null` when they go to an application on the user's own device, which anybody may be.
 */
export const hostOf = (clientId: string, redirectUris: readonly string[]): string | null => {
  const address = URL.parse(clientId);
  if (address?.protocol === "https:") return address.host;
  const hosts = new Set(
    redirectUris.map((uri) => (uri.startsWith("https://") ? (URL.parse(uri)?.host ?? null) : null)),
  );
  const [host, ...others] = hosts;
  return host === undefined || others.length > 0 ? null : host;
};
