import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Ctx } from "../../../kernel/actor.ts";
import { browserId } from "../../../kernel/ids.ts";
import { addSeconds } from "../../../kernel/time.ts";
import type { AnswerTo } from "../../../modules/auth-request/answer-writer.ts";
import type { InstanceKeys } from "../../../platform/keys/instance-keys.ts";
import { parseJson } from "../../../platform/keys/verifying.ts";
import { endpoints } from "../endpoints.ts";
import type { Enter } from "../enter.ts";
import { OAuthError } from "../errors.ts";
import { queryOf } from "../http.ts";
import { readParameters, required } from "../parameters.ts";
import type { ResponseParameters } from "./response-url.ts";

/** The way from the answer to the page is one redirect. */
const answerSeconds = 120;

const label = "response:form_post" as const;

const sealedAnswer = z.object({
  action: z.string(),
  fields: z.array(z.tuple([z.string(), z.string()])),
  /** the only browser that gets it; `null`: not known */
  browser: browserId.nullable(),
  until: z.number(),
});

/** A form that the browser posts to the client. */
export type FormPost = { readonly action: string; readonly fields: ResponseParameters };

/**
 * OAuth 2.0 Form Post Response Mode §2: the address of the page that posts the answer. The answer goes along sealed, so that
 * nothing of it is stored, and whoever answers the request, also from another host, has but a URL to send the browser to.
 */
export const formPostUrl = async (
  { sealSecret }: Pick<InstanceKeys, "sealSecret">,
  ctx: Ctx,
  issuer: string,
  to: AnswerTo,
  fields: ResponseParameters,
): Promise<string> => {
  const answer: z.input<typeof sealedAnswer> = {
    action: to.redirectUri,
    fields: fields.map(([name, value]) => [name, value]),
    // A login client stands between the browser and us: the browser's cookie is of its host, not of ours.
    browser: to.loginClientId === null ? to.browserId : null,
    until: addSeconds(ctx.now, answerSeconds),
  };
  const sealed = await sealSecret(ctx.instanceId, label, JSON.stringify(answer));
  return `${issuer}${endpoints.authorizeCallback}?${new URLSearchParams({ response: sealed })}`;
};

export type FormPostDeps = {
  readonly enter: Enter;
  readonly openSecret: InstanceKeys["openSecret"];
  readonly sendFormPost: (request: FastifyRequest, reply: FastifyReply, form: FormPost) => FastifyReply;
};

/** Shows the page that posts an answer to its client. */
export const formPostEndpoint =
  ({ enter, openSecret, sendFormPost }: FormPostDeps) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { ctx, instance } = await enter(request);
    const sealed = required(readParameters(queryOf(request), { valueChars: sealedChars }), "response");
    const opened = await openSecret(ctx.instanceId, label, sealed).catch(() => null);
    const { data } = sealedAnswer.safeParse(opened === null ? undefined : parseJson(opened));
    if (data === undefined || data.until <= ctx.now) {
      throw new OAuthError("invalid_request", { description: "The answer is not valid or has expired" });
    }
    if (data.browser !== null && data.browser !== instance.browsers.read(request)) {
      throw new OAuthError("invalid_request", { description: "The answer belongs to another browser" });
    }
    return sendFormPost(request, reply, data);
  };

/** Two JWTs and a state, sealed. */
const sealedChars = 60_000;
