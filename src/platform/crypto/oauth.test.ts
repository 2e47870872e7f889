import { expect, test } from "vitest";
import { codeChallengeOf, halfHash, isCodeChallenge, verifyCodeChallenge } from "./oauth.ts";

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

test("RFC 7636 appendix B: the verifier satisfies its challenge", () => {
  expect(codeChallengeOf(verifier)).toBe(challenge);
  expect(isCodeChallenge(challenge)).toBe(true);
  expect(verifyCodeChallenge(verifier, challenge)).toBe(true);
});

test.each([
  ["another verifier", `${verifier.slice(0, -1)}a`],
  ["the challenge itself (method plain)", challenge],
  ["a verifier under 43 characters", verifier.slice(0, 42)],
  ["a verifier over 128 characters", verifier.repeat(3).slice(0, 129)],
  ["a verifier with other characters", `${verifier.slice(0, -1)}+`],
  ["an empty verifier", ""],
])("RFC 7636 §4.6: %s is refused", (_name, presented) => {
  expect(verifyCodeChallenge(presented, challenge)).toBe(false);
});

test("a short verifier is refused even when the challenge is its own", () => {
  expect(verifyCodeChallenge("short", codeChallengeOf("short"))).toBe(false);
});

test("OpenID Connect Core appendix A: at_hash and c_hash of the examples", () => {
  expect(halfHash("RS256", "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y")).toBe("77QmUPtjPfzWtF2AnpK9RQ");
  expect(halfHash("RS256", "Qcb0Orv1zh30vL1MPRsbm-diHiMsgyZmyD-T0PYFEJI".slice(0, 43))).toHaveLength(22);
  expect(halfHash("ES512", "x")).toHaveLength(43);
});
