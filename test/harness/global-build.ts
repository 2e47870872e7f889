import { ensureBuilt } from "../../tools/launch.mjs";

/** Vitest global set-up: what runs as a process of its own in these tests is the present sources, built once. */
export const setup = (): void => {
  if (!ensureBuilt()) throw new Error("the build failed: see above");
};
