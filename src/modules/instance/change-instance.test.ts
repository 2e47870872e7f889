import { expect, test } from "vitest";
import {
  anonymous,
  given,
  instanceOwner,
  orgOwner,
  past,
  setupActor,
  stateAfter,
  testInstanceId,
} from "../../../test/harness/given.ts";
import { limits } from "../../kernel/limits.ts";
import { instance } from "./instance.events.ts";
import { removeDomain } from "./remove-domain.ts";
import { addTrustedDomain, removeTrustedDomain } from "./trusted-domain.ts";
import { updateInstance } from "./update-instance.ts";

const added = ["instance.added", { name: "House", defaultLanguage: "en" }] as const;
const house = past(
  instance,
  testInstanceId,
  null,
  added,
  ["instance.domain.added", { domain: "id.example.com" }],
  ["instance.domain.added", { domain: "old.example.com" }],
  ["instance.domain.primary.set", { domain: "id.example.com" }],
  ["instance.trusted_domain.added", { domain: "login.example.com" }],
);

test("an instance gets another name, once", async () => {
  await given(house)
    .when(updateInstance, instanceOwner(), { name: "Castle" }, undefined)
    .thenEvents(["instance.changed", { name: "Castle" }]);
  await given(house).when(updateInstance, instanceOwner(), { name: "House" }, undefined).thenEvents();
  await given(house).when(updateInstance, instanceOwner(), { name: " " }, undefined).refused("request.invalid");
});

test("trusted hosts come in one form, once, and go", async () => {
  const add = (host: string) => given(house).when(addTrustedDomain, instanceOwner(), { host }, undefined);
  await add("UI.Example.com").thenEvents(["instance.trusted_domain.added", { domain: "ui.example.com" }]);
  await add("LOGIN.example.com").thenEvents();
  await add("https://x.example").refused("request.invalid");
  const remove = (host: string) => given(house).when(removeTrustedDomain, instanceOwner(), { host }, undefined);
  await remove("login.example.com").thenEvents(["instance.trusted_domain.removed", { domain: "login.example.com" }]);
  expect((await remove("ui.example.com").decided()).result).toEqual({ removed: false });
});

test("a host is taken away, but not the primary one", async () => {
  const remove = (host: string) => given(house).when(removeDomain, setupActor, { host }, undefined);
  await remove("OLD.example.com").thenEvents(["instance.domain.removed", { domain: "old.example.com" }]);
  await remove("id.example.com").refused("instance.domain_primary");
  expect((await remove("x.example.com").decided()).result).toEqual({ removed: false });
});

test("403: the instance is its owner's, its hosts the system's", async () => {
  const host = { host: "x.example.com" };
  for (const [actor, code] of [
    [orgOwner("acme"), "auth.denied"],
    [anonymous, "auth.missing"],
  ] as const) {
    await given(house).when(updateInstance, actor, { name: "Mine" }, undefined).refused(code);
    await given(house).when(addTrustedDomain, actor, host, undefined).refused(code);
    await given(house).when(removeTrustedDomain, actor, host, undefined).refused(code);
  }
  await given(house).when(removeDomain, instanceOwner(), host, undefined).refused("auth.denied");
});

test("the longest hosts of both kinds fit into the state, and one more is refused", async () => {
  const hosts = (type: "instance.domain.added" | "instance.trusted_domain.added", count: number) =>
    Array.from(
      { length: count },
      (_, i) => [type, { domain: `${"x".repeat(257)}${String(i).padStart(2, "0")}` }] as const,
    );
  const full = past(
    instance,
    testInstanceId,
    null,
    added,
    ...hosts("instance.domain.added", 25),
    ...hosts("instance.trusted_domain.added", 25),
  );
  expect(JSON.stringify(stateAfter(instance, full)).length).toBeLessThan(limits.stateBytes);
  const long = { host: `${"y".repeat(200)}.example` };
  await given(full).when(addTrustedDomain, instanceOwner(), long, undefined).refused("request.invalid");
});
