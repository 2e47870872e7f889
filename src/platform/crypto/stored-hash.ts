/** Argon2 as stored: memory in KiB, passes, lanes. */
export type Argon2Hash = {
  readonly scheme: "argon2i" | "argon2id";
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
};

/** What a stored password hash says of itself, before anything is computed. */
export type StoredHash =
  | Argon2Hash
  | { readonly scheme: "bcrypt"; readonly cost: number }
  | {
      readonly scheme: "scrypt";
      readonly logN: number;
      readonly blockSize: number;
      readonly lanes: number;
      readonly salt: Uint8Array;
      readonly hash: Uint8Array;
    }
  | {
      readonly scheme: "pbkdf2";
      readonly digest: "sha1" | "sha256" | "sha512";
      readonly iterations: number;
      readonly salt: Uint8Array;
      readonly hash: Uint8Array;
    };

/**
 * The most that one check of an imported hash may cost (flaw class: denial of service by import parameters), above what the
 * sources of imports use by default (bcrypt 14, scrypt N = 2^17, PBKDF2 with 1,300,000 rounds). Measured at the limit:
 * argon2 0.6 s, bcrypt 2.0 s, scrypt 0.8 s, PBKDF2 1.0 s; never more than 128 MiB.
 */
const costLimits = {
  argon2: { memoryKib: 131_072, passes: 16, lanes: 16, memoryKibTimesPasses: 1_048_576 },
  bcrypt: { cost: 15 },
  scrypt: { memoryBytes: 134_217_728, lanes: 8, work: 2_097_152 },
  pbkdf2: { iterations: 2_000_000 },
} as const;

const b64 = "([A-Za-z0-9+/]{8,88})";
const argon2Form = new RegExp(
  `^\\$(argon2id?)\\$v=(?:16|19)\\$m=(\\d{1,10}),t=(\\d{1,10}),p=(\\d{1,3})\\$${b64}\\$${b64}$`,
);
const bcryptForm = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
// Passlib and its ports write `.` for `+`, and the rounds of PBKDF2 as a bare number.
const ab64 = "([A-Za-z0-9+/.]{2,88})={0,2}";
const scryptForm = new RegExp(`^\\$scrypt\\$ln=(\\d{1,2}),r=(\\d{1,6}),p=(\\d{1,6})\\$${ab64}\\$${ab64}$`);
const pbkdf2Form = new RegExp(
  `^\\$pbkdf2(?:-(sha1|sha256|sha512))?\\$(?:i=)?(\\d{1,10})(?:,l=\\d{1,3})?\\$${ab64}\\$${ab64}$`,
);

const decode = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(".", "+"), "base64"));

/** 16 bytes are the least that cannot be guessed by trying hashes; some exports cut them to that. */
const minHashBytes = 16;

/** Reads a stored hash; `null` for a scheme that is not supported, a malformed hash, or one whose cost is out of bounds. */
export const readStoredHash = (phc: string): StoredHash | null =>
  phc.length > 512 ? null : (readArgon2(phc) ?? readBcrypt(phc) ?? readScrypt(phc) ?? readPbkdf2(phc));

const readArgon2 = (phc: string): StoredHash | null => {
  const [, scheme, m, t, p, , hash] = argon2Form.exec(phc) ?? [];
  if (scheme === undefined || hash === undefined) return null;
  const [memoryKib, passes, lanes] = [Number(m), Number(t), Number(p)];
  const most = costLimits.argon2;
  const fits =
    // RFC 9106 §3.1: at least 8 KiB for each lane.
    lanes >= 1 &&
    memoryKib >= 8 * lanes &&
    passes >= 1 &&
    memoryKib <= most.memoryKib &&
    passes <= most.passes &&
    lanes <= most.lanes &&
    memoryKib * passes <= most.memoryKibTimesPasses &&
    decode(hash).length >= minHashBytes;
  return fits ? { scheme: scheme === "argon2id" ? "argon2id" : "argon2i", memoryKib, passes, lanes } : null;
};

const readBcrypt = (phc: string): StoredHash | null => {
  const cost = Number(bcryptForm.exec(phc)?.[1]);
  return cost >= 4 && cost <= costLimits.bcrypt.cost ? { scheme: "bcrypt", cost } : null;
};

const readScrypt = (phc: string): StoredHash | null => {
  const [, ln, r, p, salt, hash] = scryptForm.exec(phc) ?? [];
  if (salt === undefined || hash === undefined) return null;
  const [logN, blockSize, lanes] = [Number(ln), Number(r), Number(p)];
  const most = costLimits.scrypt;
  const blocks = 2 ** logN * blockSize;
  const found = { scheme: "scrypt", logN, blockSize, lanes, salt: decode(salt), hash: decode(hash) } as const;
  const fits =
    logN >= 1 &&
    blockSize >= 1 &&
    lanes >= 1 &&
    lanes <= most.lanes &&
    blocks * 128 <= most.memoryBytes &&
    blocks * lanes <= most.work &&
    found.hash.length >= minHashBytes;
  return fits ? found : null;
};

const digests = { sha1: "sha1", sha256: "sha256", sha512: "sha512" } as const;
const digestOf = new Map<string, keyof typeof digests>(Object.values(digests).map((name) => [name, name]));

const readPbkdf2 = (phc: string): StoredHash | null => {
  const match = pbkdf2Form.exec(phc);
  const [, name = "sha1", rounds, salt, hash] = match ?? [];
  const digest = digestOf.get(name);
  if (match === null || digest === undefined || salt === undefined || hash === undefined) return null;
  const iterations = Number(rounds);
  const found = { scheme: "pbkdf2", digest, iterations, salt: decode(salt), hash: decode(hash) } as const;
  return iterations >= 1 && iterations <= costLimits.pbkdf2.iterations && found.hash.length >= minHashBytes
    ? found
    : null;
};
