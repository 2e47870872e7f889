import { pbkdf2Sync, scryptSync } from "node:crypto";
import { hashSync as argon2Sync } from "@node-rs/argon2";
import { hashSync as bcryptSync } from "@node-rs/bcrypt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "../../kernel/limits.ts";
import { createPasswords, passwordConcurrency, passwordCost } from "./passwords.ts";

const cheap = { memoryKib: 64, passes: 2, lanes: 1 };
const passwords = createPasswords({ cost: cheap, concurrency: 2 });
const password = "correct horse battery staple";
const salt = Buffer.from("0123456789abcdef");
const b64 = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");

const argon2 = (algorithm: 0 | 1 | 2, memoryCost = 32) =>
  argon2Sync(password, { algorithm, memoryCost, timeCost: 1, parallelism: 1, salt });
const pbkdf2 = (digest: string) => pbkdf2Sync(password, salt, 1_000, 32, digest);

const imported = {
  argon2id: argon2(2),
  argon2i: argon2(1),
  "bcrypt 2a": bcryptSync(password, { cost: 4, version: "2a" }),
  "bcrypt 2b": bcryptSync(password, { cost: 4, version: "2b" }),
  "bcrypt 2y": bcryptSync(password, { cost: 4, version: "2y" }),
  scrypt: `$scrypt$ln=6,r=8,p=2$${b64(salt)}$${b64(scryptSync(password, salt, 32, { N: 64, r: 8, p: 2 }))}`,
  "pbkdf2 sha1": `$pbkdf2-sha1$i=1000,l=32$${b64(salt)}$${b64(pbkdf2("sha1"))}`,
  "pbkdf2 sha256": `$pbkdf2-sha256$i=1000,l=32$${b64(salt)}$${b64(pbkdf2("sha256"))}`,
  "pbkdf2 sha512": `$pbkdf2-sha512$i=1000$${b64(salt)}$${b64(pbkdf2("sha512"))}`,
  "pbkdf2 as passlib writes it": `$pbkdf2-sha256$1000$${b64(salt)}$${b64(pbkdf2("sha256")).replaceAll("+", ".")}`,
  "pbkdf2 sha1 as passlib writes it": `$pbkdf2$1000$${b64(salt)}$${b64(pbkdf2("sha1")).replaceAll("+", ".")}`,
};

test("a new hash is Argon2id at the set cost and verifies without a rehash", async () => {
  const phc = await passwords.hashNewPassword(password);
  expect(phc).toMatch(/^\$argon2id\$v=19\$m=64,t=2,p=1\$/);
  expect(passwords.checkImportedHash(phc)).toBe(true);
  expect(await passwords.verifyPassword(phc, password)).toEqual({ ok: true, rehash: null });
  expect(await passwords.verifyPassword(phc, `${password} `)).toEqual({ ok: false, rehash: null });
});

test("the cost of new hashes is not under OWASP's first choice for Argon2id", () => {
  expect(passwordCost.memoryKib * passwordCost.passes).toBeGreaterThanOrEqual(19_456 * 2);
});

test.each(Object.entries(imported))("an imported %s hash verifies once and is then replaced", async (_name, phc) => {
  expect(passwords.checkImportedHash(phc)).toBe(true);
  expect(await passwords.verifyPassword(phc, "wrong")).toEqual({ ok: false, rehash: null });
  const { ok, rehash } = await passwords.verifyPassword(phc, password);
  expect(ok).toBe(true);
  expect(await passwords.verifyPassword(rehash, password)).toEqual({ ok: true, rehash: null });
});

test("RFC 7914 §12 and RFC 6070: hashes that others computed verify", async () => {
  const scryptVector =
    "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640";
  const scryptPhc = `$scrypt$ln=10,r=8,p=16$${b64(Buffer.from("NaCl"))}$${b64(Buffer.from(scryptVector, "hex"))}`;
  // 16 lanes are beyond our limit: known to the parser, refused for their cost.
  expect(passwords.checkImportedHash(scryptPhc)).toBe(false);
  const pbkdf2Vector = "4b007901b765489abead49d926f721d065a429c1";
  const pbkdf2Phc = `$pbkdf2$i=4096$${b64(Buffer.from("salt"))}$${b64(Buffer.from(pbkdf2Vector, "hex"))}`;
  expect((await passwords.verifyPassword(pbkdf2Phc, "password")).ok).toBe(true);
  const bcryptPhc = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  expect((await passwords.verifyPassword(bcryptPhc, "U*U")).ok).toBe(true);
});

const someSalt = "c29tZXNhbHRzb21lc2FsdA";
const someHash = "RdescudvJCsgt3ub+b4dWRWJTmaaJObGRdescudvJCs";
test.each([
  ["argon2id with 4 GiB", `$argon2id$v=19$m=4194304,t=1,p=1$${someSalt}$${someHash}`],
  ["argon2id with a billion passes", `$argon2id$v=19$m=64,t=1000000000,p=1$${someSalt}$${someHash}`],
  ["argon2id, each under its limit but not together", `$argon2id$v=19$m=131072,t=16,p=1$${someSalt}$${someHash}`],
  ["argon2id with 255 lanes", `$argon2id$v=19$m=65536,t=1,p=255$${someSalt}$${someHash}`],
  ["argon2id without memory", `$argon2id$v=19$m=0,t=1,p=1$${someSalt}$${someHash}`],
  ["argon2d", argon2(0)],
  ["bcrypt cost 31", `$2b$31$${"a".repeat(53)}`],
  ["bcrypt cost 16", `$2b$16$${"a".repeat(53)}`],
  ["bcrypt cost 99", `$2b$99$${"a".repeat(53)}`],
  ["bcrypt 2x (the broken variant)", `$2x$10$${"a".repeat(53)}`],
  ["scrypt N = 2^30", `$scrypt$ln=30,r=8,p=1$${someSalt}$${someHash}`],
  ["scrypt N = 2^99", `$scrypt$ln=99,r=8,p=1$${someSalt}$${someHash}`],
  ["scrypt r = 999999", `$scrypt$ln=4,r=999999,p=1$${someSalt}$${someHash}`],
  ["scrypt p = 999999", `$scrypt$ln=4,r=8,p=999999$${someSalt}$${someHash}`],
  ["scrypt N = 1", `$scrypt$ln=0,r=8,p=1$${someSalt}$${someHash}`],
  ["pbkdf2 with 4 billion rounds", `$pbkdf2-sha256$i=4000000000$${someSalt}$${someHash}`],
  ["pbkdf2 with no rounds", `$pbkdf2-sha256$i=0$${someSalt}$${someHash}`],
  ["pbkdf2 with an empty hash", `$pbkdf2-sha256$i=1000$${someSalt}$`],
  ["pbkdf2 with a short hash", `$pbkdf2-sha256$i=1000$${someSalt}$c2hvcnQ`],
  ["pbkdf2 md5", `$pbkdf2-md5$i=1000$${someSalt}$${someHash}`],
  ["md5crypt", "$1$abcdefgh$G//4keteveJp0qb8z2DxG/"],
  ["a plain password", "correct horse"],
  ["an empty text", ""],
  ["a text of 1 MB", `$pbkdf2-sha256$i=1000$${"a".repeat(1_000_000)}$${someHash}`],
])("%s is refused at once, when imported and when checked", async (_name, phc) => {
  const before = performance.now();
  expect(passwords.checkImportedHash(phc)).toBe(false);
  expect(await passwords.verifyPassword(phc, password)).toEqual({ ok: false, rehash: null });
  expect(performance.now() - before).toBeLessThan(250);
});

test("no text makes the check of an import throw", () => {
  fc.assert(fc.property(fc.string(), (text) => !passwords.checkImportedHash(text)));
});

test("a weaker Argon2id hash is replaced, a stronger one is kept", async () => {
  const weak = await createPasswords({ cost: { ...cheap, passes: 1 } }).hashNewPassword(password);
  const strong = await createPasswords({ cost: { ...cheap, memoryKib: 128 } }).hashNewPassword(password);
  expect((await passwords.verifyPassword(weak, password)).rehash).toMatch(/t=2/);
  expect((await passwords.verifyPassword(strong, password)).rehash).toBe(null);
});

test("a password is the same however its accents are composed", async () => {
  const phc = await passwords.hashNewPassword("caf\u00e9");
  expect((await passwords.verifyPassword(phc, "cafe\u0301")).ok).toBe(true);
});

test("checking without a hash is false and costs as much as with one", async () => {
  const real = createPasswords({ cost: { memoryKib: 8_192, passes: 2, lanes: 1 }, concurrency: 1 });
  const phc = await real.hashNewPassword(password);
  const timeOf = async (stored: string | null) => {
    const before = process.cpuUsage();
    for (let i = 0; i < 5; i++) expect((await real.verifyPassword(stored, "wrong")).ok).toBe(false);
    return process.cpuUsage(before).user;
  };
  await timeOf(phc);
  const [withHash, without] = [await timeOf(phc), await timeOf(null)];
  expect(without / withHash).toBeGreaterThan(0.4);
  expect(without / withHash).toBeLessThan(2.5);
});

test("beyond the queue a password is refused as overloaded, and the others are still hashed", async () => {
  const small = createPasswords({ cost: cheap, concurrency: 1, queue: 3 });
  const answers = await Promise.allSettled(Array.from({ length: 10 }, () => small.hashNewPassword(password)));
  expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(4);
  for (const answer of answers) {
    if (answer.status === "rejected") expect(answer.reason).toMatchObject({ code: "request.overloaded" });
  }
  expect(await small.hashNewPassword(password)).toMatch(/^\$argon2id/);
  expect(limits.passwordQueue).toBeGreaterThan(0);
});

test("hashing leaves the event loop free", async () => {
  const real = createPasswords({ concurrency: 2 });
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  }, 1);
  await Promise.all(Array.from({ length: 4 }, () => real.hashNewPassword(password)));
  clearInterval(counting);
  expect(turns).toBeGreaterThan(5);
});

test("the number of hashes at once follows cores and memory, never the whole thread pool", () => {
  const gib = 1_073_741_824;
  expect(passwordConcurrency({ cores: 2, memoryBytes: 4 * gib })).toBe(2);
  expect(passwordConcurrency({ cores: 64, memoryBytes: 64 * gib })).toBe(3);
  expect(passwordConcurrency({ cores: 64, memoryBytes: gib / 8 })).toBe(1);
});
