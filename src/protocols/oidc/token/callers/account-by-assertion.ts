import { createHash } from "node:crypto";
import { z } from "zod";
import { userId } from "../../../../kernel/ids.ts";
import { epochSeconds, type Instant, instantFromSeconds } from "../../../../kernel/time.ts";
import type { ServiceAccount, ServiceAccountReader } from "../../../../modules/user/service-account.queries.ts";
import { decodeBase64url } from "../../../../platform/crypto/secret.ts";
import type { UseAssertion } from "../../../../platform/keys/assertion-uses.ts";
import { verifyJwt } from "../../../../platform/keys/verify-jwt.ts";
import { importVerificationKey, parseJson, readJwsHeader } from "../../../../platform/keys/verifying.ts";
import { endpoints } from "../../endpoints.ts";
import type { OidcInstance } from "../../instance.ts";

/** How long an assertion may live, and how old it may be: an hour, as at ZITADEL. */
const assertionSeconds = 3_600;

/**
 * Processes that start together make equal assertions within a second, as ZITADEL's libraries put no `jti` into them: so
 * long one without may come again.
 */
const equalSeconds = 10;

const namedAccount = z.looseObject({ iss: userId });

export type AccountAssertionDeps = {
  readonly findAccountKey: ServiceAccountReader["withKey"];
  readonly useAssertion: UseAssertion;
};

type Answer =
  | { readonly ok: true; readonly account: ServiceAccount }
  | { readonly ok: false; readonly problem: string };

const refuse = (problem: string): Answer => ({ ok: false, problem });

/**
 * RFC 7523 §2.1, §3 in the form of ZITADEL's key files: issuer and subject are the service account, signed by its key of the
 * header's `kid`, for us and nobody else, at most an hour old, used once.
 */
export const accountByAssertion =
  ({ findAccountKey, useAssertion }: AccountAssertionDeps) =>
  async (
    { instanceId, issuer }: Pick<OidcInstance, "instanceId" | "issuer">,
    assertion: string,
    now: Instant,
  ): Promise<Answer> => {
    const header = readJwsHeader(assertion);
    if (header?.kid === undefined) return refuse("no kid");
    const payload = decodeBase64url(assertion.split(".")[1] ?? "");
    const { data: named } = namedAccount.safeParse(payload === null ? undefined : parseJson(payload));
    if (named === undefined) return refuse("no issuer");
    const found = await findAccountKey(instanceId, named.iss, header.kid, now);
    const key = found === null ? null : importVerificationKey(found.publicJwk);
    if (found === null || key === null) return refuse("unknown key, or its account is not active");

    const audience = [issuer, issuer + endpoints.token];
    const verified = await verifyJwt(assertion, [{ ...key, kid: header.kid }], {
      issuer: found.userId,
      audience,
      now,
      expiry: "required",
      maxLifeSeconds: assertionSeconds,
    });
    if (!verified.ok) return refuse(verified.reason);
    const { aud, exp = 0, iat = 0, jti, sub } = verified.claims;
    if (sub !== found.userId) return refuse("subject");
    // Meant for others as well, it could be theirs to replay here.
    if (![aud ?? []].flat().every((one) => audience.includes(one))) return refuse("audience");
    if (iat < epochSeconds(now) - assertionSeconds) return refuse("too old");
    const isFirst = await useAssertion(instanceId, {
      issuer: `user ${found.userId}`,
      jti: jti ?? createHash("sha256").update(assertion).digest("base64url"),
      expiresAt: instantFromSeconds(exp),
    });
    const mayBeEqual = jti === undefined && epochSeconds(now) <= iat + equalSeconds;
    if (!isFirst && !mayBeEqual) return refuse("used before");
    const { publicJwk: _key, ...account } = found;
    return { ok: true, account };
  };
