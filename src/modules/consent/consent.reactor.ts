import type { Reactor } from "../../platform/projections/projection.ts";
import type { consent } from "./consent.events.ts";

/** After a consent was taken back: the grants that stood on it are revoked, one by one. */
export const consentReactor: Reactor<typeof consent> = {
  "consent.withdrawn": ({ id, version, payload }) => [
    { kind: "consent.revoke_grants", key: `consent.revoke_grants:${id}:${version}`, payload },
  ],
};
