import { migrations } from "../../migrations/index.ts";
import type { Actor, Ctx } from "../../src/kernel/actor.ts";
import { type OrgId, type TokenId, tokenId } from "../../src/kernel/ids.ts";
import { type Instant, instant } from "../../src/kernel/time.ts";
import { authorizationReader } from "../../src/modules/authorization/authorization.queries.ts";
import { instanceReader } from "../../src/modules/instance/instance.queries.ts";
import { setUpInstance } from "../../src/modules/instance/set-up-instance.ts";
import { orgReader } from "../../src/modules/org/org.queries.ts";
import { orgDetailReader } from "../../src/modules/org/org-detail.queries.ts";
import { settingsReader } from "../../src/modules/settings/settings.queries.ts";
import { tokenStatements } from "../../src/modules/token/token.projection.ts";
import { type CredentialReader, credentialReader } from "../../src/modules/user/credential.queries.ts";
import type { MetadataKeysOf } from "../../src/modules/user/metadata.events.ts";
import { metadataReader } from "../../src/modules/user/metadata.queries.ts";
import { parts } from "../../src/parts.ts";
import { generateServiceKey, readPublicKey } from "../../src/platform/keys/service-keys.ts";
import type { Database, Db } from "../../src/schema.ts";
import { setupActor } from "./given.ts";
import { countingIds, type OpenStore, testInstance, wallClock } from "./store.ts";

const newId = countingIds();
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** Deterministic, cheap stand-ins for what only the outside knows. */
export const testFacts = {
  newId,
  hashNewPassword: async (password: string) => `hash:${password}`,
  verifyPassword: async (hash: string | null, password: string) => ({ ok: hash === `hash:${password}`, rehash: null }),
  checkImportedHash: (hash: string) => hash.startsWith("$argon2id$"),
  mintCode: () => ({ text: "K7QX2P", hash: "hmac:K7QX2P" }),
  hashCode: (code: string) => `hmac:${code}`,
  mintToken: (kind: string) => {
    const id: TokenId = tokenId.parse(newId());
    return { id, text: `${kind}_${id}.secret`, hash: bytes(`sha256 of ${id}`.padEnd(32).slice(0, 32)) };
  },
  generateServiceKey,
  readPublicKey,
  sealSecret: async (_instance: unknown, label: string, text: string) => `${label} ${text}`,
  mintClientSecret: () => ({ text: "client-secret", hash: bytes("client-secret").toBase64({ alphabet: "base64url" }) }),
};

/** An instance set up on a fresh store, with everything a directory command needs as facts. */
export const openDirectory = async (open: OpenStore) => {
  let db: Db | null = null;
  const late = (): Db => {
    if (db === null) throw new Error("the store is not open yet");
    return db;
  };
  const sources = {
    ...testFacts,
    hasKey: (...args: Parameters<CredentialReader["hasKey"]>) => credentialReader({ db: late() }).hasKey(...args),
    metadataKeysOf: (...args: Parameters<MetadataKeysOf>) => metadataReader({ db: late() }).metadataKeysOf(...args),
    hasPat: (...args: Parameters<CredentialReader["hasPat"]>) => credentialReader({ db: late() }).hasPat(...args),
    isOrgDomainTaken: (ctx: Ctx, domain: string) => orgReader({ db: late() }).isOrgDomainTaken(ctx, domain),
    findProjectRoles: (...args: Parameters<ReturnType<typeof authorizationReader>["findProjectRoles"]>) =>
      authorizationReader({ db: late() }).findProjectRoles(...args),
    ownsInstanceProject: (ctx: Ctx, orgId: OrgId) => orgDetailReader({ db: late() }).ownsInstanceProject(ctx, orgId),
    instanceByHost: (host: string) => instanceReader({ db: late() }).instanceByHost(host),
    policiesOf: (ctx: Ctx, orgId: Parameters<ReturnType<typeof settingsReader>["policiesOf"]>[1]) =>
      settingsReader({ db: late() }).policiesOf(ctx, orgId),
  };
  const now: () => Instant = wallClock();
  const opened = await open<Database, typeof sources>({ migrations, parts, sources, tokenStatements, now });
  db = opened.db;
  const as = (actor: Actor): Ctx => ({
    instanceId: testInstance,
    actor,
    now: instant(now()),
    client: null,
  });
  const setUp = await opened.run(setUpInstance, as(setupActor), {
    name: "Test",
    host: "id.example.com",
    orgName: "Acme",
    admin: {
      givenName: "Ada",
      familyName: "Root",
      userName: "root",
      email: "root@acme.example",
      emailVerification: "verified",
      password: { is: "plain", password: "Passw0rd!" },
    },
    machine: { userName: "robot", name: "Robot" },
  });
  return { ...opened, as, setUp: setUp.result };
};
