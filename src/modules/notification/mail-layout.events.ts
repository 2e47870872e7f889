import { fill } from "./fill.events.ts";
import type { MessageText, MessageValues } from "./message.events.ts";

/** How a mail looks: the colours and the logo of the organization or the instance. */
export type MailLook = {
  readonly primaryColor: string;
  readonly backgroundColor: string;
  readonly fontColor: string;
  /** absolute URL, or "" */
  readonly logoUrl: string;
  readonly orgName: string;
};

export const plainLook: MailLook = {
  primaryColor: "#0f5c56",
  backgroundColor: "#f4f5f2",
  fontColor: "#1d2421",
  logoUrl: "",
  orgName: "",
};

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For texts and for attribute values in quotes. */
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] ?? "");

const safeUrl = (url: string): string => (/^https?:\/\//i.test(url) ? url : "");

/** What a layout of somebody's own may name, beside the values of the message: all of it is put in escaped. */
const layoutValues = [
  "Title",
  "PreHeader",
  "Subject",
  "Greeting",
  "Text",
  "ButtonText",
  "FooterText",
  "URL",
  "PrimaryColor",
  "BackgroundColor",
  "FontColor",
  "LogoURL",
  "OrgName",
  "Language",
  "Direction",
] as const;

export type ComposedMail = { readonly subject: string; readonly html: string; readonly text: string };

/**
 * A mail in both its forms. Texts may come from administrators and values from anybody who has an account: both are
 * escaped, so neither can bring markup or links of its own (GHSA-v333-7h2p-5fhv, GHSA-hfrg-4jwr-jfpj).
 */
export const composeMail = (
  texts: MessageText,
  values: MessageValues,
  {
    look,
    language,
    direction,
    layout,
  }: {
    readonly look: MailLook;
    readonly language: string;
    readonly direction: "ltr" | "rtl";
    /** a layout of the organization's own, with `{{.Name}}` for {@link layoutValues}; `null`: ours */
    readonly layout: string | null;
  },
): ComposedMail => {
  const said = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, fill(text, values)]),
  ) as MessageText; // the same keys
  const url = safeUrl(values.URL ?? "");
  const named: Readonly<Record<(typeof layoutValues)[number], string>> = {
    Title: said.title,
    PreHeader: said.preHeader,
    Subject: said.subject,
    Greeting: said.greeting,
    Text: said.text,
    ButtonText: said.buttonText,
    FooterText: said.footerText,
    URL: url,
    PrimaryColor: look.primaryColor,
    BackgroundColor: look.backgroundColor,
    FontColor: look.fontColor,
    LogoURL: safeUrl(look.logoUrl),
    OrgName: look.orgName,
    Language: language,
    Direction: direction,
  };
  return {
    // One line: what it is made of may hold line breaks.
    subject: said.subject.replace(/\s+/g, " ").trim(),
    html: fill(layout ?? ownLayout(named), named, (value) => escapeHtml(value).replaceAll("\n", "<br>")),
    text: [said.greeting, said.text, url === "" ? "" : `${said.buttonText}: ${url}`, said.footerText]
      .filter((part) => part.trim() !== "")
      .join("\n\n"),
  };
};

/** The words of an SMS. */
export const composeSms = (texts: Pick<MessageText, "text">, values: MessageValues): string =>
  fill(texts.text, values).trim();

/** Tables and inline styles: mail programs know little else. Parts without content are left out. */
const ownLayout = (named: Readonly<Record<(typeof layoutValues)[number], string>>): string => {
  const only = (name: (typeof layoutValues)[number], markup: string) => (named[name] === "" ? "" : markup);
  return `<!doctype html>
<html lang="{{.Language}}" dir="{{.Direction}}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>{{.Subject}}</title></head>
<body style="margin:0;padding:0;background:{{.BackgroundColor}};color:{{.FontColor}};font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif">
<div style="display:none;max-height:0;overflow:hidden">{{.PreHeader}}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:32px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:520px">
${only("LogoURL", '<tr><td style="padding:0 0 24px"><img src="{{.LogoURL}}" alt="{{.OrgName}}" height="48" style="max-height:48px"></td></tr>')}
<tr><td style="padding:32px;background:#ffffff;color:#1d2421;border-radius:12px">
<h1 style="margin:0 0 16px;font-size:22px;line-height:1.3">{{.Title}}</h1>
${only("Greeting", '<p style="margin:0 0 12px;font-size:16px;line-height:1.5">{{.Greeting}}</p>')}
<p style="margin:0 0 24px;font-size:16px;line-height:1.5">{{.Text}}</p>
${
  named.URL === "" || named.ButtonText === ""
    ? ""
    : '<p style="margin:0 0 24px"><a href="{{.URL}}" style="display:inline-block;padding:12px 20px;background:{{.PrimaryColor}};color:#ffffff;border-radius:8px;text-decoration:none;font-size:16px">{{.ButtonText}}</a></p><p style="margin:0 0 24px;font-size:13px;line-height:1.5;word-break:break-all;color:#5a6560">{{.URL}}</p>'
}
${only("FooterText", '<p style="margin:0;font-size:13px;line-height:1.5;color:#5a6560">{{.FooterText}}</p>')}
</td></tr>
${only("OrgName", '<tr><td style="padding:16px 32px;font-size:13px;color:#5a6560">{{.OrgName}}</td></tr>')}
</table></td></tr></table></body></html>`;
};
