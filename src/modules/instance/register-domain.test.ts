import { expect, test } from "vitest";
import { given, instanceOwner, past, setupActor, stateAfter, testInstanceId } from "../../../test/harness/given.ts";
import { instanceId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { instance } from "./instance.events.ts";
import { registerDomain } from "./register-domain.ts";

const added = ["instance.added", { name: "House", defaultLanguage: "en" }] as const;
const house = past(instance, testInstanceId, null, added, ["instance.domain.added", { domain: "id.example.com" }]);
const nobodys = { instanceByHost: async () => null };

test("a host is registered once, in one form, and becomes the primary one if wanted", async () => {
  await given(house)
    .when(registerDomain, setupActor, { host: "LOGIN.Example.com:8443", primary: true }, nobodys)
    .thenEvents(
      ["instance.domain.added", { domain: "login.example.com:8443" }],
      ["instance.domain.primary.set", { domain: "login.example.com:8443" }],
    );
  await given(house).when(registerDomain, setupActor, { host: "ID.example.com" }, nobodys).thenEvents();
});

test("a host of another instance, or what is no host, is refused", async () => {
  const theirs = { instanceByHost: async () => ({ instanceId: instanceId.parse("other") }) };
  await given(house)
    .when(registerDomain, setupActor, { host: "their.example.com" }, theirs)
    .refused("instance.domain_taken");
  for (const host of ["", "a b", "https://x.example", "x.example/path", "x.example:port", "ü.example"]) {
    await given(house).when(registerDomain, setupActor, { host }, nobodys).refused("request.invalid");
  }
  await given(house).when(registerDomain, setupActor, { host: "[::1]:8080" }, nobodys).decided();
});

test("403: hosts are the system's, not the instance owner's", async () => {
  await given(house).when(registerDomain, instanceOwner(), { host: "x.example" }, nobodys).refused("auth.denied");
});

test("the longest hosts that may be registered fit into the state, and one more is refused", async () => {
  const hosts = Array.from(
    { length: 50 },
    (_, i) => ["instance.domain.added", { domain: `${"x".repeat(258)}${i % 10}` }] as const,
  );
  const full = past(instance, testInstanceId, null, added, ...hosts);
  expect(JSON.stringify(stateAfter(instance, full)).length).toBeLessThan(limits.stateBytes);
  await given(full).when(registerDomain, setupActor, { host: "x.example" }, nobodys).refused("request.invalid");
});
