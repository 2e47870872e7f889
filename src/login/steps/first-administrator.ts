import type { FastifyReply } from "fastify";
import type { Run } from "../../kernel/command.ts";
import type { InstanceId, OrgId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { email, name } from "../../kernel/text.ts";
import type { AdminLinkReader } from "../../modules/admin-link/admin-link.queries.ts";
import { type RedeemAdminLinkSources, redeemAdminLink } from "../../modules/admin-link/redeem-admin-link.ts";
import { createSession } from "../../modules/session/create-session.ts";
import type { SessionSources } from "../../modules/session/write-session.ts";
import type { PoliciesOf } from "../../modules/settings/policies.events.ts";
import { brokenPasswordRules } from "../../modules/user/password-complexity.events.ts";
import {
  type FirstAdministratorProblems,
  type firstAdministratorFields,
  renderFirstAdministratorPage,
} from "../pages/first-administrator.ts";
import { renderFirstAdministratorLinkPage } from "../pages/first-administrator-link.ts";
import { loginPaths } from "../paths.ts";
import { rulesOf } from "../proceed.ts";
import { redirectTo, sendPage } from "../respond.ts";
import { formOf, type Visit } from "../visit.ts";

export type FirstAdministratorDeps = {
  readonly run: Run<RedeemAdminLinkSources & SessionSources>;
  readonly adminLinks: AdminLinkReader;
  readonly defaultOrgOf: (instanceId: InstanceId) => Promise<OrgId>;
  readonly policiesOf: PoliciesOf;
};

/** The query parameter of the link, and the form's hidden field, that hold the credential. */
const linkField = "token";

type Values = Readonly<Record<(typeof firstAdministratorFields)[number], string>>;

/** The form behind the one-time link, or why the link does not open it. */
export const askFirstAdministrator = async (deps: FirstAdministratorDeps, visit: Visit): Promise<FastifyReply> => {
  const opened = await deps.adminLinks.open(visit.ctx.instanceId, visit.sent[linkField] ?? "", visit.ctx.now);
  return opened.is === "open" ? sendForm(deps, visit, {}) : sendClosed(visit, opened.is);
};

/** The form was sent: makes the account, signs it in, and uses the link up. */
export const takeFirstAdministrator = async (deps: FirstAdministratorDeps, visit: Visit): Promise<FastifyReply> => {
  const { ctx, sent } = visit;
  const opened = await deps.adminLinks.open(ctx.instanceId, sent[linkField] ?? "", ctx.now);
  if (opened.is !== "open") return sendClosed(visit, opened.is);

  const values = valuesOf(sent);
  const { "password.complexity": complexity } = await deps.policiesOf(ctx, null);
  const unmetRules = brokenPasswordRules(complexity, values.password);
  const problems = problemsOf(values, unmetRules.length > 0);
  if (Object.keys(problems).length > 0) return sendForm(deps, visit, { values, problems, unmetRules });

  try {
    const { result } = await deps.run(redeemAdminLink, ctx, {
      linkId: opened.linkId,
      provenTokenId: opened.tokenId,
      orgId: await deps.defaultOrgOf(ctx.instanceId),
      person: {
        userName: values.username,
        givenName: values.givenName,
        familyName: values.familyName,
        email: values.email,
        // Whoever holds the server's terminal vouches for the address.
        emailVerification: "verified",
        password: { is: "plain", password: values.password },
      },
    });
    await deps.run(createSession, ctx, {
      checks: { user: { userId: result.userId }, password: { password: values.password } },
      userAgent: { fingerprintId: visit.browser, ip: ctx.client?.ip ?? null, description: null, header: {} },
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === "user.user_name_taken")
      return sendForm(deps, visit, { values, problems: { username: "taken" } });
    if (error.code === "admin_link.invalid") return sendClosed(visit, "used");
    throw error;
  }
  return redirectTo(visit.reply, loginPaths.login);
};

const valuesOf = (sent: Readonly<Record<string, string>>): Values => ({
  givenName: singleLine(sent.givenName),
  familyName: singleLine(sent.familyName),
  email: sent.email?.trim() ?? "",
  username: sent.username?.trim() ?? "",
  password: sent.password ?? "",
  repeat: sent.repeat ?? "",
});

/** Browsers send no control characters from a field of one line; what comes with some was not typed there. */
const singleLine = (value = ""): string => value.replace(/\p{Cc}+/gu, " ").trim();

const problemsOf = (values: Values, isWeak: boolean): FirstAdministratorProblems => {
  const tooLong = (value: string) => value.length > limits.nameChars;
  const nameProblem = (value: string) => (value === "" ? "required" : tooLong(value) ? "tooLong" : undefined);
  const found: FirstAdministratorProblems = {
    givenName: nameProblem(values.givenName),
    familyName: nameProblem(values.familyName),
    email: nameProblem(values.email) ?? (email.safeParse(values.email).success ? undefined : "invalid"),
    username: nameProblem(values.username) ?? (name().safeParse(values.username).success ? undefined : "invalid"),
    password:
      values.password === ""
        ? "required"
        : values.password.length > limits.passwordChars
          ? "tooLong"
          : isWeak
            ? "rules"
            : undefined,
    repeat: values.repeat === "" ? "required" : values.repeat === values.password ? undefined : "mismatch",
  };
  return Object.fromEntries(Object.entries(found).filter(([, problem]) => problem !== undefined));
};

type Found = Pick<Parameters<typeof renderFirstAdministratorPage>[0], "values" | "problems" | "unmetRules">;

const sendForm = async (deps: FirstAdministratorDeps, visit: Visit, found: Found): Promise<FastifyReply> => {
  const { "password.complexity": complexity } = await deps.policiesOf(visit.ctx, null);
  const model = {
    ...formOf(visit, loginPaths.firstAdministrator, { [linkField]: visit.sent[linkField] ?? "" }),
    rules: rulesOf(complexity),
    ...found,
  };
  return sendPage(visit.reply, renderFirstAdministratorPage(model, visit.t), {
    status: found.problems === undefined ? 200 : 422,
  });
};

const sendClosed = (visit: Visit, reason: "used" | "expired" | "unknown"): FastifyReply =>
  sendPage(
    visit.reply,
    renderFirstAdministratorLinkPage({ frame: visit.frame, reason, signInHref: loginPaths.login }, visit.t),
    { status: 410 },
  );
