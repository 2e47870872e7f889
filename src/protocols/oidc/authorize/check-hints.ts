import { limits } from "../../../kernel/limits.ts";
import { spaceDelimited } from "../parameters.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithHints = { readonly loginHint: string | null; readonly uiLocales: readonly string[] };

const localesMax = 20;

/** OpenID Connect Core 1.0 §3.1.2.1 `login_hint` and `ui_locales`: hints, so what cannot be used is dropped, not refused. */
export const checkHints: Step<WithParameters & WithAnswerTo, WithHints> = ({ parameters }) => {
  const loginHint = parameters.values.get("login_hint")?.trim() ?? "";
  return {
    loginHint:
      loginHint !== "" && loginHint.length <= limits.nameChars && !/\p{Cc}/u.test(loginHint) ? loginHint : null,
    uiLocales: spaceDelimited(parameters.values.get("ui_locales"))
      .filter((locale) => /^[A-Za-z0-9-]{2,35}$/.test(locale))
      .slice(0, localesMax),
  };
};
