import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

const root = join(import.meta.dirname, "../..");
const tool = (name: string) => join(root, "node_modules", ".bin", name);

/** ARCHITECTURE.md, "Who may import what": for each row a file, imports that must be reported there and ones that must not. */
const rows: Readonly<Record<string, { readonly bad: readonly string[]; readonly good: readonly string[] }>> = {
  "src/kernel/canary.ts": {
    bad: ["node:fs", "kysely", "../platform/db/canary.ts", "../settings.ts"],
    good: ["./ids.ts", "zod"],
  },
  "src/platform/http/canary.ts": {
    bad: [
      "../../modules/user/user.events.ts",
      "../../protocols/oidc/canary.ts",
      "../../login/a.ts",
      "../../api/a.ts",
      "../../main.ts",
    ],
    good: ["../../kernel/ids.ts", "../crypto/a.ts", "node:fs", "fastify"],
  },
  "src/modules/user/canary-user.ts": {
    bad: [
      "node:crypto",
      "kysely",
      "../../platform/db/a.ts",
      "../org/add-org.ts",
      "../org/org.queries.ts",
      "../../schema.ts",
    ],
    good: ["../../kernel/ids.ts", "./user.events.ts", "../org/org.events.ts", "zod"],
  },
  "src/modules/user/canary.events.ts": { bad: ["../../platform/crypto/a.ts"], good: ["../org/org.events.ts"] },
  "src/modules/user/canary.tables.ts": { bad: ["kysely"], good: ["../../kernel/ids.ts"] },
  ...Object.fromEntries(
    ["projection", "queries", "rpc", "reactor"].map((kind) => [
      `src/modules/user/canary.${kind}.ts`,
      {
        bad: [
          "../org/add-org.ts",
          "../org/org.projection.ts",
          "../../protocols/oidc/a.ts",
          "../../login/a.ts",
          "../../api/a.ts",
          "../../main.ts",
        ],
        good: [
          "../../kernel/ids.ts",
          "../../platform/db/a.ts",
          "../../schema.ts",
          "./add-user.ts",
          "../org/org.queries.ts",
          "../org/org.events.ts",
          "kysely",
        ],
      },
    ]),
  ),
  ...Object.fromEntries(
    ["oidc", "saml", "scim", "forward-auth"].map((protocol) => [
      `src/protocols/${protocol}/deep/canary.ts`,
      {
        bad: [
          `../../${protocol === "oidc" ? "saml" : "oidc"}/a.ts`,
          "../../../login/a.ts",
          "../../../api/a.ts",
          "../../../platform/db/a.ts",
          "../../../platform/eventstore/a.ts",
          "../../../modules/user/user.projection.ts",
          "../../../cli.ts",
          "../../../parts.ts",
        ],
        good: [
          "../../../kernel/ids.ts",
          "../../../platform/http/a.ts",
          "../../../modules/user/user.queries.ts",
          "../../../modules/user/add-user.ts",
          "../a.ts",
          "node:crypto",
          "jose",
        ],
      },
    ]),
  ),
  "src/login/canary.ts": {
    bad: [
      "../protocols/oidc/a.ts",
      "../api/a.ts",
      "../platform/db/a.ts",
      "../modules/user/user.projection.ts",
      "../modules/user/user.rpc.ts",
    ],
    good: ["../kernel/ids.ts", "../platform/http/a.ts", "../modules/user/user.queries.ts", "./pages/a.ts"],
  },
  "src/api/canary.ts": {
    bad: [
      "../platform/db/a.ts",
      "../modules/user/user.queries.ts",
      "../modules/user/add-user.ts",
      "../login/a.ts",
      "../protocols/oidc/a.ts",
      "../settings.ts",
    ],
    good: ["../kernel/ids.ts", "../platform/http/a.ts", "../modules/user/user.rpc.ts", "@connectrpc/connect"],
  },
  "src/schema.ts": { bad: ["./main.ts", "../test/harness/ports.ts"], good: ["./modules/user/user.tables.ts"] },
  "console/src/canary.ts": { bad: ["../../src/kernel/ids.ts"], good: ["./a.ts", "@zitadel/proto/zitadel/user_pb.js"] },
};

/** The four ways to reach another file; every one must be seen. */
const forms: readonly ((from: string, n: number) => string)[] = [
  (from, n) => `import { a as a${n} } from "${from}";\nexport const use${n} = a${n};`,
  (from, n) => `import type { T as T${n} } from "${from}";\nexport type U${n} = T${n};`,
  (from, n) => `export { b as b${n} } from "${from}";`,
  (from, n) => `export const load${n} = () => import("${from}");`,
];

const report = z.object({
  summary: z.object({ changed: z.number(), unchanged: z.number() }),
  diagnostics: z.array(
    z.object({ category: z.string(), location: z.object({ path: z.string(), start: z.object({ line: z.number() }) }) }),
  ),
});

let copy: string;
const plant = (path: string, text: string) => {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  writeFileSync(join(copy, path), `${text}\n`);
};

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "munot-canary-"));
  for (const name of ["src", "biome.json", ".oxlintrc.json", ".gitignore"]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  // Without the packages' types: what is planted needs none.
  plant(
    "tsconfig.json",
    '{ "compilerOptions": { "strict": true, "types": [], "module": "nodenext" }, "include": ["src/login/chance.ts"] }',
  );
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const biome = () => {
  const args = ["lint", "--reporter=json", "--max-diagnostics=none", "."];
  const { stdout } = spawnSync(tool("biome"), args, { cwd: copy, encoding: "utf8", maxBuffer: 256 * 1024 * 1024 });
  return report.parse(JSON.parse(stdout));
};

describe("the import rules", () => {
  test("every forbidden import is reported in every form, no allowed one is, and the real tree was read", () => {
    const realFiles = readdirSync(join(copy, "src"), { recursive: true, encoding: "utf8" }).filter((f) =>
      f.endsWith(".ts"),
    );
    expect(realFiles.length).toBeGreaterThan(0);
    const expected: string[] = [];
    for (const [path, { bad, good }] of Object.entries(rows)) {
      const lines = [
        ...good.map((from, n) => `export const good${n} = () => import("${from}");`),
        ...bad.flatMap((from, n) => forms.map((form, i) => form(from, n * forms.length + i))),
      ].join("\n");
      plant(path, lines);
      lines.split("\n").forEach((line, n) => {
        const from = /"(.*)"/.exec(line)?.[1];
        if (from && bad.includes(from)) expected.push(`${path}:${n + 1} ${from}`);
      });
    }

    const { summary, diagnostics } = biome();

    const reported = diagnostics
      .filter(({ category, location }) => category === "lint/style/noRestrictedImports" && location.path in rows)
      .map(({ location }) => `${location.path}:${location.start.line}`);
    expect(reported.sort()).toEqual(expected.map((line) => line.split(" ")[0]).sort());
    expect(summary.changed + summary.unchanged).toBeGreaterThanOrEqual(realFiles.length);
  });

  test("the environment, the clock and chance are reported outside the one place that may read them", () => {
    plant("src/login/globals.ts", "export const a = [process.env.HOME, new Date(), crypto.randomUUID()];");
    plant("src/login/chance.ts", "const p = async () => Math.random();\nexport const f = () => {\n  p();\n};");
    const found = biome().diagnostics.filter(({ location }) => location.path === "src/login/globals.ts");
    expect(found.map(({ category }) => category).sort()).toEqual([
      "lint/style/noProcessEnv",
      "lint/style/noRestrictedGlobals",
      "lint/style/noRestrictedGlobals",
    ]);
    const oxlint = spawnSync(tool("oxlint"), ["--type-aware", "src/login/chance.ts"], { cwd: copy, encoding: "utf8" });
    expect(oxlint.stdout).toContain("no-restricted-properties");
    expect(oxlint.stdout).toContain("no-floating-promises");
  });
});

test("every folder of the server and every protocol has a row of its own", () => {
  const tracked = execFileSync("git", ["ls-files", "src"], { cwd: root, encoding: "utf8" }).split("\n").filter(Boolean);
  const folderOf = (file: string) => {
    const folders = file.split("/").slice(0, -1);
    return folders.slice(0, folders[1] === "protocols" ? 3 : 2).join("/");
  };
  const folders = new Set(tracked.map(folderOf));
  const withRow = new Set(Object.keys(rows).map(folderOf));
  expect([...folders].filter((folder) => !withRow.has(folder))).toEqual([]);
});
