import { z } from "zod";
import { canonicalJson } from "../../kernel/json.ts";
import { type AuthorizationDetails, authorizationDetails } from "./grant.events.ts";

/** What of a grant an access token is asked for; `null`: all of it. */
export const narrowing = {
  /** RFC 8707 §2.2, with the audience that they stand for */
  target: z
    .object({ resources: z.array(z.string()), audience: z.array(z.string()) })
    .nullable()
    .default(null),
  /** RFC 9396 §6 */
  authorizationDetails: authorizationDetails.nullable().default(null),
};

type Asked = z.output<z.ZodObject<typeof narrowing>>;

/** What one access token stands for, where that is less than its grant. */
export type Narrowed = {
  readonly audience?: readonly string[];
  readonly authorizationDetails?: AuthorizationDetails;
};

/** More was asked for than was granted. */
export type Exceeded = { readonly is: "target_exceeded" } | { readonly is: "details_exceeded" };

type GrantedTargets = {
  readonly resources: readonly string[];
  readonly audience: readonly string[];
  readonly authorizationDetails: AuthorizationDetails;
};

/** Cuts a grant down to what is asked for (RFC 8707 §2.2, RFC 9396 §6.1), never beyond what it holds. */
export const narrow = (
  granted: GrantedTargets,
  { target, authorizationDetails: details }: Asked,
): Exceeded | { readonly is: "narrowed"; readonly to: Narrowed } => {
  if (target !== null && !target.audience.every((one) => granted.audience.includes(one))) {
    return { is: "target_exceeded" };
  }
  if (details !== null) {
    const held = new Set(granted.authorizationDetails.map(canonicalJson));
    if (!details.every((one) => held.has(canonicalJson(one)))) return { is: "details_exceeded" };
  }
  return {
    is: "narrowed",
    to: {
      ...(target !== null && { audience: target.audience }),
      ...(details !== null && { authorizationDetails: details }),
    },
  };
};
