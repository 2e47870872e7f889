import { de } from "./de.ts";
import { en } from "./en.ts";
import type { Catalogue } from "./message.ts";

type LanguageEntry = { readonly name: string; readonly direction: "ltr" | "rtl"; readonly messages: Catalogue };

/** Every language the pages speak: its name in itself, the direction of its script, its texts. */
export const languages = {
  en: { name: "English", direction: "ltr", messages: en },
  de: { name: "Deutsch", direction: "ltr", messages: de },
} as const satisfies Record<string, LanguageEntry>;

export type Language = keyof typeof languages;

export const isLanguage = (value: string): value is Language => Object.hasOwn(languages, value);

// Object.keys is typed as string[]; the filter gives the narrow type back.
export const languageCodes: readonly Language[] = Object.keys(languages).filter(isLanguage);
