import type { DescService } from "@bufbuild/protobuf";
import { catalogue } from "../../src/api/catalogue.ts";
import { restRoutes } from "../../src/api/rest/rules.ts";

/** gRPC codes by number, under the names that Connect gives them. */
const codeNames = [
  "ok",
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
];

export const codeName = (code: unknown): string => codeNames[Number(code)] ?? String(code);

const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

const loaded = new Map<string, Promise<DescService>>();

const descOf = (typeName: string): Promise<DescService> => {
  const known = loaded.get(typeName);
  if (known !== undefined) return known;
  const listed = catalogue.find((one) => one.typeName === typeName);
  if (listed === undefined) throw new Error(`no service ${typeName}`);
  const loading = listed.load();
  loaded.set(typeName, loading);
  return loading;
};

/**
 * The REST request for an RPC of the first API, which speaks no Connect: `admin.v1.AdminService/AddOrg`. `$org` among the
 * fields is the organization that the call is about (`x-zitadel-orgid`).
 */
export const v1Request = async (
  name: string,
  message: object,
): Promise<{
  readonly verb: string;
  readonly path: string;
  readonly org: string | null;
  readonly body: string | null;
}> => {
  const [service = "", method = ""] = name.split("/");
  const typeName = `zitadel.${service}`;
  const prefix = catalogue.find((one) => one.typeName === typeName)?.restPrefix ?? "";
  const route = restRoutes(await descOf(typeName), prefix).find((one) => one.method.name === method);
  if (route === undefined) throw new Error(`no route for ${name}`);
  const { $org: org, ...left }: Record<string, unknown> = { ...message };
  const path = route.rule.path.replace(/\{(\w+)\}/g, (_all, field: string) => {
    const key = field.replace(/_(\w)/g, (_under, letter: string) => letter.toUpperCase());
    const value = textOf(left[key] ?? left[field]);
    delete left[key];
    delete left[field];
    return encodeURIComponent(value);
  });
  const hasBody = route.rule.verb !== "GET" && route.rule.verb !== "DELETE";
  return {
    verb: route.rule.verb,
    path,
    org: typeof org === "string" ? org : null,
    body: hasBody ? JSON.stringify(left) : null,
  };
};

export const isV1 = (name: string): boolean => /^(admin|management|auth|system)\.v1\./.test(name);
