import type { ClientInfo, Ctx } from "../../kernel/actor.ts";
import type { Instant } from "../../kernel/time.ts";
import type { WebRequest } from "../../platform/http/web.ts";
import type { OidcInstance } from "./instance.ts";

export type EnterDeps = {
  /** the instance that the request's host belongs to; rejects when it belongs to none */
  readonly instanceOf: (request: WebRequest) => Promise<OidcInstance>;
  readonly clientInfoOf: (request: WebRequest) => ClientInfo | null;
  readonly now: () => Instant;
};

export type Entered = { readonly ctx: Ctx; readonly instance: OidcInstance };
export type Enter = (request: WebRequest) => Promise<Entered>;

const issuers = new WeakMap<object, string>();

/** The issuer that a request has reached, for whoever writes its refusal; `null`: it did not get that far. */
export const enteredIssuer = ({ raw }: Pick<WebRequest, "raw">): string | null => issuers.get(raw) ?? null;

/**
 * Every request starts here: its instance, and one moment for all that it does. The protocol acts as itself: it may start
 * and link auth requests and end sessions, as a login client may; what a client or user may do, its own checks decide.
 */
export const enterWith =
  ({ instanceOf, clientInfoOf, now }: EnterDeps): Enter =>
  async (request) => {
    const instance = await instanceOf(request);
    issuers.set(request.raw, instance.issuer);
    return {
      instance,
      ctx: {
        instanceId: instance.instanceId,
        actor: { kind: "system", name: "oidc", memberships: [{ level: "instance", roles: ["IAM_LOGIN_CLIENT"] }] },
        now: now(),
        client: clientInfoOf(request),
      },
    };
  };
