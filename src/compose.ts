import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Actor, ClientInfo, Ctx } from "./kernel/actor.ts";
import type { Run } from "./kernel/command.ts";
import { type InstanceId, instanceId as instanceIdSchema } from "./kernel/ids.ts";
import { createRunner } from "./kernel/runner.ts";
import type { EventStore } from "./kernel/store.ts";
import type { Instant } from "./kernel/time.ts";
import { adminLinkReader } from "./modules/admin-link/admin-link.queries.ts";
import { administratorReader } from "./modules/administrator/administrator.queries.ts";
import { administratorSearchReader } from "./modules/administrator/administrator-search.queries.ts";
import { applicationReader } from "./modules/application/application.queries.ts";
import { applicationKeyReader } from "./modules/application/application-key.queries.ts";
import { clientReader } from "./modules/application/client.queries.ts";
import { signingUseReader } from "./modules/application/signing-use.queries.ts";
import { authRequestReader } from "./modules/auth-request/auth-request.queries.ts";
import { decoupledReader } from "./modules/auth-request/decoupled.queries.ts";
import { authorizationReader } from "./modules/authorization/authorization.queries.ts";
import { clientRegistrationReader } from "./modules/client-registration/client-registration.queries.ts";
import { consentReader } from "./modules/consent/consent.queries.ts";
import { grantReader } from "./modules/grant/grant.queries.ts";
import { scopeReader } from "./modules/grant/scope.queries.ts";
import { sessionGrantReader } from "./modules/grant/session-grants.queries.ts";
import { instanceReader } from "./modules/instance/instance.queries.ts";
import { instanceDetailsReader } from "./modules/instance/instance-details.queries.ts";
import type { SealProviderSecret } from "./modules/notification/change-provider.ts";
import { providerReader } from "./modules/notification/provider.queries.ts";
import { dependentReader } from "./modules/org/dependents.queries.ts";
import { orgReader } from "./modules/org/org.queries.ts";
import { orgDetailReader } from "./modules/org/org-detail.queries.ts";
import { projectReader } from "./modules/project/project.queries.ts";
import { projectRoleReader } from "./modules/project/project-role.queries.ts";
import { sessionReader } from "./modules/session/session.queries.ts";
import { signInReader } from "./modules/session/sign-in.queries.ts";
import { settingsReader } from "./modules/settings/settings.queries.ts";
import { tokenStatements } from "./modules/token/token.projection.ts";
import { tokenReader } from "./modules/token/token.queries.ts";
import { credentialReader } from "./modules/user/credential.queries.ts";
import { metadataReader } from "./modules/user/metadata.queries.ts";
import { serviceAccountReader } from "./modules/user/service-account.queries.ts";
import { userReader } from "./modules/user/user.queries.ts";
import { generateWebKey } from "./modules/web-key/generate-web-key.ts";
import { webKeyReader } from "./modules/web-key/web-key.queries.ts";
import { monotonicMs, now } from "./platform/clock.ts";
import { createHashCode, createMintCode } from "./platform/crypto/codes.ts";
import { createNewId } from "./platform/crypto/ids.ts";
import { verifyCodeChallenge } from "./platform/crypto/oauth.ts";
import { createPasswords } from "./platform/crypto/passwords.ts";
import { generateClientSecret, sha256 } from "./platform/crypto/secret.ts";
import { createMintToken } from "./platform/crypto/tokens.ts";
import { createHashUserCode, createMintUserCode } from "./platform/crypto/user-code.ts";
import type { Database as OpenDatabase } from "./platform/db/database.ts";
import { joinDatabase } from "./platform/db/join.ts";
import { openDatabase } from "./platform/db/open.ts";
import { createDialer } from "./platform/dial/dialer.ts";
import { createStreamLocks } from "./platform/eventstore/locks.ts";
import { createSealer } from "./platform/eventstore/sealing.ts";
import { openEventStore } from "./platform/eventstore/store.ts";
import { browserStateWith } from "./platform/http/browser-cookie.ts";
import { assertionUses } from "./platform/keys/assertion-uses.ts";
import { createInstanceKeys, type InstanceKeys } from "./platform/keys/instance-keys.ts";
import { createKeyStore } from "./platform/keys/key-store.ts";
import { loadMasterKey, masterKeyFromText } from "./platform/keys/masterkey.ts";
import { generateServiceKey, readPublicKey } from "./platform/keys/service-keys.ts";
import { createDevInbox } from "./platform/mail/dev-inbox.ts";
import { noObserver, type Observer } from "./platform/metrics/observer.ts";
import { paces } from "./platform/pace/pace.ts";
import { createCatchUp } from "./platform/projections/catch-up.ts";
import { levelOf } from "./platform/projections/projection.ts";
import { type Program, thisProgram } from "./program.ts";
import { answerWriter } from "./protocols/oidc/authorize/answer-writer.ts";
import { clientKeyReader } from "./protocols/oidc/client-keys.ts";
import { dpopNonces } from "./protocols/oidc/dpop/nonce.ts";
import { proofUser } from "./protocols/oidc/dpop/use-proof.ts";
import { createNewWebKey } from "./protocols/oidc/tokens/new-web-key.ts";
import { tokenSigner } from "./protocols/oidc/tokens/signer.ts";
import type { Database } from "./schema.ts";
import type { Settings } from "./settings.ts";

/** Where the settings say that the data lies. */
export const placeOf = (settings: Settings): { readonly url: string } | { readonly dataDir: string } =>
  settings.databaseUrl === null ? { dataDir: settings.dataDir } : { url: settings.databaseUrl };

/** All of Munot but its network side: stores, keys, commands, readers. The server and the command line stand on it. */
export const openCore = async (settings: Settings, observer: Observer = noObserver, program: Program = thisProgram) => {
  const observe = observer === noObserver ? {} : { observe: observer.statement };
  const database = await openDatabase<Database>({ ...placeOf(settings), ...observe });
  try {
    const member = await joinAs(program, database);
    return await buildCore(settings, member, observer).catch(async (error: unknown) => {
      await member.leave();
      throw error;
    });
  } catch (error) {
    await database.close();
    throw error;
  }
};

export type Core = Awaited<ReturnType<typeof openCore>>;

/** What a process tells of its life among others. */
type ProcessNews =
  | { readonly is: "contracted"; readonly steps: readonly string[] }
  | { readonly is: "outdated" }
  | { readonly is: "skipped"; readonly kind: string; readonly id: string }
  | { readonly is: "failed"; readonly error: unknown };

/** Joins the processes on the database: brings its schema up to date, as far as the others are ready for it. */
const joinAs = async (program: Program, opened: OpenDatabase<Database>) => {
  let tell = (_news: ProcessNews): void => undefined;
  let everyBeat = async (): Promise<unknown> => undefined;
  const { database, membership } = await joinDatabase(opened, {
    migrations: program.migrations,
    levels: Object.fromEntries(
      program.parts.filter((part) => levelOf(part) > 0).map((part) => [part.stream.kind, levelOf(part)]),
    ),
    process: { processId: randomUUID(), place: `${hostname()}:${process.pid}`, version: program.version },
    now,
    everyBeat: () => everyBeat(),
    onContracted: (steps) => tell({ is: "contracted", steps }),
    onOutdated: () => tell({ is: "outdated" }),
    onFailure: (error) => tell({ is: "failed", error }),
  });
  return {
    ...membership,
    program,
    database,
    skipped: (stream: { readonly kind: string; readonly id: string }): void => tell({ is: "skipped", ...stream }),
    whenNews: (listener: (news: ProcessNews) => void): void => {
      tell = listener;
    },
    atEveryBeat: (work: () => Promise<unknown>): void => {
      everyBeat = work;
    },
  };
};

type Member = Awaited<ReturnType<typeof joinAs>>;

const buildCore = async (settings: Settings, member: Member, observer: Observer) => {
  const { database, applied } = member;
  const { parts } = member.program;
  /** Lets one process of the installation do something at a time. */
  const alone = <T>(work: () => Promise<T>): Promise<T> =>
    // The embedded database belongs to this process alone, and its one writer must stay free for the work itself.
    database.dialect === "sqlite" ? work() : database.exclusive(work);

  const { keys, masterKeyOrigin, masterKeyId, derived } = await alone(() => openKeys(settings, database));

  await keys.openAll();
  const sealer = createSealer(keys.logKeyOf);
  let jobsArrived = (): void => undefined;
  const onJobs = (): void => jobsArrived();
  const log = await openEventStore<Database>({ database, parts, sealer, tokenStatements, now, onJobs });
  const store: EventStore = {
    ...log,
    append: (unit) => observer.measure("append", "unit", () => log.append(unit)),
  };

  // Before anybody reads: read tables that this program fills and the one before it did not.
  const catchUp = createCatchUp({ database, parts, sealer, onSkipped: member.skipped });
  await catchUp.all();
  member.atEveryBeat(catchUp.all);

  const { db } = database;
  const tokens = tokenReader({ db });
  const readers = {
    adminLinks: adminLinkReader({ db }),
    administrators: administratorReader({ db }),
    administratorSearch: administratorSearchReader({ db }),
    applications: applicationReader({ db }),
    applicationKeys: applicationKeyReader({ db }),
    authRequests: authRequestReader({ db }),
    authorizations: authorizationReader({ db }),
    clients: clientReader({ db }),
    decoupled: decoupledReader({ db }),
    consents: consentReader({ db }),
    registration: clientRegistrationReader({ db }),
    credentials: credentialReader({ db }),
    grants: grantReader({ db }),
    instances: instanceReader({ db }),
    instanceDetails: instanceDetailsReader({ db }),
    dependents: dependentReader({ db }),
    orgs: orgReader({ db }),
    orgDetails: orgDetailReader({ db }),
    projects: projectReader({ db }),
    providers: providerReader({ db }),
    projectRoles: projectRoleReader({ db }),
    scopes: scopeReader({ db }),
    serviceAccounts: serviceAccountReader({ db }),
    sessions: sessionReader({ db }),
    sessionGrants: sessionGrantReader({ db }),
    signingUse: signingUseReader({ db }),
    settings: settingsReader({ db }),
    tokens,
    users: userReader({ db }),
    userMetadata: metadataReader({ db }),
    webKeys: webKeyReader({ db }),
  };
  const newId = createNewId();
  const assertions = assertionUses(database);
  const pace = paces(database);
  const passwords = createPasswords();
  const sources = {
    ...passwords,
    newId,
    mintToken: createMintToken(newId),
    mintCode: createMintCode(derived("hashCode")),
    hashCode: createHashCode(derived("hashCode")),
    mintUserCode: createMintUserCode(derived("hashCode")),
    sealSecret: keys.sealSecret,
    mintClientSecret: () => {
      const text = generateClientSecret();
      return { text, hash: Buffer.from(sha256(text)).toString("base64url") };
    },
    generateServiceKey,
    readPublicKey,
    hasKey: readers.credentials.hasKey,
    hasPat: readers.credentials.hasPat,
    metadataKeysOf: readers.userMetadata.metadataKeysOf,
    newWebKey: createNewWebKey(keys),
    sealProviderSecret: sealProviderSecret(keys),
    findProjectRoles: readers.authorizations.findProjectRoles,
    projectAccess: readers.authorizations.projectAccess,
    consentOf: readers.consents.consentOf,
    countWebKeys: readers.webKeys.count,
    verifyCodeChallenge,
    policiesOf: readers.settings.policiesOf,
    ...signInReader({ db, tokens }),
    isOrgDomainTaken: readers.orgs.isOrgDomainTaken,
    ownsInstanceProject: readers.orgDetails.ownsInstanceProject,
    instanceByHost: readers.instances.instanceByHost,
  };
  const runCommand: Run<typeof sources> = createRunner({
    store,
    sources,
    locks: createStreamLocks(),
    newId,
    monotonicMs,
  });
  const run: typeof runCommand = (command, ctx, input) =>
    observer.measure("command", command.name, () => runCommand(command, ctx, input));
  const dialer = createDialer({ allow: settings.outboundAllow, measure: observer.measure });
  const { sealSecret, openSecret, subjectKeyOf } = keys;
  const clientKeys = clientKeyReader({ dialer, now });
  const signerOf = tokenSigner({
    webKeys: readers.webKeys,
    openSecret,
    now,
    provideKey: (instanceId, algorithm) => run(generateWebKey, systemCtx(instanceId, "oidc", now()), { algorithm }),
  });
  const nonces = dpopNonces(derived("dpopNonce"));

  return {
    settings,
    database,
    store,
    sealer,
    keys,
    readers,
    assertions,
    pace,
    hashUserCode: createHashUserCode(derived("hashCode")),
    run,
    /** every call to somebody else's server */
    dialer,
    /** where messages go while developing; `null`: nowhere but to their receivers */
    inbox: settings.dev ? createDevInbox() : null,
    nonces,
    useProof: proofUser({ useAssertion: assertions.use, nonces, aliasOrigin: settings.mtlsUrl }),
    clientKeys,
    signerOf,
    /** answers to auth requests, for whoever gives them */
    answers: answerWriter({
      ...readers,
      run,
      signerOf,
      clientKeys,
      sealSecret,
      subjectKeyOf,
      stateOf: browserStateWith(derived("browserCookie")),
    }),
    passwordWork: passwords.passwordWork,
    observer,
    now,
    applied,
    /** schema steps that are put off until the processes have ended that do not know them */
    contractsWaiting: member.waiting(),
    masterKeyOrigin,
    masterKeyId,
    /** a key of this installation for one purpose */
    derived,
    alone,
    /** who is told when an append has put work into the outbox */
    whenJobsArrive: (listener: () => void): void => {
      jobsArrived = listener;
    },
    /** this process is too old for the database: it must not be asked any more */
    isOutdated: database.isOutdated,
    /** while older programs live: fills what they have left unfilled by now, else null */
    caughtUp: (): Promise<unknown> | null => (member.isMixed() ? catchUp.all() : null),
    whenProcessNews: member.whenNews,
    close: async () => {
      await member.leave();
      await database.close();
    },
  };
};

/** The master key, held against the database. Only a database that nobody has set up yet may get a new one. */
const openKeys = async (settings: Settings, database: OpenDatabase<Database>) => {
  const store = createKeyStore(database);
  const isNew = (await store.readMark()) === null;
  const { masterKey, origin } = loadMasterKey({
    value: settings.masterKey,
    file: settings.masterKeyFile,
    allowCreate: isNew,
  });
  const { masterKeyPrevious } = settings;
  const previous = masterKeyPrevious === null ? null : masterKeyFromText(masterKeyPrevious, "MUNOT_MASTERKEY_PREVIOUS");
  const keys = createInstanceKeys({ masterKey, previous, store });
  await keys.confirm();
  return { keys, masterKeyOrigin: origin, masterKeyId: masterKey.id, derived: await keys.installation() };
};

const sealProviderSecret =
  ({ sealSecret }: Pick<InstanceKeys, "sealSecret">): SealProviderSecret =>
  (instanceId, { channel, providerId }, text) =>
    sealSecret(instanceId, `${channel === "email" ? "smtp" : "sms"}:${providerId}`, text);

/** A context of Munot itself, for set-up, jobs and the command line. */
export const systemCtx = (
  instanceId: InstanceId,
  name: Extract<Actor, { kind: "system" }>["name"],
  at: Instant,
  client: ClientInfo | null = null,
): Ctx => ({
  instanceId,
  actor: { kind: "system", name, memberships: [{ level: "instance", roles: ["SYSTEM_OWNER", "IAM_OWNER"] }] },
  now: at,
  client,
});

/** An id for an instance, in the form of all ids. */
export const newInstanceId = (): InstanceId => instanceIdSchema.parse(createNewId()());

/** Names one request in the log and on the error page. */
export const newReference = (): string => randomUUID().slice(0, 13);
