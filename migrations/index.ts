import type { Migration } from "../src/platform/db/migration.ts";
import { eventlog } from "./0001-eventlog.ts";
import { directory } from "./0002-directory.ts";
import { sessions } from "./0003-sessions.ts";
import { oidc } from "./0004-oidc.ts";
import { keys } from "./0005-keys.ts";
import { adminLinks } from "./0006-admin-links.ts";
import { userCredentials } from "./0007-user-credentials.ts";
import { resources } from "./0008-resources.ts";
import { authorizations } from "./0009-authorizations.ts";
import { tombstones } from "./0010-tombstones.ts";
import { trustedDomains } from "./0011-trusted-domains.ts";
import { usedAssertions } from "./0012-used-assertions.ts";
import { clientSettings } from "./0013-client-settings.ts";
import { projectedLevels } from "./0014-projected-levels.ts";
import { clientProofs } from "./0015-client-proofs.ts";
import { clientRegistration } from "./0016-client-registration.ts";
import { decoupled } from "./0017-decoupled.ts";
import { notifications } from "./0020-notifications.ts";
import { sessionExpiry } from "./0021-session-expiry.ts";
import { userTexts } from "./0022-user-texts.ts";

/** All schema steps, oldest first. Never change one that was released: add another. */
export const migrations: readonly Migration[] = [
  eventlog,
  directory,
  sessions,
  oidc,
  keys,
  adminLinks,
  userCredentials,
  resources,
  authorizations,
  tombstones,
  trustedDomains,
  usedAssertions,
  clientSettings,
  projectedLevels,
  clientProofs,
  clientRegistration,
  decoupled,
  notifications,
  sessionExpiry,
  userTexts,
];
