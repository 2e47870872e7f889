import type { UserId } from "../../../kernel/ids.ts";
import { OAuthError } from "../errors.ts";
import type { VerifyIdTokenHint } from "../tokens/id-token-hint.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithInstance, WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithHintedUser = { readonly hintedUserId: UserId | null };

/** OpenID Connect Core 1.0 §3.1.2.1 `id_token_hint`: an ID token that we signed; it may be old, and another client's. */
export const checkIdTokenHint =
  (verify: VerifyIdTokenHint): Step<WithInstance & WithParameters & WithAnswerTo, WithHintedUser> =>
  async ({ instance, parameters }) => {
    const token = parameters.values.get("id_token_hint");
    if (token === undefined) return { hintedUserId: null };
    const hint = await verify(instance, token);
    if (hint === null) throw new OAuthError("invalid_request", { description: "The id_token_hint is not valid" });
    return { hintedUserId: hint.userId };
  };
