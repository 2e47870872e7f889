import type { Run } from "../../../../kernel/command.ts";
import type { GrantSources } from "../../../../modules/grant/exchange-code.ts";
import type { TokenReader } from "../../../../modules/token/token.queries.ts";
import type { Grant } from "../grant.ts";
import { authorizationCodeGrant } from "./authorization-code.ts";
import { refreshTokenGrant } from "./refresh-token.ts";

export type GrantDeps = { readonly run: Run<GrantSources>; readonly tokens: Pick<TokenReader, "find"> };

/** The grant types that are built, by their `grant_type` (RFC 6749 §4). A further one is a file and a line here. */
export const grantRegistry = {
  authorization_code: authorizationCodeGrant,
  refresh_token: refreshTokenGrant,
} as const satisfies Readonly<Record<string, (deps: GrantDeps) => Grant>>;

export type BuiltGrantType = keyof typeof grantRegistry;

/** Whether a `grant_type` is one that is built. */
export const isBuiltGrantType = (name: string): name is BuiltGrantType => Object.hasOwn(grantRegistry, name);
