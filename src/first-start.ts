import { closeSync, fchmodSync, openSync, writeSync } from "node:fs";
import { type Core, newInstanceId, systemCtx } from "./compose.ts";
import type { InstanceId } from "./kernel/ids.ts";
import { Refusal } from "./kernel/refusal.ts";
import { loginPaths } from "./login/paths.ts";
import { issueAdminLink } from "./modules/admin-link/issue-admin-link.ts";
import { registerDomain } from "./modules/instance/register-domain.ts";
import { setUpInstance } from "./modules/instance/set-up-instance.ts";
import { generateWebKey } from "./modules/web-key/generate-web-key.ts";
import { fileProblem, type Settings, SettingsError } from "./settings.ts";

/** Host of the external URL as instances know it: with its port, unless that is the scheme's own. */
const hostOf = (settings: Settings): string => new URL(settings.externalUrl).host;

/** What a start did with the first instance. */
export type Started = {
  readonly instanceId: InstanceId;
  /** null: the instance was there already, or its administrator was given by the settings */
  readonly adminLink: string | null;
};

/**
 * Brings the first instance in order: creates it on an empty database, and registers the external URL's host on it at
 * every start. One process at a time does so; the others then find it done.
 */
export const prepareFirstInstance = (core: Core): Promise<Started> =>
  core.alone(async () => {
    const [first] = await core.readers.instances.instances();
    const started = first === undefined ? await createFirst(core) : { instanceId: first.instanceId, adminLink: null };
    const ctx = systemCtx(started.instanceId, "setup", core.now());
    await core.run(registerDomain, ctx, { host: hostOf(core.settings), primary: true });
    return started;
  });

const createFirst = async (core: Core): Promise<Started> => {
  const { settings, run, now } = core;
  const { first } = settings;
  const instanceId = newInstanceId();
  const machineFile = openTokenFile("MUNOT_FIRST_MACHINE_PAT_FILE", first.machinePatFile);
  const loginClientFile = openTokenFile("MUNOT_FIRST_LOGIN_CLIENT_PAT_FILE", first.loginClientPatFile);
  await core.keys.open(instanceId);
  const ctx = systemCtx(instanceId, "setup", now());

  // Signing keys come first: an instance that exists can sign.
  await run(generateWebKey, ctx, { activate: true });
  await run(generateWebKey, ctx, {});

  const { result } = await run(setUpInstance, ctx, {
    name: "Munot",
    host: hostOf(settings),
    orgName: first.orgName,
    admin: first.adminPassword === null ? null : adminOf(settings),
    machine: first.machineUserName === null ? null : { userName: first.machineUserName, name: first.machineUserName },
    loginClient: first.loginClientPatFile === null ? null : { userName: "login-client", name: "Login client" },
  }).catch(explainPassword);
  machineFile.write(result.machineToken);
  loginClientFile.write(result.loginClientToken);
  return { instanceId, adminLink: first.adminPassword === null ? await adminLinkFor(core, instanceId) : null };
};

const adminOf = ({ first, externalUrl }: Settings) => {
  const name = first.adminUserName ?? first.adminEmail ?? "admin";
  return {
    userName: name,
    givenName: name,
    familyName: "Admin",
    displayName: name,
    email: first.adminEmail ?? (name.includes("@") ? name : `${name}@${new URL(externalUrl).hostname}`),
    emailVerification: "verified" as const,
    password: { is: "plain" as const, password: first.adminPassword ?? "" },
  };
};

/** A first password that the rules refuse is a wrong setting. */
const explainPassword = (error: unknown): never => {
  if (error instanceof Refusal && error.code === "user.password_too_weak") {
    throw new SettingsError([`MUNOT_FIRST_ADMIN_PASSWORD: ${error.message}.`]);
  }
  throw error;
};

/**
 * The file that a token goes to once, for its owner's eyes only, also where it lay there before. Opened before the
 * instance is made: a file that cannot be written stops the start while there is no token to lose.
 */
const openTokenFile = (
  name: "MUNOT_FIRST_MACHINE_PAT_FILE" | "MUNOT_FIRST_LOGIN_CLIENT_PAT_FILE",
  file: string | null,
) => {
  if (file === null) return { write: () => {} };
  try {
    const descriptor = openSync(file, "w", 0o600);
    fchmodSync(descriptor, 0o600);
    return {
      write: (token: string | null): void => {
        if (token !== null) writeSync(descriptor, `${token}\n`);
        closeSync(descriptor);
      },
    };
  } catch (error) {
    throw fileProblem(name, file, error);
  }
};

/** A one-time link that makes an administrator of the instance. */
export const adminLinkFor = async (core: Core, instanceId: InstanceId): Promise<string> => {
  const { result } = await core.run(issueAdminLink, systemCtx(instanceId, "cli", core.now()), {});
  return `${core.settings.externalUrl}${loginPaths.firstAdministrator}?token=${encodeURIComponent(result.token)}`;
};
