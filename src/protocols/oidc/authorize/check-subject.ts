import type { UserId } from "../../../kernel/ids.ts";
import { OAuthError } from "../errors.ts";
import { userOfSubject } from "../tokens/subject.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithClaims } from "./check-claims.ts";
import type { WithHintedUser } from "./check-id-token-hint.ts";
import type { WithClient } from "./load-client.ts";
import type { WithInstance } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithMeantUser = { readonly meantUserId: UserId | null };

/**
 * OpenID Connect Core 1.0 §5.5.1, §3.1.2.1: the user of a claim `sub` with a value is the only one who may answer, as is that
 * of `id_token_hint`. When they are two, or nobody has that name, nobody can.
 */
export const checkSubject: Step<
  WithInstance & WithClient & WithAnswerTo & WithClaims & WithHintedUser,
  WithMeantUser
> = ({ instance, client, claims, hintedUserId }) => {
  const asked = claims?.id_token?.sub?.value ?? claims?.userinfo?.sub?.value;
  if (asked === undefined) return { meantUserId: hintedUserId };
  const claimed = typeof asked === "string" ? userOfSubject(instance, client, asked) : null;
  if (claimed === null || (hintedUserId !== null && hintedUserId !== claimed)) {
    throw new OAuthError("login_required", { description: "Nobody can sign in as the user whom the request names" });
  }
  return { meantUserId: claimed };
};
