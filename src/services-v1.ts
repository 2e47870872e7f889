import { AdminService } from "@zitadel/proto/zitadel/admin_pb.js";
import { ManagementService } from "@zitadel/proto/zitadel/management_pb.js";
import type { Core } from "./compose.ts";
import { lifetimeMethods } from "./modules/instance/lifetimes-v1.rpc.ts";
import { providerMethods } from "./modules/notification/provider.rpc.ts";
import { instancePolicyMethods, orgPolicyMethods } from "./modules/settings/policies-v1.rpc.ts";
import { testMailWith } from "./notify.ts";
import { type RpcService, rpcService } from "./platform/http/rpc.ts";

type Deps = Pick<Core, "run" | "readers" | "dialer" | "keys" | "now">;

/** ZITADEL's first API for whole instances, as far as it is built. */
export const adminService = (core: Deps): RpcService =>
  rpcService(AdminService, {
    ...providerMethods({ run: core.run, providers: core.readers.providers, testMail: testMailWith(core) }),
    ...lifetimeMethods({ run: core.run, instances: core.readers.instanceDetails }),
    ...instancePolicyMethods({ run: core.run, settings: core.readers.settings }),
  }) as RpcService; // a service is read, never written: its own descriptor's type may be forgotten

/** ZITADEL's first API for the caller's organization, as far as it is built. */
export const managementService = (core: Deps): RpcService =>
  rpcService(ManagementService, {
    ...orgPolicyMethods({ run: core.run, settings: core.readers.settings }),
  }) as RpcService; // as above
