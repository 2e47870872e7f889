import { z } from "zod";
import { type Core, systemCtx } from "./compose.ts";
import type { Ctx } from "./kernel/actor.ts";
import type { InstanceId } from "./kernel/ids.ts";
import { Refusal } from "./kernel/refusal.ts";
import { activateWebKey } from "./modules/web-key/activate-web-key.ts";
import { generateWebKey } from "./modules/web-key/generate-web-key.ts";
import { removeWebKey } from "./modules/web-key/remove-web-key.ts";
import { retireWebKey } from "./modules/web-key/retire-web-key.ts";
import { isKnown, type RotationStep, rotationPlan, successorsOf } from "./modules/web-key/rotation.events.ts";
import { publishedFirstSeconds, type WebKeyAlgorithm, webKeyAlgorithms } from "./modules/web-key/web-key.events.ts";
import type { WebKeyView } from "./modules/web-key/web-key.queries.ts";

type Rotating = Pick<Core, "run" | "readers" | "now" | "alone">;

const day = 24 * 60 * 60;
/** An ID token is good as a hint for longer than it is valid: a person who signs out after weeks is still recognised. */
const keptLeastSeconds = 30 * day;
const clockSkewSeconds = 60;

const apply = ({ run }: Pick<Core, "run">, ctx: Ctx, step: RotationStep<WebKeyView>): Promise<unknown> => {
  switch (step.do) {
    case "generate":
      return run(generateWebKey, ctx, { algorithm: step.algorithm, bits: step.bits });
    case "activate":
      return run(activateWebKey, ctx, { keyId: step.key.keyId, replaces: step.replaces.keyId });
    case "retire":
      return run(retireWebKey, ctx, { keyId: step.key.keyId });
    case "remove":
      return run(removeWebKey, ctx, { keyId: step.key.keyId });
  }
};

const rotateDue = async (core: Rotating, instanceId: InstanceId, everyDays: number): Promise<void> => {
  const ctx = systemCtx(instanceId, "job", core.now());
  const { algorithms, longestTokenSeconds } = await core.readers.signingUse.signingUse(instanceId);
  const steps = rotationPlan(await core.readers.webKeys.list(ctx), {
    now: ctx.now,
    everySeconds: everyDays * day,
    keptSeconds: Math.max(keptLeastSeconds, longestTokenSeconds + clockSkewSeconds),
    asked: algorithms,
  });
  for (const step of steps) await apply(core, ctx, step);
};

/**
 * Brings the signing keys of every instance up to date, one process at a time. `everyDays` 0: they are left alone. What
 * fails in one instance keeps no other waiting.
 */
export const rotateDueKeys = async (
  core: Rotating,
  everyDays: number,
  onFailure: (error: unknown) => void,
): Promise<void> => {
  if (everyDays === 0) return;
  await core.alone(async () => {
    for (const { instanceId } of await core.readers.instances.instances()) {
      await rotateDue(core, instanceId, everyDays).catch(onFailure);
    }
  });
};

/** Makes the keys that clients ask for and the instance has none of yet, so that they are published before they sign. */
export const provideKeys = async (
  { run, readers, now, alone }: Rotating,
  instanceId: InstanceId,
  algorithms: readonly WebKeyAlgorithm[],
): Promise<void> => {
  await alone(async () => {
    for (const algorithm of algorithms) {
      if ((await readers.webKeys.ofAlgorithm(instanceId, algorithm, now())) !== null) continue;
      await run(generateWebKey, systemCtx(instanceId, "job", now()), { algorithm });
    }
  });
};

/** What came of a rotation that somebody asked for. */
type Rotated =
  | { readonly is: "rotated"; readonly keyId: string }
  /** another key is published now; it can sign in so many seconds */
  | { readonly is: "published"; readonly keyId: string; readonly readyInSeconds: number };

/**
 * Lets another key sign, of the same kind as now or of another algorithm. Only one that verifiers can know already: where
 * there is none, one is made and published, and the same call made later lets it sign.
 */
const rotateNow = (
  { run, readers, now, alone }: Rotating,
  instanceId: InstanceId,
  algorithm: WebKeyAlgorithm | null,
): Promise<Rotated> =>
  alone(async () => {
    const ctx = systemCtx(instanceId, "cli", now());
    const keys = await readers.webKeys.list(ctx);
    const active = keys.find(({ state }) => state === "active");
    if (active === undefined) throw new Refusal("web_key.not_found");
    const isOther = algorithm !== null && algorithm !== active.algorithm;
    const wanted = isOther ? { algorithm, bits: null } : active;
    const successors = successorsOf(keys, wanted);
    const next = successors.find((key) => isKnown(key, ctx.now));
    const bits = !isOther && (active.bits === 3072 || active.bits === 4096) ? active.bits : 2048;
    if (next !== undefined) {
      await run(activateWebKey, ctx, { keyId: next.keyId, replaces: active.keyId });
      // The next rotation, too, finds a key that everybody knows.
      if (successors.length === 1) await run(generateWebKey, ctx, { algorithm: wanted.algorithm, bits });
      return { is: "rotated", keyId: next.keyId };
    }
    const [waiting] = successors;
    const keyId =
      waiting?.keyId ?? (await run(generateWebKey, ctx, { algorithm: wanted.algorithm, bits })).result.keyId;
    const age = waiting === undefined ? 0 : (ctx.now - waiting.createdAt) / 1_000_000;
    return { is: "published", keyId, readyInSeconds: Math.ceil(publishedFirstSeconds - age) };
  });

const asked = z.object({ algorithm: z.enum(webKeyAlgorithms).nullable() });

/** Rotates the keys of all instances, as the command line asks; says what came of it. */
export const rotateAll = async (core: Rotating, input: unknown): Promise<readonly string[]> => {
  const { algorithm } = asked.parse(input);
  const said: string[] = [];
  for (const { instanceId, primaryDomain } of await core.readers.instances.instances()) {
    const done = await rotateNow(core, instanceId, algorithm);
    said.push(
      done.is === "rotated"
        ? `${primaryDomain}: ${done.keyId} signs now; the key before stays published for what it has signed.`
        : `${primaryDomain}: ${done.keyId} is published; call this again in ${Math.ceil(done.readyInSeconds / 60)} minutes to let it sign.`,
    );
  }
  return said;
};
