import { type Html, html } from "../../html.ts";

/** How pages show a person. Without a display name only what was typed is shown: it may not exist. */
export type AccountView = { readonly loginName: string; readonly displayName?: string | undefined };

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

const firstOf = (word: string): string => [...graphemes.segment(word)][0]?.segment ?? "";

/** One or two letters for the round sign beside a name. */
export function initials({ displayName, loginName }: AccountView): string {
  const words = (displayName ?? loginName).split(/[\s._@-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const [first = "", last = ""] = words.length > 1 && displayName !== undefined ? [words[0], words.at(-1)] : [words[0]];
  return `${firstOf(first)}${firstOf(last)}`.toLocaleUpperCase("und") || "?";
}

/** Sign, name and login name in a row; `state` is a third line. Made of phrasing content: it also stands in buttons. */
export function accountRow(account: AccountView, state?: Html | null): Html {
  const { displayName, loginName } = account;
  const second = displayName !== undefined && displayName !== loginName && html`<small><bdi>${loginName}</bdi></small>`;
  return html`<span class="avatar" aria-hidden="true">${initials(account)}</span>
    <span><b><bdi>${displayName ?? loginName}</bdi></b>${second}${state}</span>`;
}

/** The account a page speaks about. */
export const accountBox = (account: AccountView): Html => html`<div class="account who">${accountRow(account)}</div>`;
