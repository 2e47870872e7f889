/** One check of a request: needs what earlier steps found, and adds what it found itself. Throws to refuse. */
export type Step<Need, Added extends object> = (before: Need) => Added | Promise<Added>;

// A step takes only its own need: `never` is the one parameter type that all steps accept.
type AnyStep = (before: never) => object | Promise<object>;

/** What is known after the steps, or `never` when one of them needs what no earlier one adds. */
export type After<State, Steps extends readonly AnyStep[]> = Steps extends readonly [
  infer First extends AnyStep,
  ...infer Rest extends readonly AnyStep[],
]
  ? State extends Parameters<First>[0]
    ? After<State & Awaited<ReturnType<First>>, Rest>
    : never
  : State;

/** Declares steps as one list in order; a step before one that it depends on does not compile. */
export const inOrder =
  <Start>() =>
  <const Steps extends readonly AnyStep[]>(
    ...steps: [After<Start, Steps>] extends [never] ? ["a step needs what no earlier step adds"] : Steps
  ) =>
    steps as unknown as Steps; // the error message's type is only ever chosen where it does not compile

/** What the steps found, or where they stopped: what was known then, and why. */
export type Walked<Start, Steps extends readonly AnyStep[]> =
  | { readonly is: "done"; readonly found: After<Start, Steps> }
  | { readonly is: "refused"; readonly found: Start & Partial<After<Start, Steps>>; readonly error: unknown };

/** Goes through the steps. */
export const walk = async <Start extends object, const Steps extends readonly AnyStep[]>(
  start: Start,
  steps: Steps,
): Promise<Walked<Start, Steps>> => {
  let found: object = start;
  try {
    for (const step of steps) found = { ...found, ...(await step(found as never)) };
    // The list was checked by `inOrder`: each step had what it needs, so this is what all have added.
    return { is: "done", found: found as After<Start, Steps> };
  } catch (error) {
    return { is: "refused", found: found as Start & Partial<After<Start, Steps>>, error };
  }
};
