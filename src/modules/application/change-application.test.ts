import { expect, test } from "vitest";
import { given, instanceOwner, orgOwner, past, plainUser, testNow } from "../../../test/harness/given.ts";
import type { Actor } from "../../kernel/actor.ts";
import { projectId } from "../../kernel/ids.ts";
import { instant } from "../../kernel/time.ts";
import { addApplicationKey } from "./add-application-key.ts";
import { application, type OidcConfig } from "./application.events.ts";
import { applicationKey } from "./application-key.events.ts";
import { deactivateApplication } from "./deactivate-application.ts";
import { reactivateApplication } from "./reactivate-application.ts";
import { regenerateClientSecret } from "./regenerate-client-secret.ts";
import { removeApplication } from "./remove-application.ts";
import { removeApplicationKey } from "./remove-application-key.ts";
import { updateApplication } from "./update-application.ts";

const config: OidcConfig = {
  redirectUris: ["https://shop.example/cb"],
  responseTypes: ["code"],
  grantTypes: ["authorization_code"],
  appType: "web",
  authMethod: "basic",
  postLogoutRedirectUris: [],
  devMode: false,
  accessTokenType: "bearer",
  accessTokenRoleAssertion: false,
  idTokenRoleAssertion: false,
  idTokenUserinfoAssertion: false,
  clockSkewSeconds: 0,
  additionalOrigins: [],
  skipNativeAppSuccessPage: false,
  backChannelLogoutUri: "",
  loginVersion: { version: "default", baseUri: "" },
};
const client = { clientId: "4711", secretHash: "old-hash" };
const added = ["project.application.added", { projectId: "shop", orgId: "acme", name: "Web" }] as const;
const configured = ["project.application.config.oidc.added", { ...config, ...client }] as const;
const asApi = (authMethod: "basic" | "private_key_jwt") =>
  ["project.application.config.api.added", { authMethod, ...client }] as const;
const web = past(application, "web", "acme", added, configured);
const paused = past(application, "web", "acme", added, configured, ["project.application.deactivated", {}]);
const gone = past(application, "web", "acme", added, configured, ["project.application.removed", {}]);
const api = past(application, "web", "acme", added, asApi("basic"));
const keyed = past(application, "web", "acme", added, asApi("private_key_jwt"));
const key = past(applicationKey, "k1", "acme", [
  "project.application.oidc.key.added",
  { applicationId: "web", projectId: "shop", orgId: "acme", publicJwk: { kty: "RSA" }, expiresAt: null },
]);

const owner = orgOwner("acme");
const shopOwner = {
  ...plainUser("eve", "other"),
  memberships: [{ level: "project", projectId: projectId.parse("shop"), roles: ["PROJECT_OWNER"] }],
} as Actor;
const onWeb = { projectId: "shop", applicationId: "web" };
const secrets = {
  mintClientSecret: () => ({ text: "new-secret", hash: "new-hash" }),
  sealSecret: async (_instance: unknown, label: string, text: string) => `${label} ${text}`,
};
const keys = { generateServiceKey: async () => ({ publicJwk: { kty: "RSA", n: "n" }, privatePem: "PRIVATE" }) };

test("only what is named and differs is changed; the event tells the whole configuration", async () => {
  const changes = { kind: "oidc", devMode: true, appType: "web", redirectUris: undefined } as const;
  await given(web)
    .when(updateApplication, owner, { ...onWeb, name: "Web", config: changes }, undefined)
    .thenEvents(["project.application.config.oidc.changed", { ...config, devMode: true }]);
  await given(web)
    .when(updateApplication, owner, { ...onWeb, name: "Store" }, undefined)
    .thenEvents(["project.application.changed", { name: "Store" }]);
  await given(web)
    .when(updateApplication, owner, { ...onWeb, config: { kind: "oidc" } }, undefined)
    .thenEvents();
  const method = { ...onWeb, config: { kind: "api", authMethod: "private_key_jwt" } } as const;
  const changed = ["project.application.config.api.changed", { authMethod: "private_key_jwt" }] as const;
  await given(api).when(updateApplication, owner, method, undefined).thenEvents(changed);
});

test("an application never changes its kind, nor gets an address that it may not have", async () => {
  const update = (wanted: object) => ({ ...onWeb, config: { kind: "oidc" as const, ...wanted } });
  await given(api)
    .when(updateApplication, owner, update({ devMode: true }), undefined)
    .refused("application.kind_differs");
  const http = update({ redirectUris: ["http://shop.example/cb"] });
  await given(web).when(updateApplication, owner, http, undefined).refused("application.redirect_uri_invalid");
  const developed = past(application, "web", "acme", added, [
    "project.application.config.oidc.added",
    { ...config, devMode: true, redirectUris: ["http://shop.example/cb"], ...client },
  ]);
  await given(developed)
    .when(updateApplication, owner, update({ devMode: false }), undefined)
    .refused("application.redirect_uri_invalid");
});

test("a configuration that no state could hold is refused", async () => {
  const redirectUris = Array.from({ length: 10 }, (_, i) => `https://shop.example/${i}${"x".repeat(1_500)}`);
  const large = { ...onWeb, config: { kind: "oidc" as const, redirectUris } };
  await given(web).when(updateApplication, owner, large, undefined).refused("request.invalid");
});

test("an application is deactivated and reactivated, once each", async () => {
  await given(web).when(deactivateApplication, owner, onWeb, undefined).thenEvents(["project.application.deactivated"]);
  await given(paused).when(deactivateApplication, owner, onWeb, undefined).refused("application.inactive");
  const back = ["project.application.reactivated"] as const;
  await given(paused).when(reactivateApplication, owner, onWeb, undefined).thenEvents(back);
  await given(web).when(reactivateApplication, owner, onWeb, undefined).refused("application.already_active");
});

test("an application is removed with its project's owner's permission, once; its client id is never free again", async () => {
  const removed = ["project.application.removed"] as const;
  await given(paused).when(removeApplication, shopOwner, onWeb, undefined).thenEvents(removed);
  await given(gone).when(removeApplication, shopOwner, onWeb, undefined).refused("auth.denied");
  await given(gone).when(removeApplication, instanceOwner(), onWeb, undefined).refused("application.not_found");
  expect(
    application.claims?.["project.application.removed"]?.(
      {} as never,
      { ...application.initial, projectId: "shop", name: "Web" } as never,
    ),
  ).toEqual({ release: [{ kind: "application_name", value: "shop/web" }] });
});

test("a new secret is told once and replaces the old one; clients without secrets get none", async () => {
  const renewing = given(web).when(regenerateClientSecret, owner, onWeb, secrets);
  await renewing.thenEvents([
    "project.application.config.oidc.secret.changed",
    { secretHash: "new-hash", sealedSecret: null },
  ]);
  await renewing.thenResult({ clientSecret: "new-secret" });
  const ofApi = [
    "project.application.config.api.secret.changed",
    { secretHash: "new-hash", sealedSecret: null },
  ] as const;
  await given(api).when(regenerateClientSecret, owner, onWeb, secrets).thenEvents(ofApi);
  await given(keyed).when(regenerateClientSecret, owner, onWeb, secrets).refused("application.no_secret");
});

test("a key's private half is in the key file and nowhere else", async () => {
  const adding = given(keyed).when(addApplicationKey, owner, { ...onWeb, expiresAt: null }, keys);
  const { events, result } = await adding.decided();
  expect(result.keyFile).toEqual({ type: "application", keyId: "900", key: "PRIVATE", appId: "web", clientId: "4711" });
  expect(JSON.stringify(events)).not.toContain("PRIVATE");
  expect(events.map(({ type, payload }) => [type, payload])).toEqual([
    [
      "project.application.oidc.key.added",
      { applicationId: "web", projectId: "shop", orgId: "acme", publicJwk: { kty: "RSA", n: "n" }, expiresAt: null },
    ],
  ]);
});

test("keys are for applications that prove themselves by keys, and do not end before they begin", async () => {
  const forever = { ...onWeb, expiresAt: null };
  await given(web).when(addApplicationKey, owner, forever, keys).refused("application.no_key");
  const over = { ...onWeb, expiresAt: instant(testNow - 1) };
  await given(keyed).when(addApplicationKey, owner, over, keys).refused("token.expiry_invalid");
});

test("a key is removed once, from the application it belongs to", async () => {
  const input = { ...onWeb, keyId: "k1" };
  const removed = ["project.application.oidc.key.removed"] as const;
  await given(key).when(removeApplicationKey, owner, input, undefined).thenEvents(removed);
  const elsewhere = { ...input, applicationId: "other" };
  await given(key).when(removeApplicationKey, owner, elsewhere, undefined).refused("application.key_not_found");
});

test("404: an application is found in its own project only", async () => {
  const elsewhere = { ...onWeb, projectId: "office" };
  const refusal = "application.not_found";
  await given(web).when(updateApplication, owner, elsewhere, undefined).refused(refusal);
  await given(web).when(deactivateApplication, owner, elsewhere, undefined).refused(refusal);
  await given(paused).when(reactivateApplication, owner, elsewhere, undefined).refused(refusal);
  await given(web).when(removeApplication, instanceOwner(), elsewhere, undefined).refused(refusal);
  await given(web).when(regenerateClientSecret, owner, elsewhere, secrets).refused(refusal);
  await given(keyed)
    .when(addApplicationKey, owner, { ...elsewhere, expiresAt: null }, keys)
    .refused(refusal);
});

test("403: who may not write an application changes nothing of it and does not learn whether it exists", async () => {
  const projectOfAnother = {
    ...plainUser("eve", "other"),
    memberships: [{ level: "project", projectId: projectId.parse("office"), roles: ["PROJECT_OWNER"] }],
  } as Actor;
  for (const stranger of [orgOwner("other"), plainUser("bob"), projectOfAnother]) {
    for (const known of [[keyed, key], []]) {
      await given(...known)
        .when(updateApplication, stranger, onWeb, undefined)
        .refused("auth.denied");
      await given(...known)
        .when(deactivateApplication, stranger, onWeb, undefined)
        .refused("auth.denied");
      await given(...known)
        .when(reactivateApplication, stranger, onWeb, undefined)
        .refused("auth.denied");
      await given(...known)
        .when(removeApplication, stranger, onWeb, undefined)
        .refused("auth.denied");
      await given(...known)
        .when(regenerateClientSecret, stranger, onWeb, secrets)
        .refused("auth.denied");
      await given(...known)
        .when(addApplicationKey, stranger, { ...onWeb, expiresAt: null }, keys)
        .refused("auth.denied");
      await given(...known)
        .when(removeApplicationKey, stranger, { ...onWeb, keyId: "k1" }, undefined)
        .refused("auth.denied");
    }
  }
});
