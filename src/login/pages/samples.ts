import type { Html } from "../html.ts";
import type { Translator } from "../i18n/translator.ts";
import type { PageFrame } from "../layout.ts";
import { renderAccountChoicePage } from "./account-choice.ts";
import { renderAccountStatePage } from "./account-state.ts";
import { renderApplicationsPage } from "./applications.ts";
import { renderAnsweredPage, renderApprovalPage } from "./approval.ts";
import { renderConsentPage } from "./consent.ts";
import { renderDeviceCodePage } from "./device-code.ts";
import { renderFirstAdministratorPage } from "./first-administrator.ts";
import { renderFirstAdministratorLinkPage } from "./first-administrator-link.ts";
import { renderFormPostPage } from "./form-post.ts";
import { renderHostUnknownPage } from "./host-unknown.ts";
import { renderLoginNamePage } from "./login-name.ts";
import { renderNewPasswordPage } from "./new-password.ts";
import { renderOAuthErrorPage } from "./oauth-error.ts";
import { renderPasswordPage } from "./password.ts";
import { renderRequestExpiredPage } from "./request-expired.ts";
import { renderSignOutPage } from "./sign-out.ts";
import { renderSignedInPage } from "./signed-in.ts";
import { renderSignedOutPage } from "./signed-out.ts";
import { renderStartPage } from "./start.ts";
import { renderNotFoundPage, renderServerErrorPage, renderTooManyRequestsPage } from "./status.ts";
import { renderWaitingRequestsPage } from "./waiting-requests.ts";

/** Every page with made-up people, for tests and the preview. */

const languages = [
  { language: "en", href: "?ui_locales=en" },
  { language: "de", href: "?ui_locales=de" },
] as const;

const plain: PageFrame = { languages };
const app: PageFrame = { languages, application: "Vineyard Planner", organization: "Rhine Winegrowers" };
const longFrame: PageFrame = {
  languages,
  application: "Donaudampfschifffahrtsgesellschaftskapitänsverwaltung",
  organization: "Genossenschaft für Überlandstraßenbeleuchtungsinstandhaltung Schaffhausen-Neuhausen",
};

const form = {
  action: "/ui/login/step",
  csrf: "dGhpcyBpcyBhIHNhbXBsZSBjc3JmIHRva2VuIDMyYg",
  authRequestId: "281726351928374651",
};

const vera = { loginName: "vera.munot@rhine.example", displayName: "Vera Munot" };
const long = {
  loginName: "wolfeschlegelsteinhausenbergerdorff.hubert-blaine@verwaltung.schaffhausen-neuhausen.example",
  displayName: "Hubert Blaine Wolfeschlegelsteinhausenbergerdorff-Schifffahrtsgesellschaft",
};
const arabic = { loginName: "layla@rhine.example", displayName: "ليلى الحسن" };
const rules = { minLength: 8, hasUppercase: true, hasLowercase: true, hasNumber: true, hasSymbol: true };

export const samples: Readonly<Record<string, (t: Translator) => Html>> = {
  start: (t) =>
    renderStartPage(
      {
        frame: plain,
        discoveryHref: "/.well-known/openid-configuration",
        documentationHref: "/docs",
        signInHref: "/ui/login",
        needsAdministrator: false,
      },
      t,
    ),
  "start-setup": (t) =>
    renderStartPage(
      {
        frame: plain,
        discoveryHref: "/.well-known/openid-configuration",
        documentationHref: "/docs",
        needsAdministrator: true,
      },
      t,
    ),
  "login-name": (t) => renderLoginNamePage({ ...form, frame: app, accountsHref: "/ui/login/accounts" }, t),
  "login-name-unknown": (t) =>
    renderLoginNamePage({ ...form, frame: app, loginName: "vera.munto@rhine.example", problem: "unknown" }, t),
  "login-name-long": (t) =>
    renderLoginNamePage({ ...form, frame: longFrame, loginName: long.loginName, problem: "inactive" }, t),
  password: (t) => renderPasswordPage({ ...form, frame: app, account: vera, changeHref: "/ui/login" }, t),
  "password-wrong": (t) =>
    renderPasswordPage(
      { ...form, frame: app, account: vera, changeHref: "/ui/login", problem: { is: "wrong", attemptsLeft: 2 } },
      t,
    ),
  "password-locked": (t) =>
    renderPasswordPage(
      { ...form, frame: longFrame, account: long, changeHref: "/ui/login", problem: { is: "locked", minutesLeft: 15 } },
      t,
    ),
  "account-choice": (t) =>
    renderAccountChoicePage(
      {
        ...form,
        frame: app,
        accounts: [
          { ...vera, id: "1", isSignedIn: true },
          { ...long, id: "2", isSignedIn: false },
          { ...arabic, id: "3", isSignedIn: true },
        ],
      },
      t,
    ),
  "new-password": (t) => renderNewPasswordPage({ ...form, frame: app, account: vera, reason: "forced", rules }, t),
  "new-password-errors": (t) =>
    renderNewPasswordPage(
      {
        ...form,
        frame: app,
        account: vera,
        reason: "expired",
        rules,
        unmetRules: ["minLength", "hasSymbol"],
        problems: { newPassword: "rules", repeat: "mismatch" },
      },
      t,
    ),
  "first-administrator": (t) =>
    renderFirstAdministratorPage({ ...form, authRequestId: undefined, frame: plain, rules }, t),
  "first-administrator-errors": (t) =>
    renderFirstAdministratorPage(
      {
        ...form,
        authRequestId: undefined,
        hidden: { code: "one-time" },
        frame: plain,
        rules,
        unmetRules: ["minLength"],
        values: { givenName: "Vera", familyName: "", email: "vera@", username: "vera" },
        problems: {
          familyName: "required",
          email: "invalid",
          username: "taken",
          password: "rules",
          repeat: "mismatch",
        },
      },
      t,
    ),
  "first-administrator-link-expired": (t) => renderFirstAdministratorLinkPage({ frame: plain, reason: "expired" }, t),
  "first-administrator-link-used": (t) =>
    renderFirstAdministratorLinkPage({ frame: plain, reason: "used", signInHref: "/ui/login" }, t),
  "first-administrator-link-unknown": (t) => renderFirstAdministratorLinkPage({ frame: plain, reason: "unknown" }, t),
  "signed-in": (t) =>
    renderSignedInPage(
      {
        ...form,
        authRequestId: undefined,
        frame: plain,
        account: vera,
        otherAccountHref: "/ui/login",
        applicationsHref: "/ui/account/applications",
      },
      t,
    ),
  consent: (t) =>
    renderConsentPage(
      {
        ...form,
        frame: app,
        application: "Planner",
        account: vera,
        stranger: { host: "planner.example" },
        returnHost: "planner.example",
        scopes: ["openid", "profile", "offline_access", "notes:write"],
        claims: ["birthdate"],
        resources: ["https://mcp.planner.example/"],
        authorizations: [{ type: "payment_initiation", text: '{ "amount": "</code>9.99" }' }],
        policyUri: "https://planner.example/privacy",
        tosUri: "https://planner.example/terms",
      },
      t,
    ),
  "consent-unverified": (t) =>
    renderConsentPage(
      {
        ...form,
        frame: app,
        application: '<script>alert("x")</script>',
        account: arabic,
        stranger: { host: null },
        returnHost: "127.0.0.1:33418",
        scopes: ["openid"],
        claims: [],
        resources: [],
        authorizations: [],
      },
      t,
    ),
  applications: (t) =>
    renderApplicationsPage(
      {
        ...form,
        authRequestId: undefined,
        frame: plain,
        homeHref: "/ui/login",
        accounts: [
          {
            ...vera,
            sessionId: "1",
            applications: [
              {
                applicationId: "2",
                name: "Planner",
                host: "planner.example",
                scopes: ["openid", "email"],
                resources: ["https://mcp.planner.example/"],
              },
            ],
          },
          { ...arabic, sessionId: "3", applications: [] },
        ],
      },
      t,
    ),
  "sign-out": (t) => renderSignOutPage({ ...form, frame: app, account: vera, cancelHref: "/ui/login" }, t),
  "device-code": (t) => renderDeviceCodePage({ ...form, authRequestId: undefined, frame: plain }, t),
  "device-code-unknown": (t) =>
    renderDeviceCodePage(
      { ...form, authRequestId: undefined, frame: plain, userCode: "BDWP-HQPK", problem: "unknown" },
      t,
    ),
  approval: (t) =>
    renderApprovalPage(
      {
        ...form,
        frame: app,
        flow: "device",
        application: "Planner",
        project: "Office",
        account: vera,
        scope: ["openid", "offline_access"],
        bindingMessage: null,
        changeHref: "/ui/login/accounts",
      },
      t,
    ),
  "approval-message": (t) =>
    renderApprovalPage(
      {
        ...form,
        frame: app,
        flow: "ciba",
        application: "<Bank>",
        project: "Office",
        account: vera,
        scope: ["openid"],
        bindingMessage: "W4SCT",
        changeHref: "/ui/login/accounts",
      },
      t,
    ),
  "answered-allow": (t) => renderAnsweredPage({ frame: app, answer: "allow" }, t),
  "answered-deny": (t) => renderAnsweredPage({ frame: app, answer: "deny" }, t),
  "waiting-requests": (t) =>
    renderWaitingRequestsPage(
      { ...form, frame: plain, requests: [{ id: "1", application: "Bank", bindingMessage: "W4SCT" }] },
      t,
    ),
  "waiting-requests-none": (t) => renderWaitingRequestsPage({ ...form, frame: plain, requests: [] }, t),
  "signed-out": (t) =>
    renderSignedOutPage({ frame: app, returnHref: "https://planner.example/", signInHref: "/ui/login" }, t),
  "request-expired": (t) => renderRequestExpiredPage({ frame: app, returnHref: "https://planner.example/" }, t),
  "form-post": (t) =>
    renderFormPostPage(
      {
        frame: plain,
        action: "https://planner.example/callback",
        fields: [
          ["code", "ac_1"],
          ["state", '"><b>'],
        ],
      },
      t,
    ),
  "request-unknown": (t) => renderRequestExpiredPage({ frame: plain }, t),
  "account-locked": (t) =>
    renderAccountStatePage({ frame: app, state: { is: "locked" }, account: vera, changeHref: "/ui/login" }, t),
  "account-inactive": (t) => renderAccountStatePage({ frame: app, state: { is: "inactive" }, account: arabic }, t),
  "account-unauthorized": (t) =>
    renderAccountStatePage(
      { frame: app, state: { is: "unauthorized" }, account: vera, changeHref: "/ui/login/name?id=1" },
      t,
    ),
  "oauth-error": (t) =>
    renderOAuthErrorPage(
      {
        frame: plain,
        reason: "redirectUri",
        error: "invalid_request",
        description: "redirect_uri is not registered for this client: https://planner.example/callback?from=elsewhere",
        reference: "01JD8M3E8Q2W6",
      },
      t,
    ),
  "oauth-error-client": (t) =>
    renderOAuthErrorPage({ frame: plain, reason: "clientUnknown", error: "invalid_client" }, t),
  "host-unknown": (t) =>
    renderHostUnknownPage({ frame: plain, host: "login.schaffhausen.example:8080", scheme: "http" }, t),
  "host-hostile": (t) =>
    renderHostUnknownPage({ frame: plain, host: '$(reboot)"><script>alert(1)</script>', scheme: "https" }, t),
  "not-found": (t) => renderNotFoundPage({ frame: plain, homeHref: "/" }, t),
  "too-many-requests": (t) => renderTooManyRequestsPage({ frame: plain, waitSeconds: 30 }, t),
  "server-error": (t) => renderServerErrorPage({ frame: plain, reference: "01JD8M3E8Q2W6", retryHref: "/ui/login" }, t),
};
