import { type DescMethod, type DescService, getOption, hasOption } from "@bufbuild/protobuf";
import { http } from "@zitadel/proto/google/api/annotations_pb.js";
import type { HttpRule } from "@zitadel/proto/google/api/http_pb.js";
import { options } from "@zitadel/proto/zitadel/protoc_gen_zitadel/v2/options_pb.js";

/** One way to reach an RPC over REST. */
export type RestRule = {
  readonly verb: string;
  readonly path: string;
  /** `*`: the whole message; a field's name; "": no body */
  readonly body: string;
  /** field of the response that is the body, or "" for the whole message */
  readonly responseBody: string;
};

/** Rules that the newer contract states and the descriptors of the installed package lack. */
const missing: Readonly<Record<string, Readonly<Record<string, RestRule>>>> = {
  "zitadel.user.v2.UserService": {
    CreateUser: rule("POST", "/v2/users/new", "*"),
    UpdateUser: rule("PATCH", "/v2/users/{user_id}", "*"),
    AddSecret: rule("POST", "/v2/users/{user_id}/secret", "*"),
    RemoveSecret: rule("DELETE", "/v2/users/{user_id}/secret", ""),
    AddKey: rule("POST", "/v2/users/{user_id}/keys", "*"),
    RemoveKey: rule("DELETE", "/v2/users/{user_id}/keys/{key_id}", ""),
    ListKeys: rule("POST", "/v2/users/keys/search", "*"),
    AddPersonalAccessToken: rule("POST", "/v2/users/{user_id}/pats", "*"),
    RemovePersonalAccessToken: rule("DELETE", "/v2/users/{user_id}/pats/{token_id}", ""),
    ListPersonalAccessTokens: rule("POST", "/v2/users/pats/search", "*"),
  },
};

function rule(verb: string, path: string, body: string): RestRule {
  return { verb, path, body, responseBody: "" };
}

/** All REST rules of an RPC, its first one first; none for an RPC that only Connect and gRPC reach. */
const rulesOf = (method: DescMethod): readonly RestRule[] => {
  if (!hasOption(method, http)) {
    const known = missing[method.parent.typeName]?.[method.name];
    return known ? [known] : [];
  }
  const main = getOption(method, http);
  return [main, ...main.additionalBindings].flatMap(restRule);
};

const restRule = ({ pattern, body, responseBody }: HttpRule): RestRule[] => {
  switch (pattern.case) {
    case undefined:
      return [];
    case "custom":
      return [{ verb: pattern.value.kind.toUpperCase(), path: pattern.value.path, body, responseBody }];
    default:
      return [{ verb: pattern.case.toUpperCase(), path: pattern.value, body, responseBody }];
  }
};

/** HTTP status of success: 200, or what the contract states for the RPC. */
export const successStatus = (method: DescMethod): number => {
  const stated = hasOption(method, options) ? getOption(method, options).httpResponse?.successCode : undefined;
  return stated || 200;
};

/** All REST routes of a service as one list. */
export const restRoutes = (
  desc: DescService,
  prefix = "",
): readonly { readonly method: DescMethod; readonly rule: RestRule }[] =>
  desc.methods.flatMap((method) =>
    rulesOf(method).map((one) => ({ method, rule: { ...one, path: `${prefix}${one.path}` } })),
  );
