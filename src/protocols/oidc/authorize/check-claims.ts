import { limits } from "../../../kernel/limits.ts";
import { type ClaimsRequest, claimsRequest } from "../../../modules/auth-request/claims-request.events.ts";
import { parseJson } from "../../../platform/keys/verifying.ts";
import { OAuthError } from "../errors.ts";
import { spaceDelimited } from "../parameters.ts";
import type { WithAnswerTo } from "./answer-to-client.ts";
import type { WithClient } from "./load-client.ts";
import type { WithParameters } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithClaims = { readonly claims: ClaimsRequest | null; readonly acrValues: readonly string[] };

const acrValuesMax = 20;

/**
 * OpenID Connect Core 1.0 §5.5: single claims that are asked for; §3.1.2.1 `acr_values`, without which and without a claim
 * `acr` the client's `default_acr_values` count (Dynamic Client Registration 1.0 §2).
 */
export const checkClaims: Step<WithParameters & WithClient & WithAnswerTo, WithClaims> = ({ parameters, client }) => {
  const claims = readClaims(parameters.values.get("claims"));
  const asked = spaceDelimited(parameters.values.get("acr_values"));
  const isClaimed = claims?.id_token?.acr !== undefined || claims?.userinfo?.acr !== undefined;
  const acrValues = asked.length > 0 || isClaimed ? asked : client.settings.defaultAcrValues;
  return { claims, acrValues: acrValues.filter((one) => one.length <= limits.nameChars).slice(0, acrValuesMax) };
};

const readClaims = (sent: string | undefined): ClaimsRequest | null => {
  if (sent === undefined) return null;
  const asked = parseJson(new TextEncoder().encode(sent));
  const { data } = claimsRequest.safeParse(isNested(asked, levelsMax) ? null : asked);
  if (data !== undefined) return data;
  throw new OAuthError("invalid_request", { description: "The parameter claims is not a claims request" });
};

/** `id_token`, the claim, `values` and what a value is made of. */
const levelsMax = 8;

/** Whether a value nests deeper than that: nobody asks for such claims, and reading them would cost a stack. */
const isNested = (value: unknown, levels: number): boolean =>
  typeof value === "object" &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isNested(inner, levels - 1)));
