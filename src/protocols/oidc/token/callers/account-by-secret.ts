import type { ServiceAccount, ServiceAccountReader } from "../../../../modules/user/service-account.queries.ts";
import { equalSecrets, sha256 } from "../../../../platform/crypto/secret.ts";
import { readBasic } from "../../client-auth/basic.ts";
import { readPost } from "../../client-auth/post.ts";
import type { ClientRequest } from "../../client-auth/presented.ts";
import type { OidcInstance } from "../../instance.ts";

/** Longer names are nobody's. */
const userNameChars = 200;

/**
 * The service account whose user name and client secret were sent as client credentials (RFC 6749 §2.3.1), or `null`: then
 * they may be an application's. Secrets have 256 random bits, so there is nothing to try out.
 */
export const accountBySecret =
  (findAccounts: ServiceAccountReader["withSecret"]) =>
  async ({ instanceId }: Pick<OidcInstance, "instanceId">, request: ClientRequest): Promise<ServiceAccount | null> => {
    const [presented, another] = [readBasic(request), readPost(request)].flatMap((one) =>
      one?.shows === "secret" ? one : [],
    );
    if (presented?.shows !== "secret" || another !== undefined) return null;
    const { clientId: name, secret } = presented;
    if (name === "" || name.length > userNameChars) return null;
    const named = request.parameters.values.get("client_id");
    if (named !== undefined && named !== name) return null;
    const hash = Buffer.from(sha256(secret)).toString("base64url");
    const accounts = await findAccounts(instanceId, name);
    return accounts.find(({ secretHash }) => equalSecrets(secretHash, hash)) ?? null;
  };
