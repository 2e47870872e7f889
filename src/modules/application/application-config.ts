import { z } from "zod";
import { limits } from "../../kernel/limits.ts";
import { text } from "../../kernel/text.ts";
import { grantTypes, oidcConfig, responseTypes } from "./application.events.ts";

const uris = z.array(text().trim().min(1, "must not be empty")).max(limits.urisPerApplication);
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** The empty list stands for the default, as clients that do not set the field send it. */
const orDefault =
  <T>(fallback: T) =>
  (values: T[]) =>
    values.length === 0 ? [fallback] : unique(values);

/** The configuration of a new OIDC application as callers give it. */
export const newOidcConfig = oidcConfig.extend({
  redirectUris: uris.default([]),
  postLogoutRedirectUris: uris.default([]),
  additionalOrigins: uris.default([]),
  backChannelLogoutUri: text().default(""),
  responseTypes: z
    .array(z.enum(responseTypes))
    .default([])
    .transform(orDefault<(typeof responseTypes)[number]>("code")),
  grantTypes: z
    .array(z.enum(grantTypes))
    .default([])
    .transform(orDefault<(typeof grantTypes)[number]>("authorization_code")),
});

/** What callers change of an OIDC application's configuration; what is not named stays as it is. */
export const changedOidcConfig = oidcConfig
  .extend({
    redirectUris: uris,
    postLogoutRedirectUris: uris,
    additionalOrigins: uris,
    backChannelLogoutUri: text(),
    responseTypes: z.array(z.enum(responseTypes)).transform(unique),
    grantTypes: z.array(z.enum(grantTypes)).transform(unique),
  })
  .partial();
