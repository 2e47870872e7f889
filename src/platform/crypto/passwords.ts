import { pbkdf2, scrypt, timingSafeEqual } from "node:crypto";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { hash as argon2Hash, verify as argon2Verify } from "@node-rs/argon2";
import { verify as bcryptVerify } from "@node-rs/bcrypt";
import { limits } from "../../kernel/limits.ts";
import { unreachable } from "../../kernel/unreachable.ts";
import { createGate, type Gate } from "./gate.ts";
import { readStoredHash, type StoredHash } from "./stored-hash.ts";

/** Cost of a new hash: Argon2id, memory in KiB, passes, lanes. */
export type PasswordCost = { readonly memoryKib: number; readonly passes: number; readonly lanes: number };

/**
 * OWASP Password Storage Cheat Sheet, first choice for Argon2id: 19 MiB, two passes, one lane. Measured about 22 ms on
 * one core of a small machine; RFC 9106 §4's second choice (64 MiB, three passes) takes more than four times that, and its
 * memory would be the larger part of the whole process.
 */
export const passwordCost: PasswordCost = { memoryKib: 19_456, passes: 2, lanes: 1 };

/** Threads of libuv's pool unless the environment sets another number; hashing, file access and DNS share them. */
const poolThreads = 4;

/**
 * How many hashes run at once: one per core, one thread of the pool left to others, and at most a quarter of the memory
 * that the process may use.
 */
export const passwordConcurrency = (machine: { readonly cores: number; readonly memoryBytes: number }): number => {
  const byMemory = Math.floor(machine.memoryBytes / 4 / (passwordCost.memoryKib * 1_024));
  return Math.max(1, Math.min(machine.cores, poolThreads - 1, byMemory));
};

const thisMachine = () => ({ cores: availableParallelism(), memoryBytes: process.availableMemory() });

/** Argon2 of the library's enumeration: a `const enum` cannot be imported under erasable syntax. */
const argon2id = 2;

export type PasswordCheck = {
  readonly ok: boolean;
  /** a hash at today's cost to store in place of the old one, when the check succeeded and the old one is weaker */
  readonly rehash: string | null;
};

/** Hashes and checks passwords, a bounded number at a time. */
export type Passwords = {
  /** Hashes a new password; off the event loop, at most so many at a time, `request.overloaded` beyond the queue. */
  readonly hashNewPassword: (password: string) => Promise<string>;
  /** Checks a password. Without a hash (no such user, no password) it costs the same and is always false. */
  readonly verifyPassword: (phc: string | null, password: string) => Promise<PasswordCheck>;
  /** Whether a hash from elsewhere can be stored: supported, well-formed and of bounded cost. Computes nothing. */
  readonly checkImportedHash: (phc: string) => boolean;
  /** how many passwords are hashed and how many wait at this moment */
  readonly passwordWork: Gate["load"];
};

/**
 * Password hashing for one process. New hashes are Argon2id; imported ones (argon2i, argon2id, bcrypt, scrypt, PBKDF2) are
 * checked as they are and replaced on the first success.
 */
export const createPasswords = ({
  cost = passwordCost,
  concurrency = passwordConcurrency(thisMachine()),
  queue = limits.passwordQueue,
}: {
  readonly cost?: PasswordCost;
  readonly concurrency?: number;
  readonly queue?: number;
} = {}): Passwords => {
  const gate = createGate({ concurrency, queue });
  const hash = (password: string): Promise<string> =>
    argon2Hash(password, {
      algorithm: argon2id,
      memoryCost: cost.memoryKib,
      timeCost: cost.passes,
      parallelism: cost.lanes,
    });
  return {
    hashNewPassword: (password) => gate(() => hash(prepared(password))),
    verifyPassword: (phc, password) =>
      gate(async () => {
        const given = prepared(password);
        const stored = phc === null ? null : readStoredHash(phc);
        if (phc === null || stored === null) {
          await hash(given);
          return { ok: false, rehash: null };
        }
        const ok = await verifyStored(stored, phc, given);
        return { ok, rehash: ok && !isAtLeast(stored, cost) ? await hash(given) : null };
      }),
    checkImportedHash: (phc) => readStoredHash(phc) !== null,
    passwordWork: gate.load,
  };
};

/** RFC 8265 §4.2.2 (OpaqueString), rule 4: NFC, so that a password is the same from every keyboard. */
const prepared = (password: string): string => password.normalize("NFC");

const isAtLeast = (stored: StoredHash, cost: PasswordCost): boolean =>
  stored.scheme === "argon2id" && stored.memoryKib >= cost.memoryKib && stored.passes >= cost.passes;

const deriveScrypt = (password: string, stored: StoredHash & { scheme: "scrypt" }): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const options = {
      N: 2 ** stored.logN,
      r: stored.blockSize,
      p: stored.lanes,
      // Node counts N·r and p·r blocks of 128 bytes and a few more; the cost limits have bounded them already.
      maxmem: 256 * (2 ** stored.logN + stored.lanes + 2) * stored.blockSize,
    };
    scrypt(password, stored.salt, stored.hash.length, options, (error, derived) =>
      error === null ? resolve(derived) : reject(error),
    );
  });

const derivePbkdf2 = promisify(pbkdf2);

const verifyStored = async (stored: StoredHash, phc: string, password: string): Promise<boolean> => {
  switch (stored.scheme) {
    case "argon2i":
    case "argon2id":
      return await argon2Verify(phc, password);
    case "bcrypt":
      // bcrypt hashes the first 72 bytes only, here as where the hash was made; the rehash that follows takes all.
      return await bcryptVerify(password, phc);
    case "scrypt":
      return timingSafeEqual(await deriveScrypt(password, stored), stored.hash);
    case "pbkdf2": {
      const { salt, iterations, hash, digest } = stored;
      return timingSafeEqual(await derivePbkdf2(password, salt, iterations, hash.length, digest), hash);
    }
    default:
      return unreachable(stored);
  }
};
