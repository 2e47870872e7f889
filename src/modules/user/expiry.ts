import { z } from "zod";
import type { Instant } from "../../kernel/time.ts";

/** When a credential ends; `null`: never. Whether it lies in the future is for the decision to say. */
export const optionalExpiry = z
  .custom<Instant>((value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0)
  .nullable();
