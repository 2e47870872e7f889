import { randomBytes, randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listedServices } from "../../tools/api-coverage.ts";
import { directoryOf, expirationDate, relyingParty, testPassword } from "../harness/client.ts";
import { expectConsistent } from "../harness/command.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";

/** Who calls. What is called on belongs to the organization "own" unless its row says otherwise. */
const callers = ["anonymous", "plain", "otherOwner", "owner", "loginClient", "instanceOwner"] as const;
type Caller = (typeof callers)[number];

const ok = "ok";
const who = "unauthenticated";
const no = "permission_denied";
const hidden = "not_found";
const wrong = "invalid_argument";
/** sending mails and messages comes later */
const unbuilt = "unimplemented";

/** What is called on; made anew for every call, so that no outcome depends on the one before. */
type Subject =
  | "instance"
  | "org"
  | "second org of the owner"
  | "inactive org of the owner"
  | "org with details"
  | "user"
  | "locked user"
  | "inactive user"
  | "unproven user"
  | "machine"
  | "plain caller"
  | "unproven plain caller"
  | "project"
  | "own project"
  | "inactive project"
  | "project with a role"
  | "application"
  | "own application"
  | "inactive application"
  | "application with keys"
  | "application key"
  | "session"
  | "session of the plain caller"
  | "auth request"
  | "web key"
  | "org with policies"
  | "org without policies"
  | "drafted look"
  | "email provider"
  | "smtp provider"
  | "sms provider"
  | "sms webhook"
  | "authorization"
  | "administrator";

type Row = {
  readonly on: Subject;
  readonly call: (id: string, world: World) => object | Promise<object>;
  /** in the order of `callers` */
  readonly gives: readonly [string, string, string, string, string, string];
};

const unique = () => `x${randomBytes(6).toString("hex")}`;
const person = (userName = unique()) => ({
  username: userName,
  profile: { givenName: "Grace", familyName: "Hopper" },
  email: { email: `${userName}@acme.example`, isVerified: true },
});
const detailDomain = (orgId: string) => `d${orgId}.example`;
const byUser = (userId: string) => ({ userId });
const freshEmail = (more: object) => ({ email: `${unique()}@acme.example`, ...more });
const freshPhone = (more: object) => ({ phone: `+49${randomInt(1e12)}`, ...more });
const codeOf = (more: object) => (userId: string) => ({ userId, ...more });
const withMetadata = (userId: string) => ({ userId, metadata: [{ key: "k", value: "djE=" }] });
const newPassword = { password: testPassword };
/** for whoever may write users, and for the user itself */
const ownRows = (call: Row["call"]): readonly Row[] => [
  { on: "user", call, gives: [who, no, no, ok, ok, ok] },
  { on: "plain caller", call, gives: [who, ok, no, ok, ok, ok] },
];
/** never for the user itself: its own address would be proven without its holder */
const provenRows = (call: (more: object) => Row["call"]): readonly Row[] => [
  { on: "plain caller", call: call({ isVerified: true }), gives: [who, no, no, ok, ok, ok] },
  { on: "plain caller", call: call({ returnCode: {} }), gives: [who, no, no, ok, ok, ok] },
];
const addressRows = (call: (more: object) => Row["call"]) => [...ownRows(call({})), ...provenRows(call)];
const codeRows: readonly Row[] = [
  { on: "unproven user", call: codeOf({ returnCode: {} }), gives: [who, no, no, ok, ok, ok] },
  { on: "unproven plain caller", call: codeOf({ returnCode: {} }), gives: [who, no, no, ok, ok, ok] },
  { on: "unproven user", call: codeOf({ sendCode: {} }), gives: [who, no, no, unbuilt, unbuilt, unbuilt] },
  { on: "unproven plain caller", call: codeOf({ sendCode: {} }), gives: [who, unbuilt, no, unbuilt, unbuilt, unbuilt] },
];
const verifyRows: readonly Row[] = [
  {
    on: "unproven user",
    call: (userId) => ({ userId, verificationCode: "NOT-IT" }),
    gives: [who, wrong, wrong, wrong, wrong, wrong],
  },
];
const ofOrg = (orgId: string) => ({ ctx: { orgId } });
const policyOfOrg = { on: "org", call: ofOrg, gives: [who, no, no, ok, ok, ok] } as const satisfies Row;

const onlyInstanceOwner = [who, no, no, no, no, ok] as const;
const keysOfInstance = (service: string): Readonly<Record<string, readonly Row[]>> => ({
  [`${service}/CreateWebKey`]: [{ on: "instance", call: () => ({ ed25519: {} }), gives: onlyInstanceOwner }],
  [`${service}/ActivateWebKey`]: [{ on: "web key", call: (id) => ({ id }), gives: onlyInstanceOwner }],
  [`${service}/DeleteWebKey`]: [{ on: "web key", call: (id) => ({ id }), gives: onlyInstanceOwner }],
  [`${service}/ListWebKeys`]: [{ on: "instance", call: () => ({}), gives: onlyInstanceOwner }],
});

const admin = (rpc: string) => `admin.v1.AdminService/${rpc}`;
const httpProvider = { endpoint: "https://hooks.example/mail", description: "ours" };
const smtpProvider = {
  host: "mail.example:587",
  tls: true,
  user: "munot",
  password: "mail-password",
  senderAddress: "id@acme.example",
  senderName: "Acme",
};
const twilioProvider = { sid: "AC1", token: "t", senderNumber: "+4912345678" };
const ofProvider = (on: Subject, more: object = {}, gives: Row["gives"] = onlyInstanceOwner): readonly Row[] => [
  { on, call: (id) => ({ id, ...more }), gives },
];
const atInstance = (message: object = {}, gives: Row["gives"] = onlyInstanceOwner): readonly Row[] => [
  { on: "instance", call: () => message, gives },
];
/** no server of the tests takes a test mail */
const notSent = [who, no, no, no, no, "failed_precondition"] as const;
const instanceReaders = [who, no, no, no, ok, ok] as const;
const noActive = [who, no, no, no, hidden, hidden] as const;
const testTo = { receiverAddress: "ada@acme.example" };
const providerRows: Readonly<Record<string, readonly Row[]>> = {
  [admin("ListEmailProviders")]: atInstance({}, instanceReaders),
  [admin("GetEmailProvider")]: atInstance({}, noActive),
  [admin("GetEmailProviderById")]: ofProvider("email provider", {}, instanceReaders),
  [admin("AddEmailProviderSMTP")]: atInstance(smtpProvider),
  [admin("UpdateEmailProviderSMTP")]: ofProvider("smtp provider", smtpProvider),
  [admin("UpdateEmailProviderSMTPPassword")]: ofProvider("smtp provider", { password: "x" }),
  [admin("AddEmailProviderHTTP")]: atInstance(httpProvider),
  [admin("UpdateEmailProviderHTTP")]: ofProvider("email provider", httpProvider),
  [admin("TestEmailProviderSMTP")]: atInstance({ ...smtpProvider, ...testTo }, notSent),
  [admin("TestEmailProviderSMTPById")]: atInstance({ id: "424242", ...testTo }, [who, no, no, no, no, hidden]),
  [admin("ActivateEmailProvider")]: ofProvider("email provider"),
  [admin("DeactivateEmailProvider")]: ofProvider("email provider"),
  [admin("RemoveEmailProvider")]: ofProvider("email provider"),
  [admin("ListSMTPConfigs")]: atInstance({}, instanceReaders),
  [admin("GetSMTPConfig")]: atInstance({}, noActive),
  [admin("GetSMTPConfigById")]: ofProvider("smtp provider", {}, instanceReaders),
  [admin("AddSMTPConfig")]: atInstance(smtpProvider),
  [admin("UpdateSMTPConfig")]: ofProvider("smtp provider", smtpProvider),
  [admin("UpdateSMTPConfigPassword")]: ofProvider("smtp provider", { password: "x" }),
  [admin("TestSMTPConfig")]: atInstance({ ...smtpProvider, ...testTo }, notSent),
  [admin("TestSMTPConfigById")]: atInstance({ id: "424242", ...testTo }, [who, no, no, no, no, hidden]),
  [admin("ActivateSMTPConfig")]: ofProvider("smtp provider"),
  [admin("DeactivateSMTPConfig")]: ofProvider("smtp provider"),
  [admin("RemoveSMTPConfig")]: ofProvider("smtp provider"),
  [admin("ListSMSProviders")]: atInstance({}, instanceReaders),
  [admin("GetSMSProvider")]: ofProvider("sms provider", {}, instanceReaders),
  [admin("AddSMSProviderTwilio")]: atInstance(twilioProvider),
  [admin("UpdateSMSProviderTwilio")]: ofProvider("sms provider", twilioProvider),
  [admin("UpdateSMSProviderTwilioToken")]: ofProvider("sms provider", { token: "other" }),
  [admin("AddSMSProviderHTTP")]: atInstance(httpProvider),
  [admin("UpdateSMSProviderHTTP")]: ofProvider("sms webhook", httpProvider),
  [admin("ActivateSMSProvider")]: ofProvider("sms provider"),
  [admin("DeactivateSMSProvider")]: ofProvider("sms provider"),
  [admin("RemoveSMSProvider")]: ofProvider("sms provider"),
};

const management = (rpc: string) => `management.v1.ManagementService/${rpc}`;
const policyWriters = [who, no, no, no, no, ok] as const;
/** colours, and nothing that is drafted yet */
const colours = { primaryColor: "#123456", backgroundColor: "#ffffff" };
const instancePolicyRows: Readonly<Record<string, readonly Row[]>> = {
  ...Object.fromEntries(
    [
      "GetLoginPolicy",
      "ListLoginPolicySecondFactors",
      "ListLoginPolicyMultiFactors",
      "GetPasswordComplexityPolicy",
      "GetPasswordAgePolicy",
      "GetLockoutPolicy",
      "GetPrivacyPolicy",
      "GetNotificationPolicy",
      "GetDomainPolicy",
      "GetLabelPolicy",
      "GetPreviewLabelPolicy",
      "GetSecurityPolicy",
    ].map((rpc) => [admin(rpc), atInstance({}, instanceReaders)]),
  ),
  [admin("UpdateLoginPolicy")]: atInstance({ allowUsernamePassword: true, passwordlessType: 1 }, policyWriters),
  [admin("AddSecondFactorToLoginPolicy")]: atInstance({ type: 1 }, policyWriters),
  [admin("RemoveSecondFactorFromLoginPolicy")]: [
    { on: "instance", call: () => ({ type: "SECOND_FACTOR_TYPE_OTP_SMS" }), gives: policyWriters },
  ],
  [admin("AddMultiFactorToLoginPolicy")]: atInstance({ type: 1 }, policyWriters),
  [admin("RemoveMultiFactorFromLoginPolicy")]: [
    { on: "instance", call: () => ({ type: "MULTI_FACTOR_TYPE_U2F_WITH_VERIFICATION" }), gives: policyWriters },
  ],
  [admin("UpdatePasswordComplexityPolicy")]: atInstance({ minLength: 8 }, policyWriters),
  [admin("UpdatePasswordAgePolicy")]: atInstance({ maxAgeDays: 0 }, policyWriters),
  [admin("UpdateLockoutPolicy")]: atInstance({ maxPasswordAttempts: 100 }, policyWriters),
  [admin("UpdatePrivacyPolicy")]: atInstance({ helpLink: "https://help.example" }, policyWriters),
  [admin("AddNotificationPolicy")]: atInstance({ passwordChange: true }, policyWriters),
  [admin("UpdateNotificationPolicy")]: atInstance({ passwordChange: true }, policyWriters),
  [admin("UpdateDomainPolicy")]: atInstance({ userLoginMustBeDomain: false }, policyWriters),
  [admin("GetCustomDomainPolicy")]: [{ on: "org", call: (orgId) => ({ orgId }), gives: instanceReaders }],
  [admin("AddCustomDomainPolicy")]: [
    { on: "org without policies", call: (orgId) => ({ orgId }), gives: policyWriters },
  ],
  [admin("UpdateCustomDomainPolicy")]: [
    { on: "org with policies", call: (orgId) => ({ orgId }), gives: policyWriters },
  ],
  [admin("ResetCustomDomainPolicyToDefault")]: [
    { on: "org with policies", call: (orgId) => ({ orgId }), gives: policyWriters },
  ],
  [admin("UpdateLabelPolicy")]: atInstance(colours, policyWriters),
  [admin("ActivateLabelPolicy")]: [{ on: "drafted look", call: () => ({}), gives: policyWriters }],
  ...Object.fromEntries(
    ["Logo", "LogoDark", "Icon", "IconDark", "Font"].map((asset) => [
      admin(`RemoveLabelPolicy${asset}`),
      atInstance({}, policyWriters),
    ]),
  ),
  [admin("SetSecurityPolicy")]: atInstance({}, policyWriters),
};

/** Policies that an organization may have of its own, by the names of their RPCs. */
const ownPolicies = {
  Login: { allowUsernamePassword: true, passwordlessType: 1 },
  PasswordComplexity: { minLength: 8 },
  PasswordAge: { maxAgeDays: 0 },
  Lockout: { maxPasswordAttempts: 100 },
  Privacy: { helpLink: "https://help.example" },
  Notification: { passwordChange: true },
  Label: colours,
} as const;
const inOrg = (on: Subject, gives: Row["gives"], message: object = {}): readonly Row[] => [
  { on, call: ($org) => ({ ...message, $org }), gives },
];
const orgReaders = [who, no, no, ok, ok, ok] as const;
const orgWriters = [who, no, no, ok, no, ok] as const;
const orgPolicyRows: Readonly<Record<string, readonly Row[]>> = {
  ...Object.fromEntries(
    Object.entries(ownPolicies).flatMap(([name, message]) => [
      [management(`Get${name}Policy`), inOrg("org", orgReaders)],
      // Defaults are for whoever may read policies anywhere.
      [management(`GetDefault${name}Policy`), atInstance({}, [who, no, ok, ok, ok, ok])],
      [management(`AddCustom${name}Policy`), inOrg("org without policies", orgWriters, message)],
      [management(`UpdateCustom${name}Policy`), inOrg("org with policies", orgWriters, message)],
      [management(`Reset${name}PolicyToDefault`), inOrg("org with policies", orgWriters)],
    ]),
  ),
  [management("GetDomainPolicy")]: inOrg("org", orgReaders),
  [management("GetPreviewLabelPolicy")]: inOrg("org", orgReaders),
  [management("ActivateCustomLabelPolicy")]: inOrg("org with policies", orgWriters),
  ...Object.fromEntries(
    ["Logo", "LogoDark", "Icon", "IconDark", "Font"].map((asset) => [
      management(`RemoveCustomLabelPolicy${asset}`),
      inOrg("org", orgWriters),
    ]),
  ),
  [management("ListLoginPolicySecondFactors")]: inOrg("org", orgReaders),
  [management("ListLoginPolicyMultiFactors")]: inOrg("org", orgReaders),
  [management("AddSecondFactorToLoginPolicy")]: inOrg("org with policies", orgWriters, {
    type: "SECOND_FACTOR_TYPE_OTP",
  }),
  [management("RemoveSecondFactorFromLoginPolicy")]: inOrg("org with policies", orgWriters, {
    type: "SECOND_FACTOR_TYPE_OTP",
  }),
  [management("AddMultiFactorToLoginPolicy")]: inOrg("org with policies", orgWriters, {
    type: "MULTI_FACTOR_TYPE_U2F_WITH_VERIFICATION",
  }),
  [management("RemoveMultiFactorFromLoginPolicy")]: inOrg("org with policies", orgWriters, {
    type: "MULTI_FACTOR_TYPE_U2F_WITH_VERIFICATION",
  }),
};

/** Every built RPC and what each caller gets: the one place to read who may do what. */
const table: Readonly<Record<string, readonly Row[]>> = {
  "user.v2.UserService/AddHumanUser": [
    {
      on: "org",
      call: (orgId) => ({ ...person(), organization: { orgId } }),
      gives: [who, no, no, ok, ok, ok],
    },
  ],
  "user.v2.UserService/CreateUser": [
    {
      on: "org",
      call: (organizationId) => ({ organizationId, human: person() }),
      gives: [who, no, no, ok, ok, ok],
    },
    {
      on: "org",
      call: (organizationId) => ({ organizationId, username: unique(), machine: { name: "robot" } }),
      gives: [who, no, no, ok, ok, ok],
    },
  ],
  "user.v2.UserService/GetUserByID": [
    { on: "user", call: byUser, gives: [who, hidden, hidden, ok, ok, ok] },
    { on: "plain caller", call: byUser, gives: [who, ok, hidden, ok, ok, ok] },
  ],
  "user.v2.UserService/ListUsers": [{ on: "instance", call: () => ({}), gives: [who, ok, ok, ok, ok, ok] }],
  "user.v2.UserService/DeleteUser": [
    { on: "user", call: byUser, gives: [who, no, no, ok, no, ok] },
    { on: "machine", call: byUser, gives: [who, no, no, ok, no, ok] },
  ],
  "user.v2.UserService/DeactivateUser": [{ on: "user", call: byUser, gives: [who, no, no, ok, ok, ok] }],
  "user.v2.UserService/ReactivateUser": [{ on: "inactive user", call: byUser, gives: [who, no, no, ok, ok, ok] }],
  "user.v2.UserService/LockUser": [{ on: "user", call: byUser, gives: [who, no, no, ok, ok, ok] }],
  "user.v2.UserService/UnlockUser": [{ on: "locked user", call: byUser, gives: [who, no, no, ok, ok, ok] }],
  "user.v2.UserService/UpdateUser": [
    ...ownRows((userId) => ({ userId, human: { profile: { nickName: unique() } } })),
    ...provenRows((more) => (userId) => ({ userId, human: { email: freshEmail(more) } })),
    { on: "machine", call: (userId) => ({ userId, machine: { name: "robot" } }), gives: [who, no, no, ok, ok, ok] },
  ],
  "user.v2.UserService/UpdateHumanUser": [
    ...ownRows((userId) => ({ userId, profile: { givenName: "Grace", familyName: "Hopper" } })),
    ...provenRows((more) => (userId) => ({ userId, phone: freshPhone(more) })),
  ],
  "user.v2.UserService/SetPassword": [
    { on: "user", call: (userId) => ({ userId, newPassword }), gives: [who, no, no, ok, ok, ok] },
    { on: "plain caller", call: (userId) => ({ userId, newPassword }), gives: [who, no, no, ok, ok, ok] },
    {
      on: "plain caller",
      call: (userId) => ({ userId, newPassword, currentPassword: testPassword }),
      gives: [who, ok, no, ok, ok, ok],
    },
  ],
  "user.v2.UserService/SetEmail": addressRows((more) => (userId) => ({ userId, ...freshEmail(more) })),
  "user.v2.UserService/ResendEmailCode": codeRows,
  "user.v2.UserService/SendEmailCode": codeRows,
  "user.v2.UserService/VerifyEmail": verifyRows,
  "user.v2.UserService/SetPhone": addressRows((more) => (userId) => ({ userId, ...freshPhone(more) })),
  "user.v2.UserService/RemovePhone": [
    { on: "unproven user", call: byUser, gives: [who, no, no, ok, ok, ok] },
    { on: "unproven plain caller", call: byUser, gives: [who, ok, no, ok, ok, ok] },
  ],
  "user.v2.UserService/ResendPhoneCode": codeRows,
  "user.v2.UserService/VerifyPhone": verifyRows,
  "user.v2.UserService/SetUserMetadata": [
    { on: "user", call: withMetadata, gives: [who, no, no, ok, ok, ok] },
    { on: "plain caller", call: withMetadata, gives: [who, no, no, ok, ok, ok] },
  ],
  "user.v2.UserService/ListUserMetadata": [
    { on: "user", call: byUser, gives: [who, hidden, hidden, ok, ok, ok] },
    { on: "plain caller", call: byUser, gives: [who, ok, hidden, ok, ok, ok] },
  ],
  "user.v2.UserService/DeleteUserMetadata": [
    { on: "user", call: (userId) => ({ userId, keys: ["k"] }), gives: [who, no, no, ok, ok, ok] },
    { on: "plain caller", call: (userId) => ({ userId, keys: ["k"] }), gives: [who, no, no, ok, ok, ok] },
  ],
  "user.v2.UserService/AddSecret": [{ on: "machine", call: byUser, gives: [who, no, no, ok, ok, ok] }],
  "user.v2.UserService/RemoveSecret": [{ on: "machine", call: byUser, gives: [who, no, no, ok, ok, ok] }],
  "user.v2.UserService/AddKey": [
    { on: "machine", call: (userId) => ({ userId, expirationDate }), gives: [who, no, no, ok, ok, ok] },
  ],
  "user.v2.UserService/RemoveKey": [
    { on: "machine", call: (userId) => ({ userId, keyId: "4711" }), gives: [who, no, no, ok, ok, ok] },
  ],
  "user.v2.UserService/ListKeys": [{ on: "instance", call: () => ({}), gives: [who, ok, ok, ok, ok, ok] }],
  "user.v2.UserService/RemovePersonalAccessToken": [
    { on: "machine", call: (userId) => ({ userId, tokenId: "4711" }), gives: [who, no, no, ok, ok, ok] },
  ],
  "user.v2.UserService/ListPersonalAccessTokens": [
    { on: "instance", call: () => ({}), gives: [who, ok, ok, ok, ok, ok] },
  ],
  "user.v2.UserService/AddPersonalAccessToken": [
    { on: "machine", call: (userId) => ({ userId, expirationDate }), gives: [who, no, no, ok, ok, ok] },
  ],
  "org.v2.OrganizationService/AddOrganization": [
    { on: "instance", call: () => ({ name: unique() }), gives: [who, no, no, no, no, ok] },
  ],
  "org.v2.OrganizationService/ListOrganizations": [
    { on: "instance", call: () => ({}), gives: [who, ok, ok, ok, ok, ok] },
  ],
  "org.v2beta.OrganizationService/CreateOrganization": [
    { on: "instance", call: () => ({ name: unique() }), gives: [who, no, no, no, no, ok] },
  ],
  "org.v2beta.OrganizationService/ListOrganizations": [
    { on: "instance", call: () => ({}), gives: [who, ok, ok, ok, ok, ok] },
  ],
  "org.v2beta.OrganizationService/UpdateOrganization": [
    { on: "second org of the owner", call: (id) => ({ id, name: unique() }), gives: [who, no, no, ok, no, ok] },
  ],
  "org.v2beta.OrganizationService/DeleteOrganization": [
    { on: "second org of the owner", call: (id) => ({ id }), gives: [who, no, no, ok, no, ok] },
  ],
  "org.v2beta.OrganizationService/DeactivateOrganization": [
    { on: "second org of the owner", call: (id) => ({ id }), gives: [who, no, no, ok, no, ok] },
  ],
  "org.v2beta.OrganizationService/ActivateOrganization": [
    { on: "inactive org of the owner", call: (id) => ({ id }), gives: [who, no, no, ok, no, ok] },
  ],
  "org.v2beta.OrganizationService/SetOrganizationMetadata": [
    {
      on: "org",
      call: (organizationId) => ({ organizationId, metadata: [{ key: unique(), value: "dGV4dA==" }] }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "org.v2beta.OrganizationService/ListOrganizationMetadata": [
    { on: "org with details", call: (organizationId) => ({ organizationId }), gives: [who, no, no, ok, ok, ok] },
  ],
  "org.v2beta.OrganizationService/DeleteOrganizationMetadata": [
    {
      on: "org with details",
      call: (organizationId) => ({ organizationId, keys: ["detail"] }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "org.v2beta.OrganizationService/AddOrganizationDomain": [
    {
      on: "org",
      call: (organizationId) => ({ organizationId, domain: `${unique()}.example` }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "org.v2beta.OrganizationService/ListOrganizationDomains": [
    { on: "org with details", call: (organizationId) => ({ organizationId }), gives: [who, no, no, ok, ok, ok] },
  ],
  "org.v2beta.OrganizationService/DeleteOrganizationDomain": [
    {
      on: "org with details",
      call: (organizationId) => ({ organizationId, domain: detailDomain(organizationId) }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "project.v2beta.ProjectService/CreateProject": [
    {
      on: "org",
      call: (organizationId) => ({ organizationId, name: unique() }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "project.v2beta.ProjectService/GetProject": [
    { on: "project", call: (id) => ({ id }), gives: [who, hidden, hidden, ok, ok, ok] },
  ],
  "project.v2beta.ProjectService/ListProjects": [
    { on: "instance", call: () => ({}), gives: [who, no, ok, ok, ok, ok] },
  ],
  "project.v2beta.ProjectService/UpdateProject": [
    { on: "own project", call: (id) => ({ id, name: unique() }), gives: [who, no, no, ok, no, ok] },
  ],
  "project.v2beta.ProjectService/DeleteProject": [
    { on: "own project", call: (id) => ({ id }), gives: [who, no, no, ok, no, ok] },
  ],
  "project.v2beta.ProjectService/DeactivateProject": [
    { on: "own project", call: (id) => ({ id }), gives: [who, no, no, ok, no, ok] },
  ],
  "project.v2beta.ProjectService/ActivateProject": [
    { on: "inactive project", call: (id) => ({ id }), gives: [who, no, no, ok, no, ok] },
  ],
  "project.v2beta.ProjectService/AddProjectRole": [
    {
      on: "own project",
      call: (projectId) => ({ projectId, roleKey: "writer", displayName: "Writer" }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "project.v2beta.ProjectService/UpdateProjectRole": [
    {
      on: "project with a role",
      call: (projectId) => ({ projectId, roleKey: "reader", displayName: "Reads" }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "project.v2beta.ProjectService/RemoveProjectRole": [
    {
      on: "project with a role",
      call: (projectId) => ({ projectId, roleKey: "reader" }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "project.v2beta.ProjectService/ListProjectRoles": [
    { on: "project with a role", call: (projectId) => ({ projectId }), gives: [who, no, ok, ok, ok, ok] },
  ],
  "app.v2beta.AppService/CreateApplication": [
    {
      on: "project",
      call: (projectId) => ({
        projectId,
        name: unique(),
        apiRequest: { authMethodType: "API_AUTH_METHOD_TYPE_BASIC" },
      }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "app.v2beta.AppService/GetApplication": [
    { on: "application", call: (id) => ({ id }), gives: [who, hidden, hidden, ok, ok, ok] },
  ],
  "app.v2beta.AppService/ListApplications": [
    { on: "project", call: (projectId) => ({ projectId }), gives: [who, ok, ok, ok, ok, ok] },
  ],
  "app.v2beta.AppService/UpdateApplication": [
    {
      on: "own application",
      call: (id, { projectId }) => ({ projectId, id, name: unique() }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  // ZITADEL gives this permission to owners of projects and of the instance, not to owners of organizations.
  "app.v2beta.AppService/DeleteApplication": [
    { on: "own application", call: (id, { projectId }) => ({ projectId, id }), gives: [who, no, no, no, no, ok] },
  ],
  "app.v2beta.AppService/DeactivateApplication": [
    { on: "own application", call: (id, { projectId }) => ({ projectId, id }), gives: [who, no, no, ok, no, ok] },
  ],
  "app.v2beta.AppService/ReactivateApplication": [
    { on: "inactive application", call: (id, { projectId }) => ({ projectId, id }), gives: [who, no, no, ok, no, ok] },
  ],
  "app.v2beta.AppService/RegenerateClientSecret": [
    {
      on: "own application",
      call: (applicationId, { projectId }) => ({ projectId, applicationId, isApi: true }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "munot.registration.v1.ClientRegistrationService/GetRegistrationPolicy": [
    { on: "instance", call: () => ({}), gives: [who, no, no, no, ok, ok] },
  ],
  "munot.registration.v1.ClientRegistrationService/SetRegistrationPolicy": [
    { on: "instance", call: () => ({ policy: {} }), gives: onlyInstanceOwner },
  ],
  "munot.registration.v1.ClientRegistrationService/CreateInitialAccessToken": [
    { on: "instance", call: () => ({ name: unique() }), gives: onlyInstanceOwner },
  ],
  "munot.registration.v1.ClientRegistrationService/ListInitialAccessTokens": [
    { on: "instance", call: () => ({}), gives: [who, no, no, no, ok, ok] },
  ],
  "munot.registration.v1.ClientRegistrationService/RemoveInitialAccessToken": [
    { on: "instance", call: () => ({ tokenId: "1" }), gives: [who, no, no, no, no, hidden] },
  ],
  "munot.consent.v1.ConsentService/ListConsents": [
    { on: "user", call: byUser, gives: [who, no, no, ok, ok, ok] },
    { on: "plain caller", call: byUser, gives: [who, ok, no, ok, ok, ok] },
  ],
  "munot.consent.v1.ConsentService/WithdrawConsent": [
    { on: "user", call: (userId) => ({ userId, applicationId: "1" }), gives: [who, no, no, ok, ok, ok] },
    {
      on: "plain caller",
      call: (userId) => ({ userId, applicationId: "1" }),
      gives: [who, ok, no, ok, ok, ok],
    },
  ],
  "munot.consent.v1.ConsentService/GiveConsent": [
    {
      on: "auth request",
      call: (authRequestId) => ({ authRequestId, sessionId: "1", sessionToken: "x" }),
      gives: [who, no, no, no, hidden, no],
    },
  ],
  "munot.application.v1.ClientSettingsService/GetClientSettings": [
    {
      on: "own application",
      call: (applicationId, { projectId }) => ({ projectId, applicationId }),
      gives: [who, hidden, hidden, ok, ok, ok],
    },
  ],
  "munot.application.v1.ClientSettingsService/SetClientSettings": [
    {
      on: "own application",
      call: (applicationId, { projectId }) => ({ projectId, applicationId, settings: { requireConsent: true } }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "app.v2beta.AppService/CreateApplicationKey": [
    {
      on: "application with keys",
      call: (appId, { projectId }) => ({ projectId, appId, expirationDate }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "app.v2beta.AppService/DeleteApplicationKey": [
    {
      on: "application key",
      call: async (id, { projectId, subject }) => ({
        id,
        projectId,
        applicationId: await subject("application with keys"),
      }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "app.v2beta.AppService/GetApplicationKey": [
    { on: "application key", call: (id) => ({ id }), gives: [who, hidden, hidden, ok, ok, ok] },
  ],
  "app.v2beta.AppService/ListApplicationKeys": [{ on: "instance", call: () => ({}), gives: [who, ok, ok, ok, ok, ok] }],
  "session.v2.SessionService/CreateSession": [
    { on: "user", call: (userId) => ({ checks: { user: { userId } } }), gives: [who, no, no, no, ok, ok] },
  ],
  "session.v2.SessionService/SetSession": [
    { on: "session", call: (sessionId) => ({ sessionId }), gives: [who, no, no, no, ok, ok] },
    { on: "session of the plain caller", call: (sessionId) => ({ sessionId }), gives: [who, no, no, no, ok, ok] },
  ],
  "session.v2.SessionService/GetSession": [
    { on: "session", call: (sessionId) => ({ sessionId }), gives: [who, no, no, ok, ok, ok] },
    { on: "session of the plain caller", call: (sessionId) => ({ sessionId }), gives: [who, ok, no, ok, ok, ok] },
  ],
  "session.v2.SessionService/ListSessions": [{ on: "instance", call: () => ({}), gives: [who, ok, ok, ok, ok, ok] }],
  "session.v2.SessionService/DeleteSession": [
    { on: "session", call: (sessionId) => ({ sessionId }), gives: [who, no, no, ok, ok, ok] },
    { on: "session of the plain caller", call: (sessionId) => ({ sessionId }), gives: [who, ok, no, ok, ok, ok] },
  ],
  "oidc.v2.OIDCService/GetAuthRequest": [
    { on: "auth request", call: (authRequestId) => ({ authRequestId }), gives: [who, no, no, no, ok, ok] },
  ],
  [admin("GetOIDCSettings")]: atInstance({}, instanceReaders),
  [admin("UpdateOIDCSettings")]: atInstance(),
  "oidc.v2.OIDCService/GetDeviceAuthorizationRequest": [
    { on: "instance", call: () => ({ userCode: "BDWP-HQPK" }), gives: [who, no, no, no, hidden, hidden] },
  ],
  "oidc.v2.OIDCService/AuthorizeOrDenyDeviceAuthorization": [
    {
      on: "instance",
      call: () => ({ deviceAuthorizationId: "291034567890123456", deny: {} }),
      gives: [who, no, no, no, hidden, no],
    },
  ],
  "oidc.v2.OIDCService/CreateCallback": [
    {
      on: "auth request",
      call: (authRequestId, { session }) => ({ authRequestId, session }),
      gives: [who, no, no, no, ok, no],
    },
    {
      on: "auth request",
      call: (authRequestId) => ({ authRequestId, error: { error: "ERROR_REASON_ACCESS_DENIED" } }),
      gives: [who, no, no, no, ok, no],
    },
  ],
  "feature.v2.FeatureService/GetSystemFeatures": [
    { on: "instance", call: () => ({}), gives: [who, ok, ok, ok, ok, ok] },
  ],
  "feature.v2.FeatureService/GetInstanceFeatures": [
    { on: "instance", call: () => ({}), gives: [who, ok, ok, ok, ok, ok] },
  ],
  "feature.v2.FeatureService/GetOrganizationFeatures": [
    { on: "org", call: (organizationId) => ({ organizationId }), gives: [who, ok, no, ok, ok, ok] },
  ],
  "feature.v2.FeatureService/GetUserFeatures": [
    { on: "user", call: byUser, gives: [who, hidden, hidden, ok, ok, ok] },
    { on: "plain caller", call: byUser, gives: [who, ok, hidden, ok, ok, ok] },
  ],
  "instance.v2beta.InstanceService/GetInstance": [
    { on: "instance", call: (_id, { instanceId }) => ({ instanceId }), gives: [who, no, no, no, ok, ok] },
  ],
  "instance.v2beta.InstanceService/UpdateInstance": [
    {
      on: "instance",
      call: (_id, { instanceId }) => ({ instanceId, instanceName: unique() }),
      gives: onlyInstanceOwner,
    },
  ],
  "instance.v2beta.InstanceService/AddCustomDomain": [
    {
      on: "instance",
      call: (_id, { instanceId }) => ({ instanceId, domain: `${unique()}.example.com` }),
      gives: [who, no, no, no, no, no],
    },
  ],
  "instance.v2beta.InstanceService/RemoveCustomDomain": [
    {
      on: "instance",
      call: (_id, { instanceId }) => ({ instanceId, domain: `${unique()}.example.com` }),
      gives: [who, no, no, no, no, no],
    },
  ],
  "instance.v2beta.InstanceService/ListCustomDomains": [
    { on: "instance", call: (_id, { instanceId }) => ({ instanceId }), gives: [who, no, no, no, ok, ok] },
  ],
  "instance.v2beta.InstanceService/AddTrustedDomain": [
    {
      on: "instance",
      call: (_id, { instanceId }) => ({ instanceId, domain: `${unique()}.example.com` }),
      gives: onlyInstanceOwner,
    },
  ],
  "instance.v2beta.InstanceService/RemoveTrustedDomain": [
    {
      on: "instance",
      call: (_id, { instanceId }) => ({ instanceId, domain: `${unique()}.example.com` }),
      gives: onlyInstanceOwner,
    },
  ],
  "instance.v2beta.InstanceService/ListTrustedDomains": [
    { on: "instance", call: (_id, { instanceId }) => ({ instanceId }), gives: [who, no, no, no, ok, ok] },
  ],
  "internal_permission.v2beta.InternalPermissionService/CreateAdministrator": [
    {
      on: "instance",
      call: async (_id, world) => ({
        userId: await world.subject("user"),
        resource: { instance: true },
        roles: ["IAM_OWNER_VIEWER"],
      }),
      gives: [who, no, no, no, ok, ok],
    },
    {
      on: "org",
      call: async (organizationId, world) => ({
        userId: await world.subject("user"),
        resource: { organizationId },
        roles: ["ORG_OWNER"],
      }),
      gives: [who, no, no, ok, ok, ok],
    },
    {
      on: "project",
      call: async (projectId, world) => ({
        userId: await world.subject("user"),
        resource: { projectId },
        roles: ["PROJECT_OWNER"],
      }),
      gives: [who, no, no, ok, ok, ok],
    },
  ],
  "internal_permission.v2beta.InternalPermissionService/UpdateAdministrator": [
    {
      on: "administrator",
      call: async (userId, world) => ({
        userId,
        resource: { organizationId: await world.subject("org") },
        roles: ["ORG_USER_MANAGER"],
      }),
      gives: [who, no, no, ok, ok, ok],
    },
  ],
  "internal_permission.v2beta.InternalPermissionService/DeleteAdministrator": [
    {
      on: "administrator",
      call: async (userId, world) => ({ userId, resource: { organizationId: await world.subject("org") } }),
      gives: [who, no, no, ok, no, ok],
    },
  ],
  "internal_permission.v2beta.InternalPermissionService/ListAdministrators": [
    { on: "instance", call: () => ({}), gives: [who, ok, ok, ok, ok, ok] },
  ],
  "authorization.v2beta.AuthorizationService/CreateAuthorization": [
    {
      on: "project",
      call: async (projectId, world) => ({ projectId, userId: await world.subject("user"), roleKeys: [] }),
      gives: [who, no, no, ok, ok, ok],
    },
  ],
  "authorization.v2beta.AuthorizationService/UpdateAuthorization": [
    { on: "authorization", call: (id) => ({ id, roleKeys: [] }), gives: [who, no, no, ok, ok, ok] },
  ],
  "authorization.v2beta.AuthorizationService/ActivateAuthorization": [
    { on: "authorization", call: (id) => ({ id }), gives: [who, no, no, ok, ok, ok] },
  ],
  "authorization.v2beta.AuthorizationService/DeactivateAuthorization": [
    { on: "authorization", call: (id) => ({ id }), gives: [who, no, no, ok, ok, ok] },
  ],
  "authorization.v2beta.AuthorizationService/DeleteAuthorization": [
    { on: "authorization", call: (id) => ({ id }), gives: [who, no, no, ok, no, ok] },
  ],
  "authorization.v2beta.AuthorizationService/ListAuthorizations": [
    { on: "instance", call: () => ({}), gives: [who, ok, ok, ok, ok, ok] },
  ],
  ...providerRows,
  ...instancePolicyRows,
  ...orgPolicyRows,
  ...keysOfInstance("webkey.v2.WebKeyService"),
  ...keysOfInstance("webkey.v2beta.WebKeyService"),
  "settings.v2.SettingsService/GetGeneralSettings": [
    { on: "instance", call: () => ({}), gives: [who, no, ok, ok, ok, ok] },
  ],
  "settings.v2.SettingsService/GetLoginSettings": [
    policyOfOrg,
    { on: "instance", call: () => ({ ctx: { instance: true } }), gives: [who, no, ok, ok, ok, ok] },
  ],
  "settings.v2.SettingsService/GetPasswordComplexitySettings": [policyOfOrg],
  "settings.v2.SettingsService/GetPasswordExpirySettings": [policyOfOrg],
  "settings.v2.SettingsService/GetBrandingSettings": [policyOfOrg],
  "settings.v2.SettingsService/GetDomainSettings": [policyOfOrg],
  "settings.v2.SettingsService/GetLegalAndSupportSettings": [policyOfOrg],
  "settings.v2.SettingsService/GetLockoutSettings": [policyOfOrg],
  "settings.v2.SettingsService/GetActiveIdentityProviders": [policyOfOrg],
  "settings.v2.SettingsService/GetSecuritySettings": [
    { on: "instance", call: () => ({}), gives: [who, no, no, no, ok, ok] },
  ],
  "settings.v2.SettingsService/SetSecuritySettings": [
    { on: "instance", call: () => ({}), gives: [who, no, no, no, no, ok] },
  ],
};

/** Names of everything that a caller finds when it asks for all; `null`: refused. Own rows are always there. */
const lists: Readonly<Record<string, Readonly<Record<Exclude<Caller, "anonymous">, readonly string[] | null>>>> = {
  organizations: {
    plain: [],
    otherOwner: ["other"],
    owner: ["own"],
    loginClient: ["Munot", "other", "own"],
    instanceOwner: ["Munot", "other", "own"],
  },
  users: {
    plain: ["plain"],
    otherOwner: ["boss-other"],
    owner: ["boss-own", "plain", "robot-own"],
    loginClient: ["boss-other", "boss-own", "login-client", "owner", "plain", "robot-own"],
    instanceOwner: ["boss-other", "boss-own", "login-client", "owner", "plain", "robot-own"],
  },
  projects: {
    plain: null,
    otherOwner: ["project-other"],
    owner: ["project-own"],
    loginClient: ["ZITADEL", "project-other", "project-own"],
    instanceOwner: ["ZITADEL", "project-other", "project-own"],
  },
  applications: {
    plain: [],
    otherOwner: [],
    owner: ["app-own"],
    loginClient: ["app-own"],
    instanceOwner: ["app-own"],
  },
  administrators: {
    plain: [],
    otherOwner: ["boss-other"],
    owner: ["boss-own"],
    loginClient: ["boss-other", "boss-own", "login-client", "owner"],
    instanceOwner: ["boss-other", "boss-own", "login-client", "owner"],
  },
  authorizations: {
    plain: ["plain"],
    otherOwner: ["boss-other"],
    owner: ["plain"],
    loginClient: ["boss-other", "plain"],
    instanceOwner: ["boss-other", "plain"],
  },
  sessions: {
    plain: ["plain"],
    otherOwner: ["boss-other"],
    owner: ["boss-own", "plain"],
    loginClient: ["boss-other", "boss-own", "plain"],
    instanceOwner: ["boss-other", "boss-own", "plain"],
  },
};

type World = {
  readonly instanceId: string;
  readonly bearers: Readonly<Record<Caller, string | null>>;
  readonly session: { readonly sessionId: string; readonly sessionToken: string };
  /** signs the plain caller in anew: a changed password ends the sessions from before */
  readonly signPlainIn: () => Promise<World["session"]>;
  readonly subject: (kind: Subject) => Promise<string>;
  readonly projectId: string;
};

const buildWorld = async (munot: RunningMunot): Promise<World> => {
  const directory = directoryOf(munot);
  const { must, call } = directory;
  const addOrgWithOwner = async (name: string) => {
    const admin = `boss-${name}`;
    const made = await must(munot.ownerPat, "org.v2.OrganizationService/AddOrganization", {
      name,
      admins: [{ human: { ...person(admin), password: { password: testPassword, changeRequired: false } } }],
    });
    // AddOrganization answers with one entry for each admin that it made.
    const [created] = made.createdAdmins as readonly { readonly userId: string }[];
    const userId = created?.userId ?? "";
    const session = await directory.addSession(userId);
    return { orgId: String(made.organizationId), userId, bearer: session.sessionToken };
  };
  const own = await addOrgWithOwner("own");
  const other = await addOrgWithOwner("other");
  const plainId = await directory.addUser(own.orgId, { userName: "plain" });
  const plainSession = await directory.addSession(plainId);
  const robot = await directory.addMachine(own.orgId, "robot-own");
  await directory.addPat(robot);
  const projectId = await directory.addProject(own.orgId, "project-own");
  const otherProjectId = await directory.addProject(other.orgId, "project-other");
  const client = await directory.addClient(projectId, "app-own");

  const act = async (method: string, message: object, key: string) =>
    String((await must(munot.ownerPat, method, message))[key]);
  /** Only a few may stand at a time: those of earlier calls go first. */
  const freshProvider = async (channel: "Email" | "SMS", add: string, message: object): Promise<string> => {
    const { result } = await must(munot.ownerPat, admin(`List${channel}Providers`), {});
    for (const { id } of (result ?? []) as readonly { readonly id: string }[]) {
      await must(munot.ownerPat, admin(`Remove${channel}Provider`), { id });
    }
    return act(admin(add), message, "id");
  };
  const unproven = async (userId: string) => {
    await must(munot.ownerPat, "user.v2.UserService/SetEmail", { userId, ...freshEmail({}) });
    await must(munot.ownerPat, "user.v2.UserService/SetPhone", { userId, ...freshPhone({}) });
    return userId;
  };
  const addAuthorization = (project: string, userId: string) =>
    act(
      "authorization.v2beta.AuthorizationService/CreateAuthorization",
      { projectId: project, userId, roleKeys: [] },
      "id",
    );
  await addAuthorization(projectId, plainId);
  await addAuthorization(otherProjectId, other.userId);
  const freshUser = () => directory.addUser(own.orgId, { userName: unique(), password: null });
  const freshSession = (userId: string) =>
    act("session.v2.SessionService/CreateSession", { checks: { user: { userId } } }, "sessionId");
  const freshProject = () => directory.addProject(own.orgId, unique());
  const secondOrg = () =>
    act(
      "org.v2beta.OrganizationService/CreateOrganization",
      { name: unique(), admins: [{ userId: own.userId }] },
      "id",
    );
  const freshApp = (method: "BASIC" | "PRIVATE_KEY_JWT") =>
    act(
      "app.v2beta.AppService/CreateApplication",
      { projectId, name: unique(), apiRequest: { authMethodType: `API_AUTH_METHOD_TYPE_${method}` } },
      "appId",
    );
  let keyed: Promise<string> | null = null;
  const keyedApp = () => (keyed ??= freshApp("PRIVATE_KEY_JWT"));
  const subjects: Readonly<Record<Subject, () => Promise<string>>> = {
    instance: async () => "",
    org: async () => own.orgId,
    "second org of the owner": secondOrg,
    "inactive org of the owner": async () => {
      const id = await secondOrg();
      await must(munot.ownerPat, "org.v2beta.OrganizationService/DeactivateOrganization", { id });
      return id;
    },
    "org with details": async () => {
      const organizationId = await secondOrg();
      const metadata = [{ key: "detail", value: "dGV4dA==" }];
      await must(munot.ownerPat, "org.v2beta.OrganizationService/SetOrganizationMetadata", {
        organizationId,
        metadata,
      });
      await must(munot.ownerPat, "org.v2beta.OrganizationService/AddOrganizationDomain", {
        organizationId,
        domain: detailDomain(organizationId),
      });
      return organizationId;
    },
    user: freshUser,
    "locked user": async () => {
      const userId = await freshUser();
      await must(munot.ownerPat, "user.v2.UserService/LockUser", { userId });
      return userId;
    },
    "inactive user": async () => {
      const userId = await freshUser();
      await must(munot.ownerPat, "user.v2.UserService/DeactivateUser", { userId });
      return userId;
    },
    "unproven user": async () => unproven(await freshUser()),
    machine: () => directory.addMachine(own.orgId, unique()),
    "plain caller": async () => plainId,
    "unproven plain caller": () => unproven(plainId),
    project: async () => projectId,
    "own project": freshProject,
    "inactive project": async () => {
      const id = await freshProject();
      await must(munot.ownerPat, "project.v2beta.ProjectService/DeactivateProject", { id });
      return id;
    },
    "project with a role": async () => {
      const id = await freshProject();
      const added = { projectId: id, roleKey: "reader", displayName: "Reader" };
      await must(munot.ownerPat, "project.v2beta.ProjectService/AddProjectRole", added);
      return id;
    },
    application: async () => client.appId,
    "own application": () => freshApp("BASIC"),
    "inactive application": async () => {
      const id = await freshApp("BASIC");
      await must(munot.ownerPat, "app.v2beta.AppService/DeactivateApplication", { projectId, id });
      return id;
    },
    "application with keys": keyedApp,
    "application key": async () =>
      act("app.v2beta.AppService/CreateApplicationKey", { projectId, appId: await keyedApp(), expirationDate }, "id"),
    session: async () => freshSession(await freshUser()),
    "session of the plain caller": () => freshSession(plainId),
    administrator: async () => {
      const userId = await freshUser();
      await must(munot.ownerPat, "internal_permission.v2beta.InternalPermissionService/CreateAdministrator", {
        userId,
        resource: { organizationId: own.orgId },
        roles: ["ORG_OWNER_VIEWER"],
      });
      return userId;
    },
    authorization: async () => addAuthorization(projectId, await freshUser()),
    "org with policies": async () => {
      const $org = await subjects.org();
      // The organization is the owner's only one: what an earlier row did to its policies does not matter.
      for (const [name, message] of Object.entries(ownPolicies)) {
        await call(munot.ownerPat, management(`AddCustom${name}Policy`), { ...message, $org });
        await call(munot.ownerPat, management(`UpdateCustom${name}Policy`), { ...message, $org });
      }
      await call(munot.ownerPat, admin("AddCustomDomainPolicy"), { orgId: $org });
      return $org;
    },
    "org without policies": async () => {
      const $org = await subjects.org();
      for (const name of Object.keys(ownPolicies)) {
        await call(munot.ownerPat, management(`Reset${name}PolicyToDefault`), { $org });
      }
      await call(munot.ownerPat, admin("ResetCustomDomainPolicyToDefault"), { orgId: $org });
      return $org;
    },
    "drafted look": async () => {
      await must(munot.ownerPat, admin("UpdateLabelPolicy"), colours);
      return "";
    },
    "email provider": () => freshProvider("Email", "AddEmailProviderHTTP", httpProvider),
    "smtp provider": () => freshProvider("Email", "AddEmailProviderSMTP", smtpProvider),
    "sms provider": () => freshProvider("SMS", "AddSMSProviderTwilio", twilioProvider),
    "sms webhook": () => freshProvider("SMS", "AddSMSProviderHTTP", httpProvider),
    "web key": () => act("webkey.v2.WebKeyService/CreateWebKey", { ed25519: {} }, "id"),
    "auth request": () => relyingParty(munot.url, client).begin(),
  };
  // What no organization owns belongs to the instance.
  const { details } = await must(munot.ownerPat, "settings.v2.SettingsService/GetLoginSettings", {
    ctx: { instance: true },
  });
  return {
    instanceId: String(Object(details).resourceOwner),
    bearers: {
      anonymous: null,
      plain: plainSession.sessionToken,
      otherOwner: other.bearer,
      owner: own.bearer,
      loginClient: munot.loginClientPat,
      instanceOwner: munot.ownerPat,
    },
    session: plainSession,
    signPlainIn: () => directory.addSession(plainId),
    subject: (kind) => subjects[kind](),
    projectId,
  };
};

/** Every RPC that the server is started with; the table above must have a row for each. */
const builtRpcs = async (): Promise<readonly string[]> =>
  (await listedServices()).flatMap(({ desc, methods }) =>
    desc.methods
      .filter((method) => methods.has(method.localName))
      .map((method) => `${desc.typeName.replace(/^zitadel\./, "")}/${method.name}`),
  );

test("every built RPC stands in the table, and nothing else does", async () => {
  expect(Object.keys(table).sort()).toEqual([...(await builtRpcs())].sort());
});

onEachDatabase("permissions", (database) => {
  let munot: RunningMunot;
  let world: World;
  const { call } = {
    call: (...args: Parameters<ReturnType<typeof directoryOf>["call"]>) => directoryOf(munot).call(...args),
  };
  beforeAll(async () => {
    munot = await startMunot({ database });
    world = await buildWorld(munot);
  });
  afterAll(() => munot?.stop());

  const listed = {
    organizations: ["org.v2.OrganizationService/ListOrganizations", "result", "name"],
    users: ["user.v2.UserService/ListUsers", "result", "username"],
    projects: ["project.v2beta.ProjectService/ListProjects", "projects", "name"],
    applications: ["app.v2beta.AppService/ListApplications", "applications", "name"],
    administrators: [
      "internal_permission.v2beta.InternalPermissionService/ListAdministrators",
      "administrators",
      "user.preferredLoginName",
    ],
    authorizations: [
      "authorization.v2beta.AuthorizationService/ListAuthorizations",
      "authorizations",
      "user.preferredLoginName",
    ],
    sessions: ["session.v2.SessionService/ListSessions", "sessions", "factors.user.loginName"],
  } as const;

  // Before the matrix below adds rows of its own.
  describe.each(Object.entries(listed))("a list of %s", (name, [method, field, label]) => {
    test.each(Object.entries(lists[name] ?? {}))(
      "shows %s what it may read, and counts only that",
      async (caller, names) => {
        // The keys of the table above are callers.
        const bearer = world.bearers[caller as Caller];
        const answer = await call(bearer, method, { projectId: world.projectId });
        if (names === null) return expect(answer.code).toBe(no);
        const rows = (answer.body[field] ?? []) as readonly Record<string, unknown>[];
        const shown = rows.map((row) => label.split(".").reduce<unknown>((at, key) => Object(at)[key], row));
        expect([...shown].sort()).toEqual([...names]);
        const counted = (answer.body.details ?? answer.body.pagination) as
          | { readonly totalResult?: string }
          | undefined;
        expect(Number(counted?.totalResult ?? 0)).toBe(names.length);
      },
    );
  });

  describe.each(Object.entries(table))("%s", (method, rows) => {
    test.each(rows.map((row, index) => [index, row.on, row] as const))("row %i, on %s", async (_index, on, row) => {
      const outcomes: string[] = [];
      const session = await world.signPlainIn();
      const bearers = { ...world.bearers, plain: session.sessionToken };
      const ask = async (caller: Caller, id: string) =>
        call(bearers[caller], method, await row.call(id, { ...world, session }));
      for (const caller of callers) {
        const id = await world.subject(on);
        const answer = await ask(caller, id);
        outcomes.push(answer.code);
        if (answer.code === ok || answer.code === unbuilt || on === "instance") continue;
        // Who is refused learns nothing from the answer: for an object that does not exist it is the same.
        const unknown = on === "auth request" ? "V2_424242424242424242" : "424242424242424242";
        const same = await ask(caller, unknown);
        expect([caller, same]).toEqual([caller, answer]);
      }
      expect(Object.fromEntries(callers.map((caller, at) => [caller, outcomes[at]]))).toEqual(
        Object.fromEntries(callers.map((caller, at) => [caller, row.gives[at]])),
      );
    });
  });

  test("an organization named in the header is a wish, never a permission", async () => {
    const orgId = await world.subject("org");
    const ask = async (method: string, message: object) => {
      const answer = await fetch(`${munot.url}/zitadel.${method}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-zitadel-orgid": orgId,
          authorization: `Bearer ${world.bearers.otherOwner}`,
        },
        body: JSON.stringify(message),
      });
      return { status: answer.status, text: await answer.text() };
    };
    expect((await ask("user.v2.UserService/AddHumanUser", person())).status).toBe(403);
    expect((await ask("user.v2.UserService/ListUsers", {})).text).not.toContain("boss-own");
    expect((await ask("org.v2.OrganizationService/ListOrganizations", {})).text).not.toContain(orgId);
  });

  test("after all these calls the read tables are what the log says", () => expectConsistent(munot));
});
