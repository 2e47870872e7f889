import { type Html, html } from "../html.ts";
import { type Language, languages } from "./languages.ts";
import type { Catalogue, MessageKey, Parameter } from "./message.ts";

type Given<Key extends MessageKey, Value> = [Parameter<Key>] extends [never]
  ? []
  : [values: { readonly [Name in Parameter<Key>]: Name extends "count" ? number : Value }];

/** Says messages in one language. */
export type Translator = {
  readonly language: Language;
  readonly direction: "ltr" | "rtl";
  /** Plain text, which `html` escapes wherever it is put. */
  text<Key extends MessageKey>(key: Key, ...given: Given<Key, string>): string;
  /** Markup: the message and its string parameters are escaped, parameters that are markup stand as they are. */
  rich<Key extends MessageKey>(key: Key, ...given: Given<Key, string | Html>): Html;
};

type Values = Readonly<Record<string, string | number | Html>>;

function template(messages: Catalogue, rules: Intl.PluralRules, key: MessageKey, values: Values): string {
  const message = messages[key];
  if (typeof message === "string") return message;
  return message[rules.select(Number(values.count))] ?? message.other;
}

/** Splits `a {name} b` into texts and, at odd places, parameter names. */
const split = (text: string): readonly string[] => text.split(/\{(\w+)\}/);

export function translator(language: Language): Translator {
  const { direction, messages } = languages[language];
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  const shown = <Value>(value: Value | number | undefined): Value | string =>
    typeof value === "number" ? numbers.format(value) : (value ?? "");
  return {
    language,
    direction,
    text(key, ...given) {
      const values: Readonly<Record<string, string | number>> = given[0] ?? {};
      const pieces = split(template(messages, rules, key, values));
      return pieces.map((piece, index) => (index % 2 === 0 ? piece : shown(values[piece]))).join("");
    },
    rich(key, ...given) {
      const values: Values = given[0] ?? {};
      const pieces = split(template(messages, rules, key, values));
      return html`${pieces.map((piece, index) => (index % 2 === 0 ? piece : shown(values[piece])))}`;
    },
  };
}
