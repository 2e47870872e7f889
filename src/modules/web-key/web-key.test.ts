import { expect, test } from "vitest";
import { anonymous, given, instanceOwner, orgOwner, past } from "../../../test/harness/given.ts";
import { activateWebKey } from "./activate-web-key.ts";
import { generateWebKey } from "./generate-web-key.ts";
import { removeWebKey } from "./remove-web-key.ts";
import { webKey, webKeysMax } from "./web-key.events.ts";

const added = ["web_key.added", { algorithm: "ES256", publicJwk: { kty: "EC" }, privateKey: "sealed" }] as const;
const first = past(webKey, "first", null, added, ["web_key.activated", {}]);
const next = past(webKey, "next", null, added);
const facts = (count = 1) => ({
  newWebKey: async () => ({ publicJwk: { kty: "EC" }, privateKey: "sealed" }),
  countWebKeys: async () => count,
});

test("a key of every kind is made, and signs nothing before it is activated", async () => {
  await given()
    .when(generateWebKey, instanceOwner(), { keyId: "next", algorithm: "ES256" }, facts())
    .thenEvents(["web_key.added", { algorithm: "ES256", publicJwk: { kty: "EC" }, privateKey: "sealed" }]);
});

test("so many keys and no more: all of them are published", async () => {
  await given().when(generateWebKey, instanceOwner(), {}, facts(webKeysMax)).refused("web_key.too_many");
});

test("one key signs: activating another one retires it, and doing so twice changes nothing", async () => {
  await given(first, next)
    .when(activateWebKey, instanceOwner(), { keyId: "next", replaces: "first" }, undefined)
    .thenEvents(["web_key.activated", {}], ["web_key.deactivated", {}]);
  await given(first)
    .when(activateWebKey, instanceOwner(), { keyId: "first", replaces: "first" }, undefined)
    .thenEvents();
  await given(first, next)
    .when(activateWebKey, instanceOwner(), { keyId: "first", replaces: "next" }, undefined)
    .refused("web_key.not_found");
});

test("the key that signs cannot be removed; another one can, once", async () => {
  await given(first).when(removeWebKey, instanceOwner(), { keyId: "first" }, undefined).refused("web_key.active");
  await given(next)
    .when(removeWebKey, instanceOwner(), { keyId: "next" }, undefined)
    .thenEvents(["web_key.removed", {}]);
  const outcome = given().when(removeWebKey, instanceOwner(), { keyId: "next" }, undefined);
  expect((await outcome.decided()).result).toEqual({ removed: false });
});

test("403: keys are the instance owner's", async () => {
  for (const actor of [orgOwner("acme"), anonymous]) {
    const code = actor === anonymous ? "auth.missing" : "auth.denied";
    await given().when(generateWebKey, actor, {}, facts()).refused(code);
    await given(first, next).when(activateWebKey, actor, { keyId: "next", replaces: "first" }, undefined).refused(code);
    await given(next).when(removeWebKey, actor, { keyId: "next" }, undefined).refused(code);
  }
});
