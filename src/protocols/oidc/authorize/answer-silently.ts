import type { Run } from "../../../kernel/command.ts";
import type { BrowserId } from "../../../kernel/ids.ts";
import { Refusal } from "../../../kernel/refusal.ts";
import type { AnswerWriter } from "../../../modules/auth-request/answer-writer.ts";
import {
  type CompleteAuthRequestSources,
  completeAuthRequest,
} from "../../../modules/auth-request/complete-auth-request.ts";
import { startAuthRequest } from "../../../modules/auth-request/start-auth-request.ts";
import { errorWithoutInteraction, whatIsMissing } from "../../../modules/auth-request/what-is-missing.ts";
import type { SessionReader } from "../../../modules/session/session.queries.ts";
import type { PoliciesOf } from "../../../modules/settings/policies.events.ts";
import { OAuthError } from "../errors.ts";
import { askedOf } from "./asked.ts";
import type { Checked } from "./authorize-steps.ts";

export type AnswerSilentlyDeps = {
  readonly run: Run<CompleteAuthRequestSources>;
  readonly sessions: Pick<SessionReader, "ofBrowser">;
  readonly policiesOf: PoliciesOf;
  readonly answers: AnswerWriter;
};

/**
 * OpenID Connect Core 1.0 §3.1.2.1 `prompt=none`: the answer if one of the browser's sessions satisfies the request as it is,
 * else the error that says what kind of interaction would be needed (§3.1.2.6). Never a page.
 */
export const answerSilently =
  ({ run, sessions, policiesOf, answers }: AnswerSilentlyDeps) =>
  async (checked: Checked, browser: BrowserId | null): Promise<string> => {
    const { ctx, loginHint } = checked;
    if (browser === null) throw new OAuthError("login_required");
    // Nobody else is asked: the answer is of one of this browser's own sessions.
    const requested = { ...askedOf(checked, browser), loginClientId: null };
    const { login: rules } = await policiesOf(ctx, checked.orgId);
    const missing = whatIsMissing(
      { requested, loginHint, createdAt: ctx.now },
      await sessions.ofBrowser(ctx.instanceId, browser, ctx.now),
      { rules, chosen: null, now: ctx.now },
    );
    if (missing.is !== "ready") throw new OAuthError(errorWithoutInteraction[missing.is]);
    const { sessionId, userId } = missing.session;
    const started = await run(startAuthRequest, ctx, { ...requested, loginHint });
    try {
      const { result } = await run(completeAuthRequest, ctx, {
        authRequestId: started.result.authRequestId,
        sessionId,
        userId,
        proof: { by: "browser", browserId: browser },
      });
      return await answers.completed(ctx, checked.instance.issuer, result);
    } catch (error) {
      // The policy of the user's own organization asks for more, or the session ended just now.
      if (error instanceof Refusal && error.code === "auth_request.user_not_authorized") {
        throw new OAuthError("access_denied", { description: "The user has no access to the application" });
      }
      if (error instanceof Refusal && error.code === "auth_request.consent_missing") {
        throw new OAuthError("consent_required");
      }
      if (error instanceof Refusal && error.kind !== "aborted") {
        throw new OAuthError("interaction_required", { detail: error.code });
      }
      throw error;
    }
  };
