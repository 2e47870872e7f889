import { expect, test } from "vitest";
import { instantFromSeconds } from "../../../kernel/time.ts";
import { perAddress } from "./per-address.ts";

const now = instantFromSeconds(1_800_000_000);

test("each address has its own count, which an hour ends", () => {
  const admits = perAddress();
  expect([admits("192.0.2.1", 1, now), admits("192.0.2.1", 1, now), admits("192.0.2.2", 1, now)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(admits("192.0.2.1", 1, instantFromSeconds(1_800_003_600))).toBe(true);
});

test("the addresses of one IPv6 customer are one", () => {
  const admits = perAddress();
  expect(admits("2001:db8:1:2::1", 1, now)).toBe(true);
  expect(admits("2001:db8:1:2:ffff:ffff:ffff:ffff", 1, now)).toBe(false);
  expect(admits("2001:db8:1:3::1", 1, now)).toBe(true);
  expect([admits("::1", 1, now), admits("::ffff:192.0.2.1", 1, now)]).toEqual([true, true]);
});
