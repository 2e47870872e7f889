import type { Membership } from "../../../kernel/actor.ts";
import { type InstanceId, type UserId, userId } from "../../../kernel/ids.ts";
import type { AuthorizeRequest } from "./request.ts";
import type { Step } from "./steps.ts";

export type WithLoginClient = { readonly loginClientId: UserId | null };

export type MembershipsOf = (
  where: { readonly instanceId: InstanceId },
  userId: UserId,
) => Promise<readonly Membership[]>;

/**
 * ZITADEL's header `x-zitadel-login-client`: a login built on the API, which brings the request, names its own user. Then it
 * alone may answer. A user without the role of a login client is not one, and the header means nothing.
 */
export const resolveLoginClient =
  (membershipsOf: MembershipsOf): Step<AuthorizeRequest, WithLoginClient> =>
  async ({ instance, loginClient }) => {
    const { data: named } = userId.safeParse(loginClient);
    if (named === undefined) return { loginClientId: null };
    const memberships = await membershipsOf(instance, named);
    const isLoginClient = memberships.some(
      ({ level, roles }) => level === "instance" && roles.includes("IAM_LOGIN_CLIENT"),
    );
    return { loginClientId: isLoginClient ? named : null };
  };
