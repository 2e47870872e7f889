import { z } from "zod";
import { authorizationDetails, confirmation } from "../grant/grant.events.ts";

/** What kinds of credentials remember beside their bonds; a kind uses what it needs. */
export const tokenData = z.looseObject({
  /** `access`, `refresh`: the scope of this token (RFC 6749 §3.3) */
  scope: z.array(z.string()).optional(),
  /** `access`: who may accept it; Munot's own API only when the instance's own project is among them */
  audience: z.array(z.string()).optional(),
  /** `device`, `ciba`: the request that it stands for */
  decoupledId: z.string().optional(),
  /** `access`: what its holder must show beside it (RFC 7800 §3.1) */
  confirmation: confirmation.optional(),
  /** `access`: what of the grant's it stands for (RFC 9396 §6) */
  authorizationDetails: authorizationDetails.optional(),
});

export type TokenData = z.infer<typeof tokenData>;
