import { afterAll, beforeAll, expect, test } from "vitest";
import { directoryOf, type OidcClient, relyingParty, rpcClient, signInByApi } from "../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../harness/munot.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * Every text that differs from the token in one place: each character replaced, each end cut off, something appended. The
 * last character is tried with every letter, because some of its bits carry nothing.
 */
const damaged = (token: string): readonly string[] => {
  const swap = (at: number, by: string) => `${token.slice(0, at)}${by}${token.slice(at + 1)}`;
  const flipped = Array.from(token, (char, at) => swap(at, char === "A" ? "B" : "A"));
  const last = Array.from(alphabet, (char) => swap(token.length - 1, char));
  const cut = Array.from(token, (_char, at) => token.slice(0, at)).slice(1);
  const longer = ["A", "=", ".", "%00", ".A"].map((more) => token + more);
  const around = [token.toUpperCase(), token.toLowerCase(), `${token}${token}`, token.slice(1)];
  return [...new Set([...flipped, ...last, ...cut, ...longer, ...around])].filter((text) => text !== token);
};

/** A sample that still has all kinds of damage, for tokens of a thousand characters. */
const sampled = (texts: readonly string[]): readonly string[] => {
  const step = Math.max(1, Math.floor(texts.length / 150));
  return texts.filter((_text, at) => at % step === 0 || at > texts.length - 80);
};

/** The texts that were taken for the token. */
const accepted = async (
  texts: readonly string[],
  isAccepted: (text: string) => Promise<boolean>,
): Promise<readonly string[]> => {
  const taken: string[] = [];
  const waiting = [...texts];
  const worker = async () => {
    for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
      if (await isAccepted(text)) taken.push(text);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return taken;
};

onEachDatabase("a credential changed in one place is refused", (database) => {
  let munot: RunningMunot;
  let opaque: OidcClient;
  let jwt: OidcClient;
  let userId: string;
  beforeAll(async () => {
    munot = await startMunot({ database });
    const directory = directoryOf(munot);
    const orgId = await directory.addOrg("Acme");
    userId = await directory.addUser(orgId, { userName: "ada" });
    const projectId = await directory.addProject(orgId, "Notes");
    opaque = await directory.addClient(projectId, "opaque");
    jwt = await directory.addClient(projectId, "jwt", { accessTokenType: "OIDC_TOKEN_TYPE_JWT" });
  });
  afterAll(() => munot?.stop());

  const asBearer = async (text: string) =>
    (await rpcClient(munot.url).call(text, "org.v2.OrganizationService/ListOrganizations", {})).code === "ok";

  test("personal access token", async () => {
    expect(await asBearer(munot.ownerPat)).toBe(true);
    expect(await accepted(damaged(munot.ownerPat), asBearer)).toEqual([]);
  });

  test("access token, opaque, at userinfo and at the API", async () => {
    const { tokens } = await signInByApi(munot, opaque, userId);
    const atUserinfo = async (text: string) => (await relyingParty(munot.url, opaque).userinfo(text)).ok;
    expect(await atUserinfo(tokens.access_token)).toBe(true);
    expect(await accepted(damaged(tokens.access_token), atUserinfo)).toEqual([]);
    expect(await accepted(damaged(tokens.access_token), asBearer)).toEqual([]);
  });

  test("access token, JWT", async () => {
    const { tokens } = await signInByApi(munot, jwt, userId);
    const atUserinfo = async (text: string) => (await relyingParty(munot.url, jwt).userinfo(text)).ok;
    expect(await atUserinfo(tokens.access_token)).toBe(true);
    expect(await accepted(sampled(damaged(tokens.access_token)), atUserinfo)).toEqual([]);
    const [header = "", payload = ""] = tokens.access_token.split(".");
    const none = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString("base64url");
    expect(
      await accepted([`${none}.${payload}.`, `${header}.${payload}.`, `${header}.${payload}`], atUserinfo),
    ).toEqual([]);
    // RFC 9068 §4: an ID token is no access token.
    expect(await atUserinfo(tokens.id_token)).toBe(false);
  });

  test("refresh token, and the attempts leave the grant alone", async () => {
    const party = relyingParty(munot.url, opaque);
    const { tokens } = await signInByApi(munot, opaque, userId);
    const atToken = async (text: string) => (await party.refresh(text)).ok;
    expect(await accepted(damaged(tokens.refresh_token), atToken)).toEqual([]);
    expect(await atToken(tokens.refresh_token)).toBe(true);
  });

  test("session token, as a bearer and as the proof of a session", async () => {
    const directory = directoryOf(munot);
    const { sessionId, sessionToken } = await directory.addSession(userId);
    expect(await asBearer(sessionToken)).toBe(true);
    expect(await accepted(damaged(sessionToken), asBearer)).toEqual([]);
    const stranger = await directory.addPat(await directory.addMachine(await directory.addOrg("Other"), "stranger"));
    const asProof = async (text: string) =>
      (await directory.call(stranger, "session.v2.SessionService/GetSession", { sessionId, sessionToken: text }))
        .code === "ok";
    expect(await asProof(sessionToken)).toBe(true);
    expect(await accepted(damaged(sessionToken), asProof)).toEqual([]);
  });

  test("a credential of one kind is none of another", async () => {
    const party = relyingParty(munot.url, opaque);
    const { tokens, sessionToken } = await signInByApi(munot, opaque, userId);
    expect(await asBearer(tokens.refresh_token)).toBe(false);
    expect((await party.refresh(tokens.access_token)).ok).toBe(false);
    expect((await party.refresh(sessionToken)).ok).toBe(false);
    expect((await party.userinfo(sessionToken)).ok).toBe(false);
    const swapped = tokens.refresh_token.replace(/^rt_/, "at_");
    expect([await asBearer(swapped), (await party.userinfo(swapped)).ok]).toEqual([false, false]);
  });
});
