import { Refusal } from "../../kernel/refusal.ts";
import { fill, named } from "./fill.events.ts";

/** What the template of a link may name; each is put in percent-encoded. */
export const linkValues = [
  "UserID",
  "OrgID",
  "Code",
  "CodeID",
  "SessionID",
  "LoginName",
  "PreferredLoginName",
  "DisplayName",
  "PreferredLanguage",
] as const;
export type LinkValues = Readonly<Partial<Record<(typeof linkValues)[number], string>>>;

const invalid = (problem: string) => new Refusal("request.invalid", { fields: [{ path: "url_template", problem }] });

/**
 * Refuses a template whose links would lead to a host that is not one of ours: whoever reads the mail trusts it, and the
 * link holds a code (GHSA-2wmj-46rj-qm2w and the like). Values may stand in path, query and fragment only.
 */
export const checkLinkTemplate = (template: string, isKnownOrigin: (origin: string) => boolean): void => {
  const unknown = named(template).filter((name) => !linkValues.some((one) => one === name));
  if (unknown.length > 0) throw invalid(`names ${unknown.join(", ")}, which nothing is known of`);
  const plain = fill(template, {}, () => "x");
  const other = fill(template, {}, () => "y");
  const url = URL.parse(plain);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:") || url.username || url.password) {
    throw invalid("is not an absolute http(s) URL");
  }
  if (plain.includes("{{") || plain.includes("}}")) throw invalid("holds an expression: only {{.Name}} is replaced");
  if (url.origin !== URL.parse(other)?.origin) throw invalid("must not hold a value in its host");
  if (!isKnownOrigin(url.origin)) {
    throw invalid(`leads to ${url.host}: register it as a domain or trusted domain of the instance first`);
  }
};

/** The link that a person is sent. */
export const linkFrom = (template: string, values: LinkValues): string => fill(template, values, encodeURIComponent);
