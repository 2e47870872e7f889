import { type Html, html } from "../html.ts";
import type { PlainKey } from "../i18n/message.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, type PageFrame } from "../layout.ts";
import { type Field, field } from "./parts/field.ts";
import { type FormModel, form, submitButton } from "./parts/form.ts";
import { type PasswordRule, type PasswordRules, passwordRules, passwordRulesId } from "./parts/password-rules.ts";
import { problemSummary } from "./parts/problem.ts";

const problems = {
  username: {
    required: "firstAdministrator.usernameRequired",
    taken: "firstAdministrator.usernameTaken",
    invalid: "firstAdministrator.usernameInvalid",
    tooLong: "firstAdministrator.tooLong",
  },
  givenName: { required: "firstAdministrator.givenNameRequired", tooLong: "firstAdministrator.tooLong" },
  familyName: { required: "firstAdministrator.familyNameRequired", tooLong: "firstAdministrator.tooLong" },
  email: {
    required: "firstAdministrator.emailRequired",
    invalid: "firstAdministrator.emailInvalid",
    tooLong: "firstAdministrator.tooLong",
  },
  password: {
    required: "firstAdministrator.passwordRequired",
    rules: "firstAdministrator.passwordRules",
    tooLong: "newPassword.tooLong",
  },
  repeat: { required: "firstAdministrator.repeatRequired", mismatch: "newPassword.mismatch" },
} as const satisfies Record<string, Record<string, PlainKey>>;

type Problems = typeof problems;
type FieldName = keyof Problems;

/** At most one problem for each field. */
export type FirstAdministratorProblems = { readonly [Name in FieldName]?: keyof Problems[Name] | undefined };

export type FirstAdministratorPage = FormModel & {
  readonly frame: PageFrame;
  readonly rules: PasswordRules;
  readonly unmetRules?: readonly PasswordRule[] | undefined;
  /** what was typed before; passwords are never sent back */
  readonly values?: { readonly [Name in Exclude<FieldName, "password" | "repeat">]?: string | undefined } | undefined;
  readonly problems?: FirstAdministratorProblems | undefined;
};

export const firstAdministratorFields = ["givenName", "familyName", "email", "username", "password", "repeat"] as const;

const shapes = {
  givenName: { label: "firstAdministrator.givenName", autocomplete: "given-name" },
  familyName: { label: "firstAdministrator.familyName", autocomplete: "family-name" },
  email: { label: "firstAdministrator.email", autocomplete: "email", type: "email", isVerbatim: true },
  username: { label: "firstAdministrator.username", autocomplete: "username", isVerbatim: true },
  password: { label: "firstAdministrator.password", autocomplete: "new-password", type: "password" },
  repeat: { label: "firstAdministrator.repeat", autocomplete: "new-password", type: "password" },
} as const satisfies Record<
  (typeof firstAdministratorFields)[number],
  { label: PlainKey; autocomplete: string; type?: Field["type"]; isVerbatim?: boolean }
>;

function errorKey<Name extends FieldName>(name: Name, found: FirstAdministratorProblems): PlainKey | undefined {
  const problem = found[name];
  if (problem === undefined) return undefined;
  const texts: Readonly<Record<string, PlainKey>> = problems[name];
  return texts[String(problem)];
}

export function renderFirstAdministratorPage(model: FirstAdministratorPage, t: Translator): Html {
  const { frame, values = {}, problems: found = {} } = model;
  const errorOf = (name: FieldName): string | undefined => {
    const key = errorKey(name, found);
    return key && t.text(key);
  };
  const errors = firstAdministratorFields.flatMap((name) => {
    const error = errorOf(name);
    return error === undefined ? [] : [{ name, error }];
  });
  const focus = errors[0]?.name ?? firstAdministratorFields[0];
  const input = (name: FieldName): Html =>
    field({
      ...shapes[name],
      name,
      label: t.text(shapes[name].label),
      value: name === "password" || name === "repeat" ? undefined : values[name],
      error: errorOf(name),
      describedBy: name === "password" ? [passwordRulesId] : undefined,
      hasFocus: name === focus,
    });
  const content = html`
    <div class="pair">${input("givenName")}${input("familyName")}</div>
    ${input("email")}
    ${input("username")}
    ${input("password")}
    ${passwordRules(model.rules, model.unmetRules ?? [], t)}
    ${input("repeat")}
    ${submitButton(t.text("firstAdministrator.submit"))}`;
  const body = html`
    <p class="lead">${t.text("firstAdministrator.intro")}</p>
    ${problemSummary(errors, t)}
    ${form(model, content)}`;
  return layout({ frame, t, title: t.text("firstAdministrator.title"), hasProblem: errors.length > 0, body });
}
