import { addSeconds, type Instant } from "../../kernel/time.ts";
import { publishedFirstSeconds, type WebKeyAlgorithm, type WebKeyBits } from "./web-key.events.ts";

/** What a rotation looks at of a key. */
export type RotatingKey = {
  readonly keyId: string;
  readonly state: "initial" | "active" | "inactive";
  readonly algorithm: WebKeyAlgorithm;
  readonly bits: number | null;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

/** One step towards new keys; each may be done again, and after it the next plan looks anew. */
export type RotationStep<Key extends RotatingKey> =
  | { readonly do: "generate"; readonly algorithm: WebKeyAlgorithm; readonly bits: WebKeyBits }
  | { readonly do: "activate"; readonly key: Key; readonly replaces: Key }
  | { readonly do: "retire"; readonly key: Key }
  | { readonly do: "remove"; readonly key: Key };

export type RotationRules = {
  readonly now: Instant;
  /** after how long another key signs */
  readonly everySeconds: number;
  /** how long what a key has signed is valid, after it has signed last */
  readonly keptSeconds: number;
  /** the algorithms that clients ask for */
  readonly asked: readonly WebKeyAlgorithm[];
};

const bitsLike = ({ bits }: RotatingKey): WebKeyBits => (bits === 3072 || bits === 4096 ? bits : 2048);

/** Whether every verifier has fetched the published keys since this one is among them, or may be about to. */
export const isKnown = ({ createdAt }: Pick<RotatingKey, "createdAt">, now: Instant): boolean =>
  addSeconds(createdAt, publishedFirstSeconds) <= now;

/** The keys that can follow a key: of its kind, not yet used, the longest published first. */
export const successorsOf = <Key extends RotatingKey>(
  keys: readonly Key[],
  { algorithm, bits }: Pick<RotatingKey, "algorithm" | "bits">,
): readonly Key[] =>
  keys
    .filter((key) => key.state === "initial" && key.algorithm === algorithm && (bits === null || key.bits === bits))
    .sort((one, other) => one.createdAt - other.createdAt);

/**
 * What is due now. There is always a key in reserve, published long before it signs; a key that has been replaced stays
 * published until all that it signed has expired. Keys of algorithms that nobody asks for are their maker's business.
 */
export const rotationPlan = <Key extends RotatingKey>(
  keys: readonly Key[],
  { now, everySeconds, keptSeconds, asked }: RotationRules,
): readonly RotationStep<Key>[] => {
  const isDue = (since: Instant): boolean => addSeconds(since, everySeconds) <= now;
  const active = keys.find(({ state }) => state === "active");
  const steps: RotationStep<Key>[] = [];
  if (active !== undefined) {
    const successors = successorsOf(keys, active);
    const next = successors.find((key) => isKnown(key, now));
    const takesOver = isDue(active.changedAt) && next !== undefined;
    if (takesOver) steps.push({ do: "activate", key: next, replaces: active });
    if (successors.length <= (takesOver ? 1 : 0)) {
      steps.push({ do: "generate", algorithm: active.algorithm, bits: bitsLike(active) });
    }
  }
  for (const algorithm of asked) {
    if (algorithm === active?.algorithm) continue;
    const signing = successorsOf(keys, { algorithm, bits: null });
    const newest = signing.at(-1);
    if (newest === undefined || isDue(newest.createdAt)) {
      steps.push({ do: "generate", algorithm, bits: newest === undefined ? 2048 : bitsLike(newest) });
    }
    const current = signing.findLast((key) => isKnown(key, now));
    for (const key of signing.slice(0, current === undefined ? 0 : signing.indexOf(current))) {
      steps.push({ do: "retire", key });
    }
  }
  for (const key of keys) {
    if (key.state === "inactive" && addSeconds(key.changedAt, keptSeconds) <= now) steps.push({ do: "remove", key });
  }
  return steps;
};
