// `node tools/api-coverage.ts` writes docs/api-coverage.md: every RPC of the contract, its REST route, and whether it is built.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DescMethod } from "@bufbuild/protobuf";
import { catalogue } from "../src/api/catalogue.ts";
import { restRoutes } from "../src/api/rest/rules.ts";
import type { RpcService } from "../src/platform/http/rpc.ts";
import { allServices } from "../src/services.ts";

/** The page as Markdown. `services` are those that the server is started with. */
export const coverage = async (services: readonly RpcService[]): Promise<string> => {
  const built = new Map(services.map((service) => [service.desc.typeName, service.methods]));
  const sections: string[] = [];
  const summary: string[] = [];
  let done = 0;
  let total = 0;
  for (const { typeName, load, restPrefix } of catalogue) {
    const desc = await load();
    const methods = built.get(typeName);
    const count = desc.methods.filter((method) => methods?.has(method.localName)).length;
    done += count;
    total += desc.methods.length;
    summary.push(`| ${typeName} | ${count} | ${desc.methods.length} |`);
    const routes = Map.groupBy(restRoutes(desc, restPrefix), ({ method }) => method);
    const row = (method: DescMethod): string => {
      const rest = (routes.get(method) ?? []).map(({ rule }) => `\`${rule.verb} ${rule.path}\``).join("<br>");
      return `| ${method.name} | ${rest || "gRPC and Connect only"} | ${methods?.has(method.localName) ? "yes" : "-"} |`;
    };
    sections.push(`## ${typeName}\n\n| RPC | REST | built |\n|---|---|---|\n${desc.methods.map(row).join("\n")}\n`);
  }
  return `# API coverage

Generated from the contract's descriptors and the services that the server is started with; do not edit. Built: ${done} of
${total} RPCs. All others answer \`unimplemented\` (REST: 501).

| service | built | RPCs |
|---|---|---|
${summary.join("\n")}

${sections.join("\n")}`;
};

/** The services of the product. Their methods are listed, never called, so nothing stands behind them. */
export const listedServices = (): Promise<readonly RpcService[]> => {
  const nothing: object = new Proxy({}, { get: () => nothing });
  return allServices(nothing as Parameters<typeof allServices>[0]);
};

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, "..", "docs", "api-coverage.md"), await coverage(await listedServices()));
}
