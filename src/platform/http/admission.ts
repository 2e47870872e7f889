import type { HttpRequest, HttpResponse } from "./server.ts";

/** Bounds of what a process works on at once. */
export type AdmissionLimits = {
  /** requests that are worked on; beyond it the answer is 503 at once */
  readonly inFlight: number;
  /** how long a request counts whose body has not arrived: who sends slowly takes no place from others */
  readonly bodyMs: number;
  /** how long a request counts at most: who is made to wait (wrong passwords) or listens (health watch) is no work */
  readonly workMs: number;
};

export type Admission = {
  /** Takes a place for this exchange until its answer is out; false: there is none. */
  readonly admit: (req: HttpRequest, res: HttpResponse) => boolean;
  readonly close: () => void;
};

type Place = { readonly req: HttpRequest; readonly since: number };

/**
 * What comes faster than it can be answered is refused while that is cheap, so that what has been admitted is answered
 * soon. A queue without an end would answer everybody too late.
 */
export const createAdmission = (limits: AdmissionLimits): Admission => {
  const places = new Set<Place>();

  const tidy = setInterval(() => {
    const now = performance.now();
    for (const place of places) {
      const age = now - place.since;
      if (age > limits.workMs || (age > limits.bodyMs && !place.req.complete)) places.delete(place);
    }
  }, limits.bodyMs);
  tidy.unref();

  return {
    admit: (req, res) => {
      if (places.size >= limits.inFlight) return false;
      const place = { req, since: performance.now() };
      places.add(place);
      res.once("close", () => places.delete(place));
      return true;
    },
    close: () => clearInterval(tidy),
  };
};
