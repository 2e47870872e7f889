import { expect, test } from "vitest";
import { authRequestId } from "../../kernel/ids.ts";
import type { ConsentFacts } from "./consent.events.ts";
import { askedIn, isConsentMissing, together } from "./consent.events.ts";

const [now, before] = [authRequestId.parse("V2_now"), authRequestId.parse("V2_before")];
const requested = {
  scope: ["openid", "email"],
  resources: ["https://api.example/"],
  authorizationDetails: [],
  claims: null,
  prompt: [],
} satisfies Parameters<typeof isConsentMissing>[0]["requested"];
const given = (authRequest: typeof now, more: Partial<ReturnType<typeof askedIn>> = {}) => ({
  ...askedIn(requested),
  ...more,
  authRequestId: authRequest,
});
const client = (more: Partial<ConsentFacts> = {}): ConsentFacts => ({
  // An id as the store gives it.
  applicationId: "app" as ConsentFacts["applicationId"],
  isStranger: true,
  requiresConsent: false,
  canBeImitated: false,
  given: null,
  ...more,
});
const missing = (facts: ConsentFacts, more: Partial<typeof requested> | object = {}, login: "own" | "custom" = "own") =>
  isConsentMissing({ requested: { ...requested, ...more }, authRequestId: now }, facts, login);

test("a stranger's client needs a consent of this very request, on every kind of login", () => {
  for (const login of ["own", "custom"] as const) {
    expect(missing(client(), {}, login)).toBe(true);
    expect(missing(client({ given: given(before) }), {}, login)).toBe(true);
    expect(missing(client({ given: given(now) }), {}, login)).toBe(false);
  }
});

test("silently, what was given before serves, but not more than was given, and not for who could be imitated", () => {
  const silent = { prompt: ["none" as const] };
  expect(missing(client({ given: given(before) }), silent)).toBe(false);
  expect(missing(client({ given: given(before), canBeImitated: true }), silent)).toBe(true);
  expect(missing(client({ given: given(before, { scopes: ["openid"] }) }), silent)).toBe(true);
  expect(missing(client({ given: given(before, { resources: [] }) }), silent)).toBe(true);
  const payment = { ...silent, authorizationDetails: [{ type: "payment", amount: "1" }] };
  expect(missing(client({ given: given(before, { authorizationDetailsTypes: ["payment"] }) }), payment)).toBe(true);
  const claims = { ...silent, claims: { userinfo: { birthdate: null } } };
  expect(missing(client({ given: given(before) }), claims)).toBe(true);
});

test("an administrator's client needs none, unless it is set so or the request says so to our own pages", () => {
  const own = client({ isStranger: false });
  expect(missing(own)).toBe(false);
  expect(missing({ ...own, requiresConsent: true }, {}, "custom")).toBe(true);
  expect(missing(own, { prompt: ["consent" as const] })).toBe(true);
  expect(missing(own, { prompt: ["consent" as const] }, "custom")).toBe(false);
});

test("what is remembered grows, and is bounded", () => {
  const before_ = { status: "given", givenAt: 0, clientId: "c", ...askedIn(requested), scopes: ["openid", "phone"] };
  // A state as the stream folds it.
  const state = before_ as unknown as Parameters<typeof together>[0];
  expect(together(state, askedIn(requested)).scopes).toEqual(["openid", "phone", "email"]);
  const long = { ...before_, scopes: Array.from({ length: 200 }, (_, index) => `${index}`.padEnd(100, "x")) };
  expect(together(long as unknown as typeof state, askedIn(requested))).toEqual(askedIn(requested));
});
