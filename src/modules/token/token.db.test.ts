import type { KyselyPlugin } from "kysely";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { housePassword, openHouse } from "../../../test/harness/house.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import { needsAuthenticated } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { readOnlyRef } from "../../kernel/event.ts";
import { sessionId, userId } from "../../kernel/ids.ts";
import { addSeconds } from "../../kernel/time.ts";
import type { MintToken } from "../../kernel/token.ts";
import { deactivateOrganization } from "../org/deactivate-organization.ts";
import { reactivateOrganization } from "../org/reactivate-organization.ts";
import { createSession } from "../session/create-session.ts";
import { deactivateUser } from "../user/deactivate-user.ts";
import { lockUser } from "../user/lock-user.ts";
import { removeUser } from "../user/remove-user.ts";
import { user } from "../user/user.events.ts";
import { authenticateBearer } from "./authenticate.queries.ts";
import { tokenReader } from "./token.queries.ts";

/** A stand-in for the OIDC engine, which issues access tokens. */
const accessTokenFor = defineCommand({
  name: "test.access-token",
  input: z.object({ userId, sessionId, audience: z.array(z.string()) }),
  streams: ({ input }) => ({ user: readOnlyRef(user, input.userId) }),
  permit: () => needsAuthenticated,
  facts: (from: { readonly mintToken: MintToken }) => from.mintToken("access"),
  decide: ({ ctx, input, facts: { id, hash, text } }) => ({
    events: [],
    tokens: [
      {
        do: "put",
        row: {
          kind: "access",
          id,
          hash,
          expiresAt: addSeconds(ctx.now, 60),
          userId: input.userId,
          sessionId: input.sessionId,
          data: { scope: ["openid"], audience: input.audience },
        },
      },
    ],
    result: text,
  }),
});

describeOnBothDatabases("credentials", (open) => {
  const prepare = async () => {
    const house = await openHouse(open);
    let statements = 0;
    const counting: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      // Once per execution: a hot statement is compiled only once.
      transformResult: async ({ result }) => {
        statements += 1;
        return result;
      },
    };
    const tokens = tokenReader({ db: house.db.withPlugin(counting) });
    const bearer = authenticateBearer({ tokens, verifyAccessJwt: async () => null });
    const authenticate = (token: string, at = house.now()) =>
      bearer(house.instanceId, token, at, async (confirmation) => confirmation === null);
    const signIn = async (userName: string, lifetimeSeconds: number | null = null) => {
      const userId = await house.addUser(userName);
      const { result } = await house.run(createSession, house.as(house.login), {
        checks: { user: { userId }, password: { password: housePassword } },
        lifetimeSeconds,
      });
      if (result.is !== "written") throw new Error("not signed in");
      return { userId, ...result };
    };
    const countOf = async (work: () => Promise<unknown>) => {
      const before = statements;
      await work();
      return statements - before;
    };
    return { house, authenticate, signIn, countOf };
  };

  const refused = { code: "auth.token_invalid" };

  test("a personal access token is its user, with the roles of this moment, in one statement", async () => {
    const { house, authenticate, countOf } = await prepare();
    expect(await authenticate(house.loginClientToken)).toMatchObject({
      kind: "user",
      via: "pat",
      orgId: house.orgId,
      memberships: [{ level: "instance", roles: ["IAM_LOGIN_CLIENT"] }],
    });
    expect(await countOf(() => authenticate(house.loginClientToken))).toBe(1);
  });

  test("a changed, cut or foreign secret is refused, and so is what has expired", async () => {
    const { house, authenticate, signIn } = await prepare();
    const { token } = await signIn("ada", 60);
    const last = token.at(-1) === "A" ? "B" : "A";
    for (const wrong of [`${token.slice(0, -1)}${last}`, token.slice(0, -1), `${token}A`, "", "pat_1.x", "a.b.c"]) {
      await expect(authenticate(wrong)).rejects.toMatchObject(refused);
    }
    const [id] = token.split(".");
    const [, foreign] = house.loginClientToken.split(".");
    await expect(authenticate(`${id}.${foreign}`)).rejects.toMatchObject(refused);
    expect(await authenticate(token)).toMatchObject({ kind: "user", via: "session_token" });
    await expect(authenticate(token, addSeconds(house.now(), 61))).rejects.toMatchObject(refused);
  });

  test("a session that only names its user is no caller", async () => {
    const { house, authenticate } = await prepare();
    const userId = await house.addUser("ada");
    const { result } = await house.run(createSession, house.as(house.owner), { checks: { user: { userId } } });
    await expect(authenticate(result.is === "written" ? result.token : "")).rejects.toMatchObject(refused);
  });

  test("an access token opens Munot's API only when the instance's own project is its audience", async () => {
    const { house, authenticate, signIn } = await prepare();
    const { userId, sessionId } = await signIn("ada");
    const mint = async (audience: readonly string[]) => {
      const { run, as, owner, tokens } = house;
      const made = await run(accessTokenFor, as(owner), { userId, sessionId, audience: [...audience] });
      expect(await tokens.verify(house.instanceId, made.result, ["access"], house.now())).not.toBeNull();
      return made.result;
    };
    await expect(authenticate(await mint(["another-project"]))).rejects.toMatchObject(refused);
    expect(await authenticate(await mint([house.projectId]))).toMatchObject({ via: "access_token", sessionId });
  });

  describe("what is deactivated stops at once", () => {
    test("locked, deactivated and removed users", async () => {
      const { house, authenticate, signIn } = await prepare();
      for (const [name, command] of [
        ["ada", deactivateUser],
        ["bob", lockUser],
        ["eve", removeUser],
      ] as const) {
        const { userId, token } = await signIn(name);
        expect(await authenticate(token)).toMatchObject({ userId });
        await house.run(command, house.as(house.owner), { userId });
        await expect(authenticate(token)).rejects.toMatchObject(refused);
      }
    });

    test("users of a deactivated organization, until it is active again", async () => {
      const { house, authenticate, signIn } = await prepare();
      const { token } = await signIn("ada");
      await house.run(deactivateOrganization, house.as(house.owner), { orgId: house.orgId });
      await expect(authenticate(token)).rejects.toMatchObject(refused);
      await expect(authenticate(house.loginClientToken)).rejects.toMatchObject(refused);
      await house.run(reactivateOrganization, house.as(house.owner), { orgId: house.orgId });
      expect(await authenticate(token)).toMatchObject({ via: "session_token" });
    });
  });
});
