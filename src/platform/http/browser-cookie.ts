import { createHmac, randomBytes } from "node:crypto";
import { type BrowserId, browserId } from "../../kernel/ids.ts";
import { equalSecrets } from "../crypto/secret.ts";

/** The parts of a request and a reply that cookies need. */
type Incoming = { readonly headers: { readonly cookie?: string | undefined } };
type Outgoing = { readonly header: (name: string, value: string) => unknown };

/** Knows which browser a request comes from, and whether a form was sent by a page of ours. */
export type BrowserCookies = {
  /** The browser of a request; `null` without a cookie or with one that is not ours. */
  readonly read: (request: Incoming) => BrowserId | null;
  /** As `read`, and gives a browser without a valid cookie a new one. */
  readonly ensure: (request: Incoming, reply: Outgoing) => BrowserId;
  /** The value that a form of this browser must send back. */
  readonly formToken: (browser: BrowserId) => string;
  /** Whether a form's value is this browser's; compared in constant time. */
  readonly isFormToken: (browser: BrowserId, presented: string) => boolean;
  /**
   * The browser state of OpenID Connect Session Management 1.0 §3.2: changes whenever who is signed in does, tells nothing.
   * `null`: a browser that we do not know.
   */
  readonly stateOf: (browser: BrowserId | null, sessionIds: readonly string[]) => string;
  /** Puts {@link stateOf} into the cookie that our frame in applications' pages reads. */
  readonly tellState: (reply: Outgoing, browser: BrowserId | null, sessionIds: readonly string[]) => void;
};

/** Read by script, in frames of other sites as far as browsers let it: no secret, and nothing is opened by it. */
export const stateCookieName = "munot-session-state";

const macOf = (key: Uint8Array, purpose: string, text: string): string =>
  createHmac("sha256", key).update(`${purpose}\n${text}`).digest("base64url");

/** {@link BrowserCookies.stateOf} alone, for who has no cookie to read or write. */
export const browserStateWith =
  (key: Uint8Array): BrowserCookies["stateOf"] =>
  (browser, sessionIds) =>
    macOf(key, "state", [browser ?? "", ...[...sessionIds].sort()].join(" "));

/** Browsers cap cookies at 400 days (RFC 6265bis §5.5); how long a sign-in lasts is the session's business. */
const maxAgeSeconds = 400 * 24 * 60 * 60;

const idBytes = 16;

/**
 * The browser's own cookie: a random id and a MAC, nothing stored. With `secure` it is a `__Host-` cookie, which no
 * subdomain and no plain-http page can plant (RFC 6265bis §4.1.3.2); without, for plain http that was allowed by name.
 */
export const browserCookies = ({
  key,
  secure,
}: {
  readonly key: Uint8Array;
  readonly secure: boolean;
}): BrowserCookies => {
  const cookieName = secure ? "__Host-munot-browser" : "munot-browser";
  const mac = (purpose: string, id: string): string => macOf(key, purpose, id);

  const read = ({ headers }: Incoming): BrowserId | null => {
    // A cookie that is named twice proves nothing: both are looked at, ours is the one whose MAC holds.
    for (const value of valuesOf(headers.cookie ?? "", cookieName)) {
      const [id, tag, ...rest] = value.split(".");
      if (id === undefined || tag === undefined || rest.length > 0) continue;
      if (!equalSecrets(tag, mac("browser", id))) continue;
      const parsed = browserId.safeParse(id);
      if (parsed.success) return parsed.data;
    }
    return null;
  };

  const ensure = (request: Incoming, reply: Outgoing): BrowserId => {
    const known = read(request);
    if (known !== null) return known;
    const id = browserId.parse(randomBytes(idBytes).toString("base64url"));
    const attributes = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
    reply.header("set-cookie", `${cookieName}=${id}.${mac("browser", id)}; ${attributes}`);
    return id;
  };

  const formToken = (browser: BrowserId): string => mac("form", browser);

  const stateOf = browserStateWith(key);

  const tellState = (reply: Outgoing, browser: BrowserId | null, sessionIds: readonly string[]): void => {
    const site = secure ? "SameSite=None; Secure" : "SameSite=Lax";
    const value = stateOf(browser, sessionIds);
    reply.header("set-cookie", `${stateCookieName}=${value}; Path=/; Max-Age=${maxAgeSeconds}; ${site}`);
  };

  return {
    read,
    ensure,
    formToken,
    stateOf,
    tellState,
    isFormToken: (browser, presented) => equalSecrets(presented, formToken(browser)),
  };
};

/** RFC 6265 §5.4: `name=value` pairs separated by `; `. */
const valuesOf = (header: string, name: string): readonly string[] =>
  header.split(";").flatMap((pair) => {
    const at = pair.indexOf("=");
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
