/**
 * All reasons for which Munot says no, in one table. `kind` decides the gRPC code and HTTP status, `id` is what clients
 * see in parentheses at the end of the message (stable, support and tests quote it).
 */
export const refusals = {
  "request.invalid": { kind: "invalid", id: "REQ-1aZ4q", message: "The request is not valid" },
  "request.page_too_large": { kind: "invalid", id: "REQ-7pLm2", message: "The limit is above 1000" },
  "request.id_taken": { kind: "conflict", id: "REQ-3kD8s", message: "This id has been used before" },
  "request.contended": { kind: "aborted", id: "REQ-9wK3c", message: "Too many changes at once, please try again" },
  "request.overloaded": { kind: "limited", id: "REQ-2tR6y", message: "Too many requests, please try again later" },
  "process.outdated": {
    kind: "unavailable",
    id: "PROC-4nV7s",
    message: "This process is older than the database: please try again, a newer one will answer",
  },
  "stream.newer": {
    kind: "unavailable",
    id: "PROC-8rW2k",
    message: "A newer version has changed this object: please try again, a newer process will answer",
  },
  "auth.missing": { kind: "unauthenticated", id: "AUTH-7fs1e", message: "No valid credentials were sent" },
  "auth.token_invalid": { kind: "unauthenticated", id: "AUTH-6e3Pb", message: "The token is not valid" },
  "auth.denied": {
    kind: "forbidden",
    id: "AUTHZ-cdG3k",
    message: "The caller may not do this, or the object does not exist",
  },
  "instance.not_found": {
    kind: "not_found",
    id: "INST-8hG2x",
    message: "No instance answers at this address: set MUNOT_EXTERNAL_URL to it, munot doctor shows how",
  },
  "instance.exists": { kind: "conflict", id: "INST-2pW7e", message: "This instance has been set up already" },
  "instance.domain_taken": { kind: "conflict", id: "INST-5kT1r", message: "This host belongs to another instance" },
  "instance.domain_primary": {
    kind: "precondition",
    id: "INST-7rP4n",
    message: "The instance's primary domain cannot be removed",
  },
  "org.not_found": { kind: "not_found", id: "ORG-1pQ7d", message: "Organization could not be found" },
  "org.name_taken": { kind: "conflict", id: "ORG-5sW9a", message: "An organization with this name exists already" },
  "org.domain_taken": { kind: "conflict", id: "ORG-6vB2n", message: "This domain belongs to another organization" },
  "org.inactive": { kind: "precondition", id: "ORG-2mN5v", message: "The organization is not active" },
  "org.already_active": { kind: "precondition", id: "ORG-9cF4k", message: "The organization is active already" },
  "org.own": { kind: "precondition", id: "ORG-8wO5i", message: "The instance's own organization cannot be removed" },
  "org.domain_exists": { kind: "conflict", id: "ORG-3eD7x", message: "The organization has this domain already" },
  "org.domain_not_found": { kind: "not_found", id: "ORG-7nD1f", message: "Domain could not be found" },
  "org.domain_primary": { kind: "precondition", id: "ORG-4pD6m", message: "The primary domain cannot be removed" },
  "org.domains_full": { kind: "precondition", id: "ORG-1mD8c", message: "The organization has too many domains" },
  "org.metadata_not_found": { kind: "not_found", id: "ORG-9nM2k", message: "Metadata could not be found" },
  "user.not_found": { kind: "not_found", id: "USER-4kE8r", message: "User could not be found" },
  "user.user_name_taken": { kind: "conflict", id: "USER-9dU3w", message: "A user with this user name exists already" },
  "user.not_active": { kind: "precondition", id: "USER-7jA1z", message: "The user is not active" },
  "user.locked": { kind: "precondition", id: "USER-3cL6k", message: "The user is locked" },
  "user.not_locked": { kind: "precondition", id: "USER-6kU2m", message: "The user is not locked" },
  "user.not_inactive": { kind: "precondition", id: "USER-5rA8d", message: "The user is not deactivated" },
  "user.not_human": { kind: "precondition", id: "USER-8yH5t", message: "The user is not a human user" },
  "user.not_machine": { kind: "precondition", id: "USER-2fM9b", message: "The user is not a service account" },
  "user.password_too_weak": {
    kind: "invalid",
    id: "USER-5gW4p",
    message: "The password does not satisfy the complexity rules",
  },
  "user.password_wrong": { kind: "invalid", id: "USER-6tP1s", message: "The password is wrong" },
  "user.password_not_set": { kind: "precondition", id: "USER-1nS7f", message: "The user has no password" },
  "user.code_invalid": { kind: "invalid", id: "USER-9cV2k", message: "The code is wrong, used or has expired" },
  "user.email_verified": { kind: "precondition", id: "USER-3mE7v", message: "The e-mail address is verified already" },
  "user.phone_verified": { kind: "precondition", id: "USER-8pV4n", message: "The phone number is verified already" },
  "user.phone_not_set": { kind: "precondition", id: "USER-5nP9c", message: "The user has no phone number" },
  "user.key_invalid": {
    kind: "invalid",
    id: "USER-7kI3y",
    message: "This is not a PEM public key of a supported kind and strength (RSA from 2048 bits, EC, Ed25519)",
  },
  "user.metadata_full": { kind: "precondition", id: "USER-2mF6d", message: "The user has too many metadata entries" },
  "user.hash_unsupported": {
    kind: "invalid",
    id: "USER-4xH2q",
    message: "This password hash is not supported, or its cost is out of bounds",
  },
  "project.not_found": { kind: "not_found", id: "PROJ-3bF8g", message: "Project could not be found" },
  "project.name_taken": { kind: "conflict", id: "PROJ-7cN2d", message: "A project with this name exists already" },
  "project.inactive": { kind: "precondition", id: "PROJ-5eI4h", message: "The project is not active" },
  "project.own": { kind: "precondition", id: "PROJ-8wO3n", message: "The instance's own project cannot be taken away" },
  "project.role_taken": { kind: "conflict", id: "PROJ-4rT6k", message: "A role with this key exists already" },
  "project.role_not_found": { kind: "not_found", id: "PROJ-6rN9f", message: "Role could not be found" },
  "application.not_found": { kind: "not_found", id: "APP-6aZ3j", message: "Application could not be found" },
  "application.name_taken": {
    kind: "conflict",
    id: "APP-8qV5l",
    message: "An application with this name exists already in the project",
  },
  "application.resource_taken": {
    kind: "conflict",
    id: "APP-2rS8d",
    message: "A resource belongs to another application",
  },
  "application.inactive": { kind: "precondition", id: "APP-4dI7c", message: "The application is not active" },
  "application.already_active": { kind: "precondition", id: "APP-1aA5w", message: "The application is active already" },
  "application.kind_differs": { kind: "invalid", id: "APP-9kD2u", message: "The application is of another kind" },
  "application.no_secret": {
    kind: "precondition",
    id: "APP-3nS6b",
    message: "The application does not authenticate by a secret",
  },
  "application.no_key": {
    kind: "precondition",
    id: "APP-5nK8v",
    message: "The application does not authenticate by a key",
  },
  "application.key_not_found": { kind: "not_found", id: "APP-7kN1p", message: "Key could not be found" },
  "application.redirect_uri_invalid": {
    kind: "invalid",
    id: "APP-2rU9o",
    message: "A redirect URI is not allowed for this application",
  },
  "session.not_found": { kind: "not_found", id: "SESS-4dT7u", message: "Session could not be found" },
  "session.token_invalid": { kind: "forbidden", id: "SESS-9sK2e", message: "The session token is not valid" },
  "session.terminated": { kind: "precondition", id: "SESS-6bX1w", message: "The session has ended" },
  "session.user_missing": { kind: "precondition", id: "SESS-3uM5y", message: "The session has no checked user" },
  "session.user_differs": { kind: "invalid", id: "SESS-7hD4i", message: "The session already belongs to another user" },
  "session.factor_missing": { kind: "precondition", id: "SESS-5fC8a", message: "The session lacks a required factor" },
  "session.acr_unmet": {
    kind: "precondition",
    id: "SESS-8aC2r",
    message: "The session does not reach the authentication context class that the request demands",
  },
  "session.password_not_allowed": {
    kind: "precondition",
    id: "SESS-2yP6g",
    message: "Signing in with a password is not allowed here",
  },
  "initial_access_token.not_found": {
    kind: "not_found",
    id: "REG-4tN8c",
    message: "Initial access token could not be found",
  },
  "registration.off": { kind: "precondition", id: "REG-7oF2d", message: "Clients cannot register here" },
  "auth_request.consent_missing": {
    kind: "precondition",
    id: "OIDC-6cM1s",
    message: "The user has not consented to what the application asks for",
  },
  "auth_request.not_found": { kind: "not_found", id: "OIDC-2gR6v", message: "Auth request could not be found" },
  "auth_request.expired": { kind: "precondition", id: "OIDC-8eX3n", message: "The auth request has expired" },
  "auth_request.done": {
    kind: "precondition",
    id: "OIDC-1dN9m",
    message: "The auth request has been answered already",
  },
  "auth_request.user_not_allowed": {
    kind: "forbidden",
    id: "OIDC-9fU4b",
    message: "This user may not answer the auth request",
  },
  "auth_request.user_not_authorized": {
    kind: "forbidden",
    id: "OIDC-3pA7r",
    message: "The user has no access to the project of the application",
  },
  "grant.not_found": { kind: "not_found", id: "OIDC-5tG1c", message: "Grant could not be found" },
  "authorization.not_found": { kind: "not_found", id: "AUTHZ-5nG8f", message: "Authorization could not be found" },
  "authorization.exists": {
    kind: "conflict",
    id: "AUTHZ-3tX6k",
    message: "The user has an authorization for this project already",
  },
  "authorization.role_unknown": { kind: "precondition", id: "AUTHZ-8rK2d", message: "The project has no such role" },
  "web_key.not_found": { kind: "not_found", id: "KEY-4vH7s", message: "Web key could not be found" },
  "web_key.active": { kind: "precondition", id: "KEY-6aC3w", message: "The active web key cannot be deleted" },
  "web_key.too_many": {
    kind: "precondition",
    id: "KEY-9mX1h",
    message: "There are too many web keys: delete old ones",
  },
  "token.not_found": { kind: "not_found", id: "TOK-7wN4x", message: "Token could not be found" },
  "token.expiry_invalid": { kind: "invalid", id: "TOK-3eD6s", message: "The expiration date must lie in the future" },
  "admin_link.invalid": { kind: "forbidden", id: "ADM-4lK8p", message: "This link has been used or has expired" },
  "administrator.not_found": { kind: "not_found", id: "ADM-6hT3q", message: "Administrator could not be found" },
  "administrator.role_invalid": { kind: "invalid", id: "ADM-1vS8y", message: "A role does not exist on this level" },
  "administrator.exists": { kind: "conflict", id: "ADM-9mE2r", message: "The user is an administrator there already" },
  "feature.unimplemented": { kind: "unimplemented", id: "GEN-1uI5z", message: "This is not implemented" },
  "notification.provider_not_found": { kind: "not_found", id: "NOTE-2pF7v", message: "Provider could not be found" },
  "notification.kind_differs": { kind: "precondition", id: "NOTE-6kD3m", message: "The provider is of another kind" },
  "notification.too_many": { kind: "precondition", id: "NOTE-9mX4t", message: "There are too many providers" },
  "notification.not_sent": { kind: "precondition", id: "NOTE-4sN8w", message: "The provider did not take the message" },
  "settings.policy_exists": { kind: "conflict", id: "POL-3eX8a", message: "The organization has this policy already" },
  "settings.policy_not_found": { kind: "not_found", id: "POL-7nF2c", message: "Policy could not be found" },
  "settings.nothing_drafted": {
    kind: "precondition",
    id: "POL-5dR4n",
    message: "Nothing has been changed since the last activation",
  },
} as const satisfies Record<string, { kind: RefusalKind; id: string; message: string }>;

/** What a refusal is, whatever it is about: the API and the pages make their status from it. */
export type RefusalKind =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "precondition"
  | "aborted"
  | "limited"
  /** nothing was done, and another process can do it */
  | "unavailable"
  | "unimplemented";

export type RefusalCode = keyof typeof refusals;

/** What may accompany a refusal to the caller: names of fields, counts; never secrets. */
export type RefusalDetails = {
  /** path of the offending input field, and what is wrong with it */
  readonly fields?: readonly { readonly path: string; readonly problem: string }[];
  /** failed attempts so far, for `CredentialsCheckError` */
  readonly failedAttempts?: number;
};

/** The one way to say no: thrown, never returned; each edge (API, OAuth, pages) turns it into its own form. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  readonly details: RefusalDetails;

  constructor(code: RefusalCode, details: RefusalDetails = {}) {
    const fields = details.fields?.map((field) => `${field.path} ${field.problem}`).join("; ");
    super(fields ? `${refusals[code].message}: ${fields}` : refusals[code].message);
    this.code = code;
    this.details = details;
  }

  get kind(): RefusalKind {
    return refusals[this.code].kind;
  }

  /** The stable id that clients see, for example `USER-4kE8r`. */
  get id(): string {
    return refusals[this.code].id;
  }
}
