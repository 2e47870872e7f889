import { defineConfig } from "vitest/config";

// Groups run one after the other, cheapest first; what fails there is known before the dear ones have started.
const group = (groupOrder: number) => ({ sequence: { groupOrder } });
const slow = { testTimeout: 60_000, hookTimeout: 60_000 };

/**
 * One project per price: `pure` needs nothing, `db` a database, `http` a running system, `browser` a real Chromium, `overload`
 * the machine for itself.
 */
export default defineConfig({
  test: {
    globals: false,
    // Two cores are the small machine that everything must pass on.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "pure",
          ...group(0),
          include: ["src/**/*.test.ts", "examples/**/*.test.ts", "bench/**/*.test.ts"],
          exclude: ["**/*.db.test.ts"],
          // Pure files share no state worth guarding: one worker runs many of them without a fresh module graph each.
          isolate: false,
        },
      },
      {
        test: {
          name: "db",
          ...group(1),
          include: ["src/**/*.db.test.ts", "test/contract/**/*.test.ts"],
          globalSetup: ["test/harness/global-postgres.ts"],
          ...slow,
        },
      },
      {
        test: {
          name: "http",
          ...group(2),
          include: ["test/{http,security,conformance}/**/*.test.ts"],
          exclude: ["test/http/overload/**"],
          globalSetup: ["test/harness/global-build.ts", "test/harness/global-postgres.ts"],
          ...slow,
        },
      },
      {
        test: {
          // What depends on what came before, once more, each request on the other of two processes on one database. All
          // others run so too: MUNOT_TEST_PAIR=1 npx vitest run --project http test/security test/http/api
          name: "pair",
          ...group(3),
          include: ["test/http/{oidc/*,api/sdk,api/user-rest}.test.ts", "test/security/{erasure,[hinpvw]-*}.test.ts"],
          env: { MUNOT_TEST_PAIR: "1" },
          globalSetup: ["test/harness/global-build.ts", "test/harness/global-postgres.ts"],
          ...slow,
        },
      },
      {
        test: {
          name: "browser",
          ...group(4),
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/harness/global-build.ts", "test/harness/global-postgres.ts"],
          fileParallelism: false,
          ...slow,
        },
      },
      {
        test: {
          // Alone on the machine: what it measures is how long answers take.
          name: "overload",
          ...group(5),
          include: ["test/http/overload/**/*.test.ts"],
          globalSetup: ["test/harness/global-build.ts", "test/harness/global-postgres.ts"],
          fileParallelism: false,
          ...slow,
        },
      },
      { test: { name: "tooling", ...group(1), include: ["test/tooling/**/*.test.ts"], ...slow } },
    ],
  },
});
