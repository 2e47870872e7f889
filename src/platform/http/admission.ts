import { AsyncLocalStorage } from "node:async_hooks";
import type { HttpRequest, HttpResponse } from "./server.ts";

/** Bounds of what a process works on at once. */
export type AdmissionLimits = {
  /** requests that are worked on at most; beyond it the answer is 503 at once */
  readonly inFlight: number;
  /** how long a request may take before fewer are let in: most of what is let in is answered in about this time */
  readonly targetMs: number;
  /** how long a request counts whose body has not arrived: who sends slowly takes no place from others */
  readonly bodyMs: number;
  /** how long a request counts at most; what still goes on then (health watch) listens and does not work */
  readonly workMs: number;
};

export type Admission = {
  /** Does the work if there is a place for it, which is taken until the answer is out; false: there is none. */
  readonly admit: (req: HttpRequest, res: HttpResponse, work: () => void) => boolean;
  readonly close: () => void;
};

type Place = {
  readonly req: HttpRequest;
  readonly res: HttpResponse;
  readonly since: number;
  /** how often it has stepped aside and has not come back */
  aside: number;
  /** milliseconds that it has stood aside */
  asideMs: number;
};

/** Never fewer, however slow each is. */
const fewest = 8;
const tickMs = 100;
/** Share of the newest tick in the rate. */
const freshness = 0.2;

const current = new AsyncLocalStorage<{ readonly place: Place; readonly places: Set<Place> }>();

/**
 * Waits for something that costs this process nothing and has a bound of its own: the queue of the password hashes, the
 * delay after a wrong password. Meanwhile the request takes no place from others, and its time does not count as slowness.
 */
export const standAside = async <T>(wait: () => Promise<T>): Promise<T> => {
  const here = current.getStore();
  if (here === undefined || !here.places.has(here.place)) return wait();
  const { place, places } = here;
  const from = performance.now();
  place.aside += 1;
  places.delete(place);
  try {
    return await wait();
  } finally {
    place.aside -= 1;
    place.asideMs += performance.now() - from;
    if (place.aside === 0 && !place.res.writableEnded && !place.res.destroyed) places.add(place);
  }
};

/**
 * What comes faster than it can be answered is refused while that is cheap, so that what has been admitted is answered
 * soon. A queue without an end would answer everybody too late, and one of fixed length is too long wherever the requests
 * are dear or the machine is slow. So the places are as many as were answered lately in `targetMs` (Little's law) while
 * most answers take longer than that, and grow back to `inFlight` while they do not (after CoDel, RFC 8289: a burst may
 * wait, a standing queue may not).
 */
export const createAdmission = (limits: AdmissionLimits): Admission => {
  const places = new Set<Place>();
  let allowed = limits.inFlight;
  let answered = 0;
  let slow = 0;
  let most = 0;
  let perTick = 0;

  const release = (place: Place): void => {
    if (!places.delete(place)) return;
    answered += 1;
    if (performance.now() - place.since - place.asideMs > limits.targetMs) slow += 1;
  };

  /** Places of those who send slowly, read slowly or only listen. */
  const tidy = (now: number): void => {
    for (const place of places) {
      const age = now - place.since;
      if (place.res.writableEnded) release(place);
      else if (age > limits.bodyMs && !place.req.complete) places.delete(place);
      else if (age - place.asideMs > limits.workMs) places.delete(place);
    }
  };

  const adjust = (): void => {
    perTick = perTick === 0 ? answered : perTick * (1 - freshness) + answered * freshness;
    // Few that are slow are slow for other reasons than each other.
    if (slow * 2 > answered && most * 2 > allowed) {
      allowed = Math.min(allowed, Math.max(fewest, allowed * 0.7, (perTick * limits.targetMs) / tickMs));
    } else allowed = Math.min(limits.inFlight, allowed * 1.05 + 1);
    answered = 0;
    slow = 0;
    most = places.size;
  };

  const timer = setInterval(() => {
    tidy(performance.now());
    adjust();
  }, tickMs);
  timer.unref();

  return {
    admit: (req, res, work) => {
      if (places.size >= allowed) return false;
      const place: Place = { req, res, since: performance.now(), aside: 0, asideMs: 0 };
      places.add(place);
      most = Math.max(most, places.size);
      res.once("close", () => release(place));
      current.run({ place, places }, work);
      return true;
    },
    close: () => clearInterval(timer),
  };
};
