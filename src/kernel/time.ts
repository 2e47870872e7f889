/** A moment: microseconds since 1970-01-01T00:00:00Z, a safe integer until the year 2255. */
export type Instant = number & { readonly __brand: "Instant" };

/** An {@link Instant} counts these. */
export const microsPerSecond = 1_000_000;

/** Brands a number of microseconds; throws on anything that is not a safe, non-negative integer. */
export const instant = (micros: number): Instant => {
  if (!Number.isSafeInteger(micros) || micros < 0) throw new RangeError(`not an instant: ${micros}`);
  return micros as Instant;
};

/** The instant of a NumericDate (RFC 7519 §2), down to the second. */
export const instantFromSeconds = (seconds: number): Instant => instant(Math.floor(seconds) * microsPerSecond);

/** The instant so many seconds later, or earlier where they are negative. */
export const addSeconds = (at: Instant, seconds: number): Instant =>
  instant(at + Math.round(seconds * microsPerSecond));

/** Whole seconds since the epoch, rounded down: the form of `exp`, `iat` and `auth_time` (RFC 7519 §2 NumericDate). */
export const epochSeconds = (at: Instant): number => Math.floor(at / microsPerSecond);

/** Seconds and nanoseconds, the form of `google.protobuf.Timestamp`. */
export const toTimestamp = (at: Instant): { seconds: bigint; nanos: number } => ({
  seconds: BigInt(Math.floor(at / microsPerSecond)),
  nanos: (at % microsPerSecond) * 1_000,
});

/**
 * Reverse of {@link toTimestamp}; nanoseconds below a microsecond are dropped. A moment before 1970 or after 2255 becomes
 * the nearest instant: callers who mean "never" send the year 2519 or 9999.
 */
export const fromTimestamp = (stamp: { readonly seconds: bigint; readonly nanos: number }): Instant => {
  const micros = Number(stamp.seconds) * microsPerSecond + Math.floor(stamp.nanos / 1_000);
  return instant(Math.min(Math.max(micros, 0), Number.MAX_SAFE_INTEGER));
};
