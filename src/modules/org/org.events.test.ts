import fc from "fast-check";
import { expect, test } from "vitest";
import { recorded } from "../../../test/harness/given.ts";
import { type AnyStreamType, evolve } from "../../kernel/event.ts";
import { limits } from "../../kernel/limits.ts";
import { administrator } from "../administrator/administrator.events.ts";
import { application } from "../application/application.events.ts";
import { applicationKey } from "../application/application-key.events.ts";
import { instance } from "../instance/instance.events.ts";
import { project } from "../project/project.events.ts";
import { projectRole } from "../project/project-role.events.ts";
import { org } from "./org.events.ts";
import { orgMetadata } from "./org-metadata.events.ts";

type Step = readonly [type: string, payload: object];

const member = { objectId: "o", userId: "u", roles: ["ORG_OWNER"] };
const client = { clientId: "c", secretHash: null };
const steps: readonly (readonly [AnyStreamType, readonly Step[]])[] = [
  [
    org,
    [
      ["org.added", { name: "Acme" }],
      ["org.changed", { name: "Umbrella" }],
      ["org.domain.added", { domain: "acme.example" }],
      ["org.domain.verified", { domain: "acme.example" }],
      ["org.domain.primary.set", { domain: "acme.example" }],
      ["org.domain.removed", { domain: "acme.example" }],
      ["org.deactivated", {}],
      ["org.reactivated", {}],
      ["org.removed", {}],
    ],
  ],
  [
    instance,
    [
      ["instance.added", { name: "House", defaultLanguage: "en" }],
      ["instance.default.org.set", { orgId: "o" }],
      ["instance.iam.project.set", { projectId: "p" }],
      ["instance.domain.added", { domain: "id.example.com" }],
      ["instance.domain.primary.set", { domain: "id.example.com" }],
      ["instance.removed", {}],
    ],
  ],
  [
    administrator,
    [
      ["instance.member.added", member],
      ["org.member.added", member],
      ["project.member.added", member],
      ["instance.member.removed", {}],
      ["org.member.removed", {}],
      ["project.member.removed", {}],
    ],
  ],
  [
    project,
    [
      [
        "project.added",
        {
          orgId: "o",
          name: "Shop",
          roleAssertion: true,
          authorizationRequired: true,
          accessRequired: true,
          privateLabeling: "unspecified",
        },
      ],
      ["project.changed", { name: "Store", accessRequired: false }],
      ["project.deactivated", {}],
      ["project.reactivated", {}],
      ["project.removed", {}],
    ],
  ],
  [
    projectRole,
    [
      ["project.role.added", { projectId: "p", orgId: "o", key: "admin", displayName: "Admin", group: "" }],
      ["project.role.changed", { group: "staff" }],
      ["project.role.removed", {}],
    ],
  ],
  [
    orgMetadata,
    [
      ["org.metadata.set", { orgId: "o", key: "k", value: "dGV4dA==" }],
      ["org.metadata.removed", { orgId: "o", key: "k" }],
    ],
  ],
  [
    applicationKey,
    [
      [
        "project.application.oidc.key.added",
        { applicationId: "a", projectId: "p", orgId: "o", publicJwk: { kty: "RSA" }, expiresAt: 1 },
      ],
      ["project.application.oidc.key.removed", {}],
    ],
  ],
  [
    application,
    [
      ["project.application.added", { projectId: "p", orgId: "o", name: "Web" }],
      ["project.application.config.api.added", { authMethod: "basic", ...client }],
      ["project.application.changed", { name: "Store" }],
      ["project.application.config.api.changed", { authMethod: "private_key_jwt" }],
      ["project.application.config.api.secret.changed", { secretHash: "h" }],
      ["project.application.deactivated", {}],
      ["project.application.reactivated", {}],
      ["project.application.removed", {}],
    ],
  ],
];

test.each(steps)("any history of $kind folds, to a bounded state", (stream, known) => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...known), { maxLength: 60 }), (history) => {
      const state: unknown = history.reduce<unknown>(
        (before, step, index) => evolve(stream, before, recorded({ stream, id: "1", ownerOrg: null }, index + 1, step)),
        stream.initial,
      );
      expect(JSON.stringify(state).length).toBeLessThan(limits.stateBytes / 4);
    }),
  );
});
