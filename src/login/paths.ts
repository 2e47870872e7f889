/** Where each page answers. */
export const loginPaths = {
  start: "/",
  login: "/ui/login",
  loginName: "/ui/login/name",
  password: "/ui/login/password",
  accounts: "/ui/login/accounts",
  newPassword: "/ui/login/new-password",
  consent: "/ui/login/consent",
  applications: "/ui/account/applications",
  signOut: "/ui/login/sign-out",
  signedOut: "/ui/login/signed-out",
  /** where a device sends its user (RFC 8628 §3.3) */
  device: "/ui/login/device",
  /** what applications ask of the people who are signed in here (CIBA Core 1.0) */
  requests: "/ui/login/requests",
  approval: "/ui/login/approval",
  firstAdministrator: "/ui/login/first-administrator",
} as const;

/** The query parameter that carries a sign-in from page to page; ZITADEL's name. */
export const authRequestParameter = "authRequest";

/** A page of the sign-in under way, or the same page without one. */
export const pathWith = (path: string, authRequestId: string | null): string =>
  authRequestId === null ? path : `${path}?${authRequestParameter}=${encodeURIComponent(authRequestId)}`;
