import { expect, test } from "vitest";
import { clientId, userId } from "../../../kernel/ids.ts";
import { secret } from "../../../platform/crypto/secret.ts";
import { type SubjectClient, sectorOf, subjectFor, userOfSubject } from "./subject.ts";

const instance = { subjectKey: secret("a key") };
const ada = userId.parse("301542217985785857");
const client = (
  id: string,
  redirectUris: readonly string[],
  sectorIdentifierUri: string | null = null,
): SubjectClient => ({
  clientId: clientId.parse(id),
  settings: { subjectType: "pairwise", sectorIdentifierUri },
  oidc: { redirectUris },
});
const shop = client("shop", ["https://shop.example/cb", "https://shop.example/other"]);
const native = client("native", ["com.example.app:/cb"]);

test("clients of one sector know a user by one name, others by another, and the user's id is in none (Core §8.1)", () => {
  const name = subjectFor(instance, shop, ada);
  const sister = client("sister", ["https://app.elsewhere/cb"], "https://shop.example/sector.json");
  expect(subjectFor(instance, sister, ada)).toBe(name);
  expect(subjectFor(instance, client("x", ["https://app.elsewhere/cb"]), ada)).not.toBe(name);
  expect(subjectFor({ subjectKey: secret("another instance's") }, shop, ada)).not.toBe(name);
  expect(name).not.toContain(ada);
});

test("only the client's own sector can mean the user by it", () => {
  const name = subjectFor(instance, shop, ada);
  expect(userOfSubject(instance, shop, name)).toBe(ada);
  expect(userOfSubject(instance, native, name)).toBeNull();
  expect(userOfSubject(instance, shop, ada)).toBeNull();
});

test("a public client, and a token of no client, has the user's id", () => {
  const open = { ...shop, settings: { subjectType: "public", sectorIdentifierUri: null } } as const;
  expect([subjectFor(instance, open, ada), subjectFor(instance, null, ada)]).toEqual([ada, ada]);
  expect(userOfSubject(instance, open, ada)).toBe(ada);
});

test("redirect URIs of several hosts, or of none, make the client its own sector", () => {
  expect(sectorOf(shop)).toBe("shop.example");
  expect(sectorOf(native)).toBe("client native");
  expect(sectorOf(client("two", ["https://a.example/", "https://b.example/"]))).toBe("client two");
});
