import { expect, test } from "vitest";
import { acrFor, acrValuesSupported, isAcrMet } from "./authentication-context.events.ts";

const [phr = "", mfa = "", password = ""] = acrValuesSupported;
const byPassword = ["password", "pwd"];
const byTwo = ["password", "pwd", "otp", "mfa"];
const byPasskey = ["user", "mfa"];
const asks = (acrValues: string[], acr: { essential?: boolean; value?: string; values?: string[] } | null = null) => ({
  acrValues,
  claims: acr === null ? null : { id_token: { acr } },
});

test("the class is the strongest that the methods reach, or the one that was asked for", () => {
  expect([byPassword, byTwo, byPasskey, []].map((amr) => acrFor(asks([]), amr))).toEqual([password, mfa, phr, null]);
  expect(acrFor(asks([mfa, phr]), byPasskey)).toBe(mfa);
  expect(acrFor(asks(["unknown", password]), byTwo)).toBe(password);
});

test("acr_values that we know are a condition (RFC 9470 §5), unknown ones a wish (Core §3.1.2.1)", () => {
  expect(isAcrMet(asks([mfa]), byPassword)).toBe(false);
  expect(isAcrMet(asks([mfa, password]), byPassword)).toBe(true);
  expect(isAcrMet(asks(["urn:elsewhere:gold"]), byPassword)).toBe(true);
  expect(acrFor(asks(["urn:elsewhere:gold"]), byPassword)).toBe(password);
});

test("an essential acr is a condition, known or not (Core §5.5.1.1)", () => {
  expect(isAcrMet(asks([], { essential: true, values: ["urn:elsewhere:gold"] }), byPasskey)).toBe(false);
  expect(isAcrMet(asks([], { essential: true, value: phr }), byTwo)).toBe(false);
  expect(isAcrMet(asks([], { essential: true, value: phr }), byPasskey)).toBe(true);
  expect(isAcrMet(asks([], { essential: true }), byPassword)).toBe(true);
  expect(isAcrMet(asks([phr], { value: password }), byPassword)).toBe(true);
});
