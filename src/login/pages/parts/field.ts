import { attributes, type Html, html } from "../../html.ts";

export type Field = {
  readonly name: string;
  readonly label: string;
  readonly autocomplete: string;
  readonly type?: "text" | "email" | "password";
  readonly value?: string | undefined;
  readonly hint?: string | undefined;
  /** what is wrong with this entry, shown below it */
  readonly error?: string | undefined;
  /** ids of texts elsewhere on the page that describe it */
  readonly describedBy?: readonly string[] | undefined;
  readonly isInvalid?: boolean | undefined;
  readonly hasFocus?: boolean | undefined;
  /** for names typed by hand: phones neither capitalise nor correct them */
  readonly isVerbatim?: boolean | undefined;
  readonly inputMode?: "email" | undefined;
};

const errorId = (name: string): string => `${name}-error`;

/** A labelled input with its hint and its error, tied together for screen readers. */
export function field(given: Field): Html {
  const { name, label, hint, error, type = "text" } = given;
  const hintId = `${name}-hint`;
  const describedBy = [...(given.describedBy ?? []), hint && hintId, error && errorId(name)].filter(Boolean).join(" ");
  const verbatim = given.isVerbatim ?? type === "password";
  const input = attributes({
    id: name,
    name,
    type,
    value: given.value,
    autocomplete: given.autocomplete,
    inputmode: given.inputMode,
    autocapitalize: verbatim && "none",
    autocorrect: verbatim && "off",
    spellcheck: verbatim && "false",
    required: true,
    "aria-invalid": (given.isInvalid === true || error !== undefined) && "true",
    "aria-describedby": describedBy !== "" && describedBy,
    autofocus: given.hasFocus === true,
  });
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${hint && html`<p class="hint" id="${hintId}">${hint}</p>`}
    <input ${input}>
    ${error && html`<p class="error" id="${errorId(name)}">${error}</p>`}
    </div>`;
}
