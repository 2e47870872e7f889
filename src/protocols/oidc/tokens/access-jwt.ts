import { z } from "zod";
import { type TokenId, tokenId } from "../../../kernel/ids.ts";
import { epochSeconds, type Instant } from "../../../kernel/time.ts";
import type { OidcInstance } from "../instance.ts";
import type { VerifyOwnJwt } from "./own-jwt.ts";

const claims = z.object({ iss: z.string(), exp: z.number(), jti: tokenId });

/** RFC 9068 §4: the id of the row behind a JWT access token that we signed and that has not expired, or `null`. */
export const accessJwtId =
  (verifyOwn: VerifyOwnJwt) =>
  async (
    instance: Pick<OidcInstance, "instanceId" | "issuer">,
    token: string,
    now: Instant,
  ): Promise<TokenId | null> => {
    const verified = await verifyOwn(instance.instanceId, token);
    if (verified === null || verified.typ !== "at+jwt") return null;
    const { data } = claims.safeParse(verified.payload);
    if (data === undefined || data.iss !== instance.issuer || data.exp <= epochSeconds(now)) return null;
    return data.jti;
  };
