import { randomBytes } from "node:crypto";
import type { NewId } from "../../kernel/ids.ts";

/**
 * Ids count milliseconds from 2020-01-01: far enough back that today's ids have 18 digits, late enough that 41 bits of
 * them last until 2089 (with 63 bits in all, an id fits a signed 64-bit integer).
 */
const epochMs = Date.UTC(2020, 0, 1);
const randomBits = 22n;
const lastMs = 2 ** 41 - 1;

/** The id for a moment and 22 random bits: a decimal string that sorts by time as a number. */
export const idAt = (wallMs: number, random: number): string => {
  const elapsedMs = Math.floor(wallMs) - epochMs;
  if (elapsedMs < 0 || elapsedMs > lastMs) throw new RangeError(`the clock is outside 2020 to 2089: ${wallMs}`);
  return ((BigInt(elapsedMs) << randomBits) | BigInt(random)).toString();
};

const poolBytes = 768;
let pool = Buffer.alloc(0);

/** 22 random bits; the system is asked for many at once, as each ask costs a system call. */
const random22 = (): number => {
  if (pool.length < 3) pool = randomBytes(poolBytes);
  const value = pool.readUIntBE(0, 3) & 0x3f_ffff;
  pool = pool.subarray(3);
  return value;
};

/** Makes {@link NewId}: decimal ids of 18–19 digits, unguessable enough to collide rarely, never a secret. */
export const createNewId =
  (wallMs: () => number = Date.now): NewId =>
  () =>
    idAt(wallMs(), random22());
