import { z } from "zod";

const vitestReport = z.object({
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts the tests in Vitest's JSON report. A file that failed without a failed test (it did not load, its set-up broke)
 * counts as one failure.
 */
export const countTests = (report: string): TestCount => {
  const { testResults } = vitestReport.parse(JSON.parse(report));
  const statuses = testResults.flatMap((file) => file.assertionResults.map((test) => test.status));
  const passed = statuses.filter((status) => status === "passed").length;
  const brokenFiles = testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const failed = statuses.filter((status) => status === "failed").length + brokenFiles;
  return { passed, failed, skipped: statuses.length + brokenFiles - passed - failed };
};

/** The last line of `npm test`. */
export const closingLine = ({ passed, failed, skipped }: TestCount): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
