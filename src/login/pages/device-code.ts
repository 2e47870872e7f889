import { type Html, html } from "../html.ts";
import type { PlainKey } from "../i18n/message.ts";
import type { Translator } from "../i18n/translator.ts";
import { layout, type PageFrame } from "../layout.ts";
import { field } from "./parts/field.ts";
import { type FormModel, form, submitButton } from "./parts/form.ts";
import { problemAlert, problemId } from "./parts/problem.ts";

const problems = {
  required: "device.required",
  unknown: "device.unknown",
} as const satisfies Record<string, PlainKey>;

export type DeviceCodePage = FormModel & {
  readonly frame: PageFrame;
  /** what was typed before, or what the device put into its link */
  readonly userCode?: string | undefined;
  readonly problem?: keyof typeof problems | undefined;
};

export const deviceCodeFields = { userCode: "user_code" } as const;

/** RFC 8628 §3.3: the person types in what the device shows, or compares it with what its link brought (§3.3.1). */
export function renderDeviceCodePage(model: DeviceCodePage, t: Translator): Html {
  const { frame, problem } = model;
  const content = html`
    ${field({
      name: deviceCodeFields.userCode,
      label: t.text("device.label"),
      hint: t.text("device.hint"),
      value: model.userCode,
      autocomplete: "off",
      isVerbatim: true,
      isInvalid: problem !== undefined,
      describedBy: problem && [problemId],
      hasFocus: true,
    })}
    ${submitButton(t.text("device.submit"))}`;
  const body = html`
    <p class="lead">${t.text("device.text")}</p>
    ${problem && problemAlert(t.text(problems[problem]))}
    ${form(model, content)}`;
  return layout({ frame, t, title: t.text("device.title"), hasProblem: problem !== undefined, body });
}
