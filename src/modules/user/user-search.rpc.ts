import { type SearchQuery, Type, UserFieldName } from "@zitadel/proto/zitadel/user/v2/query_pb.js";
import { UserState } from "@zitadel/proto/zitadel/user/v2/user_pb.js";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { textMethodOf } from "../../platform/db/text-match.ts";
import type { UserFilter, UserSearch } from "./user-search.queries.ts";

/** States and types that no stored user is in or of have no name: nothing matches them. */
const stateNames: { readonly [value: number]: "active" | "inactive" | "locked" } = {
  [UserState.ACTIVE]: "active",
  [UserState.INACTIVE]: "inactive",
  [UserState.LOCKED]: "locked",
};
const typeNames: { readonly [value: number]: "human" | "machine" } = {
  [Type.HUMAN]: "human",
  [Type.MACHINE]: "machine",
};

export const sortNames: { readonly [value: number]: UserSearch["sortBy"] } = {
  [UserFieldName.USER_NAME]: "userName",
  [UserFieldName.FIRST_NAME]: "givenName",
  [UserFieldName.LAST_NAME]: "familyName",
  [UserFieldName.NICK_NAME]: "nickName",
  [UserFieldName.DISPLAY_NAME]: "displayName",
  [UserFieldName.EMAIL]: "email",
  [UserFieldName.STATE]: "state",
  [UserFieldName.TYPE]: "type",
  [UserFieldName.CREATION_DATE]: "created",
};

const textOf = (field: Extract<UserFilter, { is: "text" }>["field"], value: string, method: number): UserFilter => ({
  is: "text",
  field,
  value,
  method: textMethodOf(method),
});

/** One query of the contract as a filter; a query without content says nothing, so it matches all. */
export const filterOf = ({ query }: SearchQuery, depth = 1): UserFilter => {
  if (depth > limits.filterDepth) {
    throw new Refusal("request.invalid", { fields: [{ path: "queries", problem: "are nested too deep" }] });
  }
  const nested = (queries: readonly SearchQuery[]) => queries.map((one) => filterOf(one, depth + 1));
  switch (query.case) {
    case "userNameQuery":
      return textOf("userName", query.value.userName, query.value.method);
    case "loginNameQuery":
      return textOf("loginName", query.value.loginName, query.value.method);
    case "firstNameQuery":
      return textOf("givenName", query.value.firstName, query.value.method);
    case "lastNameQuery":
      return textOf("familyName", query.value.lastName, query.value.method);
    case "nickNameQuery":
      return textOf("nickName", query.value.nickName, query.value.method);
    case "displayNameQuery":
      return textOf("displayName", query.value.displayName, query.value.method);
    case "emailQuery":
      return textOf("email", query.value.emailAddress, query.value.method);
    case "phoneQuery":
      return textOf("phone", query.value.number, query.value.method);
    case "stateQuery":
      return { is: "state", state: stateNames[query.value.state] ?? null };
    case "typeQuery":
      return { is: "type", type: typeNames[query.value.type] ?? null };
    case "organizationIdQuery":
      return { is: "org", orgId: query.value.organizationId };
    case "inUserIdsQuery":
      return { is: "ids", ids: query.value.userIds };
    case "inUserEmailsQuery":
      return { is: "emails", emails: query.value.userEmails };
    case "andQuery":
      return { is: "and", of: nested(query.value.queries) };
    case "orQuery":
      return { is: "or", of: nested(query.value.queries) };
    case "notQuery":
      return query.value.query ? { is: "not", of: filterOf(query.value.query, depth + 1) } : { is: "and", of: [] };
    case undefined:
      return { is: "and", of: [] };
  }
};
