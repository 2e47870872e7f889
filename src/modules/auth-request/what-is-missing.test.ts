import { describe, expect, test } from "vitest";
import { orgId, sessionId, userId } from "../../kernel/ids.ts";
import { addSeconds, instant } from "../../kernel/time.ts";
import type { Prompt } from "./auth-request.events.ts";
import { type Asked, type Candidate, whatIsMissing } from "./what-is-missing.ts";

const started = instant(1_700_000_000_000_000);
const now = addSeconds(started, 30);
const rules = { passwordCheckLifetimeSeconds: 3_600 };
const home = orgId.parse("1");

const session = (name: string, change: Partial<Candidate> = {}): Candidate => ({
  sessionId: sessionId.parse(`s-${name}`),
  userId: userId.parse(`u-${name}`),
  orgId: home,
  loginName: name,
  email: `${name}@example.com`,
  canSignIn: true,
  passwordChangeRequired: false,
  passwordCheckedAt: addSeconds(started, -60),
  ...change,
});

const asked = (change: Partial<Asked["requested"]> = {}, loginHint: string | null = null): Asked => ({
  requested: { prompt: [], maxAgeSeconds: null, hintUserId: null, orgId: null, acrValues: [], claims: null, ...change },
  loginHint,
  createdAt: started,
});

const missing = (request: Asked, sessions: readonly Candidate[], chosen: Candidate | null = null) =>
  whatIsMissing(request, sessions, { rules, chosen: chosen?.sessionId ?? null, now });

const prompt = (...values: Prompt[]) => asked({ prompt: values });
const ada = session("ada");
const bob = session("bob");

describe("who answers", () => {
  test("nobody signed in: the login name is asked, with the hint filled in", () => {
    expect(missing(asked({}, "ada"), [])).toEqual({ is: "login_name", loginName: "ada" });
  });
  test("one signed in: nothing is missing", () => {
    expect(missing(asked(), [ada])).toEqual({ is: "ready", session: ada });
  });
  test("several signed in: the user chooses, and the choice answers", () => {
    expect(missing(asked(), [ada, bob])).toEqual({ is: "select_account", sessions: [ada, bob] });
    expect(missing(asked(), [ada, bob], bob)).toEqual({ is: "ready", session: bob });
  });
  test("a login hint picks among the signed in, by login name or e-mail, and keeps others from answering", () => {
    expect(missing(asked({}, "BOB@example.com"), [ada, bob])).toEqual({ is: "ready", session: bob });
    expect(missing(asked({}, "eve"), [ada, bob])).toEqual({ is: "login_name", loginName: "eve" });
  });
  test("prompt=select_account asks even when one is signed in", () => {
    expect(missing(prompt("select_account"), [ada])).toEqual({ is: "select_account", sessions: [ada] });
    expect(missing(prompt("select_account"), [ada], ada)).toEqual({ is: "ready", session: ada });
    expect(missing(prompt("select_account"), [])).toEqual({ is: "login_name", loginName: null });
  });
  test("a choice that is not among the browser's sessions is nothing", () => {
    expect(missing(asked(), [ada], bob)).toEqual({ is: "ready", session: ada });
  });
  test("id_token_hint: only its user answers, even when another is chosen", () => {
    const request = asked({ hintUserId: bob.userId });
    expect(missing(request, [ada, bob])).toEqual({ is: "ready", session: bob });
    expect(missing(request, [ada], ada)).toEqual({ is: "login_name", loginName: null });
  });
  test("an org scope keeps users of other orgs out", () => {
    const foreign = session("eve", { orgId: orgId.parse("2") });
    expect(missing(asked({ orgId: home }), [foreign], foreign)).toEqual({ is: "login_name", loginName: null });
  });
});

describe("what the answering session lacks", () => {
  test("a password that was never checked, or too long ago", () => {
    const unchecked = session("ada", { passwordCheckedAt: null });
    const old = session("ada", { passwordCheckedAt: addSeconds(now, -3_600) });
    expect(missing(asked(), [unchecked])).toEqual({ is: "password", session: unchecked, why: "unchecked" });
    expect(missing(asked(), [old])).toEqual({ is: "password", session: old, why: "expired" });
  });
  test("prompt=login: a password from before this request does not count, one given in it does", () => {
    const fresh = session("ada", { passwordCheckedAt: addSeconds(started, 5) });
    expect(missing(prompt("login"), [ada])).toEqual({ is: "password", session: ada, why: "asked_again" });
    expect(missing(prompt("login"), [fresh])).toEqual({ is: "ready", session: fresh });
  });
  test("max_age: an older password is asked again; max_age=0 can be satisfied", () => {
    const fresh = session("ada", { passwordCheckedAt: addSeconds(started, 5) });
    expect(missing(asked({ maxAgeSeconds: 60 }), [ada])).toMatchObject({ is: "password", why: "asked_again" });
    expect(missing(asked({ maxAgeSeconds: 600 }), [ada])).toMatchObject({ is: "ready" });
    expect(missing(asked({ maxAgeSeconds: 0 }), [ada])).toMatchObject({ is: "password" });
    expect(missing(asked({ maxAgeSeconds: 0 }), [fresh])).toMatchObject({ is: "ready" });
  });
  test("an account that has been deactivated, and a password that must be changed", () => {
    const locked = session("ada", { canSignIn: false });
    const stale = session("ada", { passwordChangeRequired: true });
    expect(missing(asked(), [locked])).toEqual({ is: "account_inactive", session: locked });
    expect(missing(asked(), [stale])).toEqual({ is: "change_password", session: stale });
  });
});
