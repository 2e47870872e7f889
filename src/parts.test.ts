import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsedBy } from "../test/harness/from-zod.ts";
import { setupActor, testInstanceId, testNow } from "../test/harness/given.ts";
import { type AnyStreamType, evolve, type Recorded, recordedActor } from "./kernel/event.ts";
import { orgId } from "./kernel/ids.ts";
import { canonicalJson } from "./kernel/json.ts";
import { instant } from "./kernel/time.ts";
import { parts } from "./parts.ts";

const frozen = <T>(value: T): T => {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
};

/** Any event of a stream that its schemas admit; now and then its personal part has been erased. */
const eventsOf = (stream: AnyStreamType): fc.Arbitrary<Recorded> =>
  fc.oneof(
    ...Object.entries(stream.events).map(([type, shape]) =>
      fc
        .record({
          payload: parsedBy(shape.payload),
          personal: shape.personal === undefined ? fc.constant(null) : fc.option(parsedBy(shape.personal)),
        })
        .map((parts) => ({
          ...parts,
          instanceId: testInstanceId,
          kind: stream.kind,
          id: "one",
          version: 1,
          type,
          actor: recordedActor(setupActor),
          ownerOrg: orgId.parse("acme"),
          at: testNow,
        })),
    ),
  );

describe.each(parts.map(({ stream }) => [stream.kind, stream] as const))("%s", (_kind, stream) => {
  test("any events in any order give a state, change nothing that was, and a stored state goes on as if it had not been stored", () => {
    fc.assert(
      fc.property(fc.array(eventsOf(stream), { maxLength: 12 }), (events) => {
        let kept = frozen(stream.initial);
        let stored = kept;
        for (const [index, event] of events.entries()) {
          const next = frozen({ ...event, version: index + 1, at: instant(testNow + index) });
          kept = frozen(evolve(stream, kept, next));
          stored = frozen(evolve(stream, frozen(JSON.parse(canonicalJson(stored))), next));
          expect(canonicalJson(stored)).toBe(canonicalJson(kept));
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });
});
