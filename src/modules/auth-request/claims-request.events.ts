import { z } from "zod";

/** How one claim is asked for (OpenID Connect Core 1.0 §5.5.1). */
const individualClaim = z
  .object({
    essential: z.boolean().optional(),
    value: z.json().optional(),
    values: z.array(z.json()).max(50).optional(),
  })
  .nullable();

const members = z.record(z.string().max(200), individualClaim);

/** OpenID Connect Core 1.0 §5.5: the parameter `claims`. Members that are not defined there are left out. */
export const claimsRequest = z.object({ userinfo: members.optional(), id_token: members.optional() });
export type ClaimsRequest = z.output<typeof claimsRequest>;
