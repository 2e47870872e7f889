import type { Kysely } from "kysely";
import type { AdminLinkTables } from "./modules/admin-link/admin-link.tables.ts";
import type { AdministratorTables } from "./modules/administrator/administrator.tables.ts";
import type { ApplicationTables } from "./modules/application/application.tables.ts";
import type { AuthRequestTables } from "./modules/auth-request/auth-request.tables.ts";
import type { DecoupledTables } from "./modules/auth-request/decoupled.tables.ts";
import type { AuthorizationTables } from "./modules/authorization/authorization.tables.ts";
import type { ClientRegistrationTables } from "./modules/client-registration/client-registration.tables.ts";
import type { ConsentTables } from "./modules/consent/consent.tables.ts";
import type { GrantTables } from "./modules/grant/grant.tables.ts";
import type { InstanceTables } from "./modules/instance/instance.tables.ts";
import type { NotificationTables } from "./modules/notification/notification.tables.ts";
import type { OrgTables } from "./modules/org/org.tables.ts";
import type { ProjectTables } from "./modules/project/project.tables.ts";
import type { SessionTables } from "./modules/session/session.tables.ts";
import type { SettingsTables } from "./modules/settings/settings.tables.ts";
import type { TokenTables } from "./modules/token/token.tables.ts";
import type { UserTables } from "./modules/user/user.tables.ts";
import type { WebKeyTables } from "./modules/web-key/web-key.tables.ts";

/** All tables: each module adds its row types here, so that Kysely knows them in one place. */
export type Database = GrantTables &
  WebKeyTables &
  SessionTables &
  AuthRequestTables &
  DecoupledTables &
  AuthorizationTables &
  TokenTables &
  AdministratorTables &
  AdminLinkTables &
  ApplicationTables &
  ClientRegistrationTables &
  ConsentTables &
  InstanceTables &
  NotificationTables &
  OrgTables &
  ProjectTables &
  SettingsTables &
  UserTables;

export type Db = Kysely<Database>;
