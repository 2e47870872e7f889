import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { keysCacheSeconds } from "../../../modules/web-key/web-key.events.ts";
import { stateCookieName } from "../../../platform/http/browser-cookie.ts";

/**
 * The script of the frame (OpenID Connect Session Management 1.0 §3.2, §3.3). What cannot be read is an `error`, after which
 * nobody is to be asked to sign in again (§3.1): a message of another form, and a browser that keeps the cookie from frames.
 */
const script = `"use strict";
const cookieOf = () => (/(?:^|; )${stateCookieName}=([^;]*)/.exec(document.cookie) || [])[1];
const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const stateFor = async (clientId, origin, salt) => {
  const text = new TextEncoder().encode([clientId, origin, cookieOf() ?? "", salt].join(" "));
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", text))) + "." + salt;
};
const isBlocked = async () =>
  cookieOf() === undefined && document.hasStorageAccess !== undefined && !(await document.hasStorageAccess());
const answerTo = async ({ data, origin }) => {
  const [, clientId, state, salt] = (typeof data === "string" && /^(\\S+) ([\\w-]+\\.([\\w-]+))$/.exec(data)) || [];
  if (state === undefined || origin === "null" || crypto.subtle === undefined || (await isBlocked())) return "error";
  return (await stateFor(clientId, origin, salt)) === state ? "unchanged" : "changed";
};
addEventListener("message", async (event) => {
  if (event.source === null || event.source === window) return;
  event.source.postMessage(await answerTo(event).catch(() => "error"), event.origin === "null" ? "*" : event.origin);
});
`;

const page = `<!doctype html><meta charset="utf-8"><title>Session</title><script>${script}</script>`;

/** The one inline script of Munot: a frame that loads one thing loads faster, and its hash admits exactly this text. */
const policy = `default-src 'none'; script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'; base-uri 'none'`;

/**
 * OpenID Connect Session Management 1.0 §3.3: the page that clients keep in a frame. It is the same for everybody and
 * anybody may frame it: what it says depends on the browser's cookie, and only to who has been given a matching state.
 */
export const checkSessionIframe = async (_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
  reply
    .headers({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": `public, max-age=${keysCacheSeconds}`,
      "cross-origin-resource-policy": "cross-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    })
    .send(page);
