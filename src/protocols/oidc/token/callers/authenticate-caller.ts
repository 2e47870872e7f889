import type { AuthenticateClient } from "../../client-auth/authenticate-client.ts";
import type { ClientRequest } from "../../client-auth/presented.ts";
import type { Entered } from "../../enter.ts";
import { OAuthError } from "../../errors.ts";
import { required } from "../../parameters.ts";
import type { accountByAssertion } from "./account-by-assertion.ts";
import type { accountBySecret } from "./account-by-secret.ts";
import type { Caller } from "./caller.ts";

export type CallerDeps = {
  readonly authenticateClient: AuthenticateClient;
  readonly accountBySecret: ReturnType<typeof accountBySecret>;
  readonly accountByAssertion: ReturnType<typeof accountByAssertion>;
};

type Authenticate = (entered: Entered, request: ClientRequest) => Promise<Caller>;

/** By whom a grant may be used, and how each proves who it is. */
export const callerKinds = {
  client:
    ({ authenticateClient }): Authenticate =>
    async (entered, request) => ({ is: "client", client: await authenticateClient(entered, request) }),
  client_or_account:
    ({ authenticateClient, accountBySecret }): Authenticate =>
    async (entered, request) => {
      const account = await accountBySecret(entered.instance, request);
      if (account !== null) return { is: "service_account", account };
      return { is: "client", client: await authenticateClient(entered, request) };
    },
  /** RFC 7521 §4.1: the assertion is grant and proof in one, there need be no client. */
  assertion:
    ({ accountByAssertion }): Authenticate =>
    async ({ ctx, instance }, { parameters }) => {
      const found = await accountByAssertion(instance, required(parameters, "assertion"), ctx.now);
      if (!found.ok) throw new OAuthError("invalid_grant", { detail: `assertion: ${found.problem}` });
      return { is: "service_account", account: found.account };
    },
} as const satisfies Record<string, (deps: CallerDeps) => Authenticate>;

export type CallerKind = keyof typeof callerKinds;
