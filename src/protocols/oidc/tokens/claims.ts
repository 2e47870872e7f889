import type { Json } from "../../../kernel/json.ts";

/** Members of a JWT's payload or of a userinfo answer; `undefined` ones are left out. */
export type Claims = { readonly [name: string]: Json | undefined };
