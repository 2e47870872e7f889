import { expect, test } from "vitest";
import { anonymous, given, orgOwner, past, plainUser } from "../../../test/harness/given.ts";
import { limits } from "../../kernel/limits.ts";
import { removeUserMetadata } from "./remove-user-metadata.ts";
import { setUserMetadata } from "./set-user-metadata.ts";
import { user } from "./user.events.ts";

const added = [
  "user.machine.added",
  { orgId: "acme", userNameScope: "instance", accessTokenType: "bearer" },
  { userName: "robot", name: "Robot", description: "" },
] as const;
const robot = past(user, "robot", "acme", added);
const removed = past(user, "robot", "acme", added, ["user.removed", {}]);
const owner = orgOwner("acme");
const having = (...keys: string[]) => ({ metadataKeysOf: async () => new Set(keys) });
const entry = (key: string, value = "djE=") => ({ key, value });
const set = (...metadata: ReturnType<typeof entry>[]) => ({ userId: "robot", metadata });

test("entries are set one by one, their values sealed", async () => {
  await given(robot)
    .when(setUserMetadata, owner, set(entry("team"), entry("empty", "")), having("team"))
    .thenEvents(
      ["user.metadata.set", { key: "team" }, { value: "djE=" }],
      ["user.metadata.set", { key: "empty" }, { value: "" }],
    );
});

test("a user has a bounded number of entries; those it has already may change", async () => {
  const full = Array.from({ length: limits.metadataEntries }, (_, index) => `k${index}`);
  await given(robot)
    .when(setUserMetadata, owner, set(entry("k0"), entry("k1")), having(...full))
    .thenEvents(
      ["user.metadata.set", { key: "k0" }, { value: "djE=" }],
      ["user.metadata.set", { key: "k1" }, { value: "djE=" }],
    );
  await given(robot)
    .when(setUserMetadata, owner, set(entry("one-more")), having(...full))
    .refused("user.metadata_full");
});

test.each([
  ["no entry", set()],
  ["a key that is too long", set(entry("k".repeat(limits.metadataKeyChars + 1)))],
  ["an empty key", set(entry(" "))],
  ["a value that is too long", set(entry("k", Buffer.alloc(limits.metadataValueBytes + 3).toString("base64")))],
  ["a value that is not base64", set(entry("k", "?"))],
  ["too many at once", set(...Array.from({ length: limits.metadataEntries + 1 }, (_, i) => entry(`k${i}`)))],
])("400: %s", async (_, input) => {
  await given(robot).when(setUserMetadata, owner, input, having()).refused("request.invalid");
});

test("entries are removed by key, once; what is gone already is no reason to complain", async () => {
  const keys = ["team", "gone", "team"];
  await given(robot)
    .when(removeUserMetadata, owner, { userId: "robot", keys }, having("team", "other"))
    .thenEvents(["user.metadata.removed", { key: "team" }]);
});

test("only who may write the user writes its metadata: applications trust it, so not the user itself", async () => {
  const commands = [
    [setUserMetadata, set(entry("team"))],
    [removeUserMetadata, { userId: "robot", keys: ["team"] }],
  ] as const;
  for (const row of commands) {
    // Each row pairs a command with an input of its own.
    const [command, input] = row as unknown as readonly [typeof setUserMetadata, ReturnType<typeof set>];
    await given(robot).when(command, plainUser("robot"), input, having("team")).refused("auth.denied");
    await given(robot).when(command, orgOwner("other"), input, having("team")).refused("auth.denied");
    await given().when(command, orgOwner("other"), input, having("team")).refused("auth.denied");
    await given(robot).when(command, anonymous, input, having("team")).refused("auth.missing");
    await given(removed).when(command, owner, input, having("team")).refused("user.not_found");
    expect((await given(robot).when(command, owner, input, having("team")).decided()).events).toHaveLength(1);
  }
});
