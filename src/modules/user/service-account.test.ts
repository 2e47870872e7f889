import { expect, test } from "vitest";
import { anonymous, given, orgOwner, past, plainUser, testNow } from "../../../test/harness/given.ts";
import { tokenId } from "../../kernel/ids.ts";
import { addSeconds } from "../../kernel/time.ts";
import { addKey } from "./add-key.ts";
import { addSecret } from "./add-secret.ts";
import { removeKey } from "./remove-key.ts";
import { removePersonalAccessToken } from "./remove-personal-access-token.ts";
import { removeSecret } from "./remove-secret.ts";
import { user } from "./user.events.ts";

const added = [
  "user.machine.added",
  { orgId: "acme", userNameScope: "instance", accessTokenType: "bearer" },
  { userName: "robot", name: "Robot", description: "" },
] as const;
const robot = past(user, "robot", "acme", added);
const removed = past(user, "robot", "acme", added, ["user.removed", {}]);
const person = past(user, "robot", "acme", [
  "user.human.added",
  { orgId: "acme", userNameScope: "instance", passwordChangeRequired: false },
  {
    userName: "robot",
    givenName: "Ro",
    familyName: "Bot",
    nickName: "",
    displayName: "Ro Bot",
    preferredLanguage: "",
    gender: "unspecified",
    email: "ro@acme.example",
    phone: null,
    passwordHash: null,
  },
]);
const owner = orgOwner("acme");
const jwk = { kty: "OKP", crv: "Ed25519", x: "own" };
const facts = (has = true) => ({
  newId: () => "4711",
  generateServiceKey: async () => ({ publicJwk: { kty: "RSA", n: "n", e: "AQAB" }, privatePem: "PRIVATE" }),
  readPublicKey: (pem: string) => (pem === "PUBLIC" ? jwk : null),
  mintClientSecret: () => ({ text: "secret", hash: "hash-of-it" }),
  hasKey: async () => has,
  hasPat: async () => has,
});
const generated = { userId: "robot", expiresAt: null, publicKey: null };

test("a generated key is told once; the log holds its public half only", async () => {
  const adding = given(robot).when(addKey, owner, generated, facts());
  await adding.thenEvents([
    "user.machine.key.added",
    { keyId: "4711", publicJwk: { kty: "RSA", n: "n", e: "AQAB" }, expiresAt: null },
  ]);
  expect((await adding.decided()).result).toEqual({ keyId: "4711", privatePem: "PRIVATE" });
});

test("an own public key is taken when signatures may be verified with it", async () => {
  const expiresAt = addSeconds(testNow, 60);
  const own = { ...generated, expiresAt, publicKey: "PUBLIC" };
  const adding = given(robot).when(addKey, owner, own, facts());
  await adding.thenEvents(["user.machine.key.added", { keyId: "4711", publicJwk: jwk, expiresAt }]);
  expect((await adding.decided()).result).toEqual({ keyId: "4711", privatePem: null });
  await given(robot)
    .when(addKey, owner, { ...own, publicKey: "PRIVATE" }, facts())
    .refused("user.key_invalid");
  await given(robot)
    .when(addKey, owner, { ...own, expiresAt: testNow }, facts())
    .refused("token.expiry_invalid");
});

test("a client secret is told once; the log holds only its hash, sealed", async () => {
  const adding = given(robot).when(addSecret, owner, { userId: "robot" }, facts());
  await adding.thenEvents(["user.machine.secret.set", {}, { secretHash: "hash-of-it" }]);
  await adding.thenResult({ clientSecret: "secret" });
});

test("what is gone already is no reason to complain", async () => {
  const withSecret = past(user, "robot", "acme", added, ["user.machine.secret.set", {}, { secretHash: "h" }]);
  await given(withSecret)
    .when(removeSecret, owner, { userId: "robot" }, undefined)
    .thenEvents(["user.machine.secret.removed"]);
  await given(robot).when(removeSecret, owner, { userId: "robot" }, undefined).thenEvents();

  const key = { userId: "robot", keyId: "4711" };
  await given(robot)
    .when(removeKey, owner, key, facts())
    .thenEvents(["user.machine.key.removed", { keyId: "4711" }]);
  await given(robot).when(removeKey, owner, key, facts(false)).thenEvents();

  const pat = { userId: "robot", tokenId: "77" };
  const removing = given(robot).when(removePersonalAccessToken, owner, pat, facts());
  await removing.thenEvents(["user.pat.removed", { tokenId: "77" }]);
  expect((await removing.decided()).tokens).toEqual([{ do: "drop", kind: "pat", id: tokenId.parse("77") }]);
  const gone = await given(robot).when(removePersonalAccessToken, owner, pat, facts(false)).decided();
  expect(gone).toEqual({ events: [], result: undefined });
});

const commands = [
  [addKey, generated],
  [addSecret, { userId: "robot" }],
  [removeSecret, { userId: "robot" }],
  [removeKey, { userId: "robot", keyId: "4711" }],
  [removePersonalAccessToken, { userId: "robot", tokenId: "77" }],
] as const;

test.each(commands)("$0.name: only who may write the user does it; not the service account itself", async (...row) => {
  // Each row pairs a command with an input of its own.
  const [command, input] = row as unknown as readonly [typeof addSecret, { readonly userId: string }];
  await given(robot).when(command, plainUser("robot"), input, facts()).refused("auth.denied");
  await given(robot).when(command, orgOwner("other"), input, facts()).refused("auth.denied");
  await given().when(command, orgOwner("other"), input, facts()).refused("auth.denied");
  await given(robot).when(command, anonymous, input, facts()).refused("auth.missing");
  await given(removed).when(command, owner, input, facts()).refused("user.not_found");
});

test.each(commands.slice(0, 3))("$0.name: people have none", async (...row) => {
  const [command, input] = row as unknown as readonly [typeof addSecret, { readonly userId: string }];
  await given(person).when(command, owner, input, facts()).refused("user.not_machine");
});
