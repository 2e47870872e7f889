import { type Html, html } from "../html.ts";
import type { PlainKey } from "../i18n/message.ts";
import type { Translator } from "../i18n/translator.ts";
import { continueTo, layout, type PageFrame } from "../layout.ts";
import { field } from "./parts/field.ts";
import { asideLink, type FormModel, form, submitButton } from "./parts/form.ts";
import { problemAlert, problemId } from "./parts/problem.ts";

const problems = {
  required: "loginName.required",
  unknown: "loginName.unknown",
  inactive: "loginName.inactive",
} as const satisfies Record<string, PlainKey>;

export type LoginNamePage = FormModel & {
  readonly frame: PageFrame;
  /** what was typed before, or the client's `login_hint` */
  readonly loginName?: string | undefined;
  readonly problem?: keyof typeof problems | undefined;
  /** the account choice, when this browser has accounts */
  readonly accountsHref?: string | undefined;
};

export const loginNameFields = { loginName: "loginName" } as const;

export function renderLoginNamePage(model: LoginNamePage, t: Translator): Html {
  const { frame, problem } = model;
  const title = t.text("loginName.title");
  const content = html`
    ${field({
      name: loginNameFields.loginName,
      label: t.text("loginName.label"),
      hint: t.text("loginName.hint"),
      value: model.loginName,
      autocomplete: "username webauthn",
      inputMode: "email",
      isVerbatim: true,
      isInvalid: problem !== undefined,
      describedBy: problem && [problemId],
      hasFocus: true,
    })}
    ${submitButton(t.text("loginName.submit"))}`;
  const body = html`
    ${continueTo(frame, t)}
    ${problem && problemAlert(t.text(problems[problem]))}
    ${form(model, content)}
    ${asideLink(t.text("loginName.chooseAccount"), model.accountsHref)}`;
  return layout({ frame, t, title, hasProblem: problem !== undefined, body });
}
