/** The primes whose product the weak generator's primes are built on, as far as they tell anything. */
const primes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157] as const;

/** All powers of 65537 modulo `prime`. */
const powersOf65537 = (prime: number): ReadonlySet<number> => {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power);
  return powers;
};

const fingerprint = primes.map((prime) => ({ prime: BigInt(prime), powers: powersOf65537(prime) }));

/**
 * CVE-2017-15361 (ROCA): keys of a widely used chip whose modulus is a power of 65537 modulo each of these primes can be
 * factored. About one sound key in 2^27 looks the same (Nemec et al., CCS 2017, §3.2).
 */
export const hasRocaFingerprint = (modulus: bigint): boolean =>
  fingerprint.every(({ prime, powers }) => powers.has(Number(modulus % prime)));
