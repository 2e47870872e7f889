/**
 * The one form under which names are compared for equality and uniqueness: NFKC, lower case, NFKC again
 * (after the UsernameCaseMapped profile of RFC 8265 §3.3). Idempotent.
 */
export const fold = (value: string): string => value.normalize("NFKC").toLowerCase().normalize("NFKC");
