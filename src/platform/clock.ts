import { performance } from "node:perf_hooks";
import { type Instant, instant } from "../kernel/time.ts";

/** Where a clock gets its readings; replaced in tests. */
export type ClockSource = {
  /** wall time in milliseconds since 1970, as the operating system says now */
  readonly wallMs: () => number;
  /** milliseconds of a clock that nobody can set */
  readonly monotonicMs: () => number;
};

const systemSource: ClockSource = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/**
 * A clock in microseconds that never goes back within the process. The monotonic clock gives the microseconds; when the
 * wall clock has moved away from it (adjusted, suspended) the wall clock wins, except backwards: then time stands still
 * until the wall clock has caught up.
 */
export const createClock = (source: ClockSource = systemSource): (() => Instant) => {
  const toleratedDriftMs = 5;
  let offsetMs = source.wallMs() - source.monotonicMs();
  let last = 0;
  return () => {
    const wallMs = source.wallMs();
    const monotonicMs = source.monotonicMs();
    if (Math.abs(monotonicMs + offsetMs - wallMs) > toleratedDriftMs) offsetMs = wallMs - monotonicMs;
    last = Math.max(last, Math.floor((monotonicMs + offsetMs) * 1_000));
    return instant(last);
  };
};

/** The process's wall clock: microseconds, never going back. */
export const now: () => Instant = createClock();

/** Milliseconds of a clock that nobody can set: for durations and deadlines only. */
export const monotonicMs = (): number => performance.now();

/** An instant as people read it: RFC 3339, UTC. */
export const isoText = (at: Instant): string => new Date(at / 1_000).toISOString();
