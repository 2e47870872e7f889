import type { BrowserId } from "../../../kernel/ids.ts";
import type { Requested } from "../../../modules/auth-request/auth-request.events.ts";
import type { Checked } from "./authorize-steps.ts";

/** A checked authorization request as an auth request keeps it. */
export const askedOf = (checked: Checked, browser: BrowserId): Requested => ({
  clientId: checked.client.clientId,
  redirectUri: checked.redirectUri,
  responseType: checked.responseType,
  responseMode: checked.answerTo.responseMode,
  scope: [...checked.scope],
  audience: [...checked.audience],
  state: checked.answerTo.state,
  nonce: checked.nonce,
  codeChallenge: checked.codeChallenge,
  prompt: checked.prompt,
  maxAgeSeconds: checked.maxAgeSeconds,
  uiLocales: [...checked.uiLocales],
  acrValues: [...checked.acrValues],
  hintUserId: checked.meantUserId,
  orgId: checked.orgId,
  browserId: browser,
  loginClientId: checked.loginClientId,
  claims: checked.claims,
  resources: [...checked.resources],
  authorizationDetails: checked.authorizationDetails,
  dpopJkt: checked.dpopJkt,
  decoupledId: null,
  pushedId: checked.arrival.pushedId,
});
