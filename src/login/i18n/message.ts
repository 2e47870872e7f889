import type { en } from "./en.ts";

/** A text by number: the forms that the language has (Unicode CLDR), chosen by `{count}`. */
export type Plural = { readonly other: string } & Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>;

/** A text with `{parameters}`, or one per plural form. */
export type Message = string | Plural;

type Parameters<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Parameters<Rest> : never;

/** The parameters a message needs, read from its text. */
export type ParametersOf<Given> = Given extends string
  ? Parameters<Given>
  : Given extends Plural
    ? "count" | Parameters<Given["other"]>
    : never;

/** English is the catalogue that the others are measured by. */
export type MessageKey = keyof typeof en;
export type Parameter<Key extends MessageKey> = ParametersOf<(typeof en)[Key]>;
/** The messages that need nothing: for tables from a closed set to what is said about it. */
export type PlainKey = { [Key in MessageKey]: [Parameter<Key>] extends [never] ? Key : never }[MessageKey];

export type Catalogue = Readonly<Record<MessageKey, Message>>;

type Same<Left, Right> = [Left] extends [Right] ? ([Right] extends [Left] ? true : false) : false;

/** The given message if it has English's parameters, else an explanation that no message can have as its type. */
type Fitting<Key, Given> = Key extends MessageKey
  ? Same<ParametersOf<Given>, Parameter<Key>> extends true
    ? Given
    : { readonly "expected parameters": Parameter<Key> }
  : never;

/** A translation: a missing key, an unknown key or another set of parameters does not compile. */
export const catalogue = <const Given extends Readonly<Record<string, Message>>>(
  messages: { [Key in keyof Given]: Fitting<Key, Given[Key]> } & Catalogue,
): Catalogue => messages;
