import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const rowShape = z.object({
  name: z.string(),
  perSecond: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  cpuMicros: z.number(),
  ratio: z.number().nullable(),
  cpuRatio: z.number().nullable(),
  statements: z.number().nullable().default(null),
});
const resultShape = z.object({
  scenario: z.string(),
  at: z.string(),
  commit: z.string(),
  machine: z.object({ cpu: z.string(), cores: z.number(), node: z.string() }),
  figures: z.union([
    z.object({ rows: z.array(rowShape) }),
    z.object({ head: z.array(z.string()), lines: z.array(z.array(z.union([z.string(), z.number()]))) }),
    z.record(z.string(), z.number()),
  ]),
});
type Result = z.infer<typeof resultShape>;

const begin = "<!-- newest results: written by npm run bench -->";
const end = "<!-- end of the newest results -->";

const tableOf = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const sectionOf = ({ scenario, at, commit, machine, figures }: Result): string => {
  const source = `Commit ${commit}, ${at.slice(0, 10)}, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}.`;
  return `### ${scenario}\n\n${figuresOf(figures)}\n\n${source}`;
};

const figuresOf = (figures: Result["figures"]): string => {
  if ("lines" in figures && Array.isArray(figures.lines) && Array.isArray(figures.head)) {
    return tableOf(figures.head, figures.lines);
  }
  return "rows" in figures && Array.isArray(figures.rows)
    ? tableOf(
        ["", "per second", "p50 ms", "p95 ms", "p99 ms", "server CPU µs", "statements", "rate to last", "CPU to last"],
        figures.rows.map((row) => [
          row.name,
          row.perSecond,
          row.p50,
          row.p95,
          row.p99,
          row.cpuMicros,
          row.statements ?? "",
          row.ratio ?? "",
          row.cpuRatio ?? "",
        ]),
      )
    : tableOf(
        ["figure", "value"],
        Object.entries(figures).map(([name, value]) => [name, String(value)]),
      );
};

/** Puts the newest results into docs/performance.md, between its two marks. */
export const writeTables = (): void => {
  const results = join(import.meta.dirname, "results");
  const sections = readdirSync(results)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => sectionOf(resultShape.parse(JSON.parse(readFileSync(join(results, name), "utf8")))));
  const file = join(import.meta.dirname, "..", "docs", "performance.md");
  const text = readFileSync(file, "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error("docs/performance.md has lost its marks for the results");
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n\n${sections.join("\n\n")}\n\n${text.slice(to)}`);
};
