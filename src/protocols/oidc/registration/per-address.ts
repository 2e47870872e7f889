import { type Instant, microsPerSecond } from "../../../kernel/time.ts";
import { networkOf } from "../../../platform/pace/network-of.ts";

const hour = 3_600 * microsPerSecond;
const addressesMax = 10_000;

/**
 * Counts what each address does within an hour, in this process: strangers fill no database and send us on no errands to
 * other hosts. Gives whether one more is admitted.
 */
export const perAddress = () => {
  const seen = new Map<string, { readonly since: Instant; count: number }>();
  return (from: string, max: number, now: Instant): boolean => {
    const address = networkOf(from);
    const known = seen.get(address);
    if (known !== undefined && now - known.since < hour) {
      known.count += 1;
      return known.count <= max;
    }
    if (seen.size >= addressesMax) seen.clear();
    seen.set(address, { since: now, count: 1 });
    return max >= 1;
  };
};

export type PerAddress = ReturnType<typeof perAddress>;
