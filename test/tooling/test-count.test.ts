import { expect, test } from "vitest";
import { closingLine, countTests } from "../../tools/test-count.ts";

const report = (...files: { status: string; tests: string[] }[]) =>
  JSON.stringify({
    testResults: files.map(({ status, tests }) => ({ status, assertionResults: tests.map((t) => ({ status: t })) })),
  });

test("the closing line counts what passed and failed, and skipped tests only where there are some", () => {
  expect(closingLine(countTests(report({ status: "passed", tests: ["passed", "passed"] })))).toBe("2 passed, 0 failed");
  const mixed = report({ status: "failed", tests: ["passed", "failed", "pending", "todo"] });
  expect(closingLine(countTests(mixed))).toBe("1 passed, 1 failed, 2 skipped");
});

test("a file that failed to load counts as a failure", () => {
  const count = countTests(report({ status: "failed", tests: [] }, { status: "passed", tests: ["passed"] }));
  expect(closingLine(count)).toBe("1 passed, 1 failed");
});

test("a file whose set-up failed with all its tests skipped counts as a failure", () => {
  expect(countTests(report({ status: "failed", tests: ["skipped", "skipped"] }))).toEqual({
    passed: 0,
    failed: 1,
    skipped: 2,
  });
});
