import { z } from "zod";
import { limits } from "./limits.ts";

/** Path words of the REST routes that an id must never be mistaken for. */
const routeWords = new Set(["_search", "search", "new", "human", "machine", "keys", "pats", "me"]);

/** What stands where an org's id stands when the instance itself is meant: an org of this id would share its settings. */
const ownWords = new Set(["instance"]);

/** An id as callers may give it: `[A-Za-z0-9_-]{1,200}`, no word that is part of a route, and none that Munot uses itself. */
const idText = z
  .string()
  .regex(new RegExp(`^[A-Za-z0-9_-]{1,${limits.idChars}}$`), "must be 1 to 200 characters of A-Z, a-z, 0-9, _ and -")
  .refine((id) => !routeWords.has(id) && !ownWords.has(id), "is a reserved word");

// One brand per kind of id: none can stand where another is meant.
export const instanceId = idText.brand<"InstanceId">();
export const orgId = idText.brand<"OrgId">();
export const userId = idText.brand<"UserId">();
export const projectId = idText.brand<"ProjectId">();
export const applicationId = idText.brand<"ApplicationId">();
/** Beside own ids: the address of a client's metadata (draft-ietf-oauth-client-id-metadata-document §3). */
const metadataAddress = z
  .string()
  .max(limits.idChars)
  .regex(/^https:\/\/[!$-;=?-Z_a-z~]+$/, "is not an address");
export const clientId = z.union([idText, metadataAddress]).brand<"ClientId">();
export const sessionId = idText.brand<"SessionId">();
export const authRequestId = idText.brand<"AuthRequestId">();
export const grantId = idText.brand<"GrantId">();
export const tokenId = idText.brand<"TokenId">();
export const userKeyId = idText.brand<"UserKeyId">();
export const browserId = idText.brand<"BrowserId">();
export const webKeyId = idText.brand<"WebKeyId">();

export type InstanceId = z.infer<typeof instanceId>;
export type OrgId = z.infer<typeof orgId>;
export type UserId = z.infer<typeof userId>;
export type ProjectId = z.infer<typeof projectId>;
export type ApplicationId = z.infer<typeof applicationId>;
export type ClientId = z.infer<typeof clientId>;
export type SessionId = z.infer<typeof sessionId>;
export type AuthRequestId = z.infer<typeof authRequestId>;
/** The OIDC session: one user's consent to one client, from which access and refresh tokens descend. */
export type GrantId = z.infer<typeof grantId>;
export type TokenId = z.infer<typeof tokenId>;
/** A service account's key pair. */
export type UserKeyId = z.infer<typeof userKeyId>;
/** One browser (user agent), known by its `__Host-` cookie. */
export type BrowserId = z.infer<typeof browserId>;
export type WebKeyId = z.infer<typeof webKeyId>;

/** Makes an id: a decimal string of 18–19 digits, 41 bits of milliseconds and 22 random ones. */
export type NewId = () => string;
