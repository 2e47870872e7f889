import { z } from "zod";
import { limits } from "./limits.ts";

/** Text that both databases can hold: no U+0000 (PostgreSQL refuses it) and no lone surrogate. */
export const isStorable = (value: string): boolean => !value.includes("\u0000") && value.isWellFormed();

/** Free text up to `max` characters, may be empty. */
export const text = (max: number = limits.textChars) =>
  z.string().max(max, `must be at most ${max} characters`).refine(isStorable, "holds characters that cannot be stored");

/** Single-line name: 1 to `max` characters after trimming, no control characters. */
export const name = (max: number = limits.nameChars) =>
  text(max)
    .trim()
    .min(1, "must not be empty")
    .refine((value) => !/\p{Cc}/u.test(value), "holds control characters");

/** E-mail address in the practical subset of RFC 5321 §4.1.2: one `@`, no white space or control characters, 254 characters. */
export const email = text(254)
  .trim()
  .regex(/^[^\s@\p{Cc}<>"(),:;[\]\\]+@[^\s@\p{Cc}<>"(),:;[\]\\]+$/u, "is not an e-mail address");

/** Order of code units for `sort`: the same on every machine, whatever its language. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
