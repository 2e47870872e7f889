import { Code, ConnectError } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { createClientFor } from "@zitadel/client";
import { createServerTransport } from "@zitadel/client/node";
import { createClientTransport } from "@zitadel/client/web";
import { OrganizationService } from "@zitadel/proto/zitadel/org/v2/org_service_pb.js";
import { SessionService } from "@zitadel/proto/zitadel/session/v2/session_service_pb.js";
import { UserService } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";

const password = "Rheinfall-1589!";

onEachDatabase("ZITADEL's published SDK, unchanged", (database) => {
  let munot: RunningMunot;
  beforeAll(async () => {
    munot = await startMunot({ database });
  });
  afterAll(() => munot?.stop());

  const transports = {
    "gRPC (/node)": () => createServerTransport(munot.ownerPat, { baseUrl: munot.url }),
    "gRPC-web (/web)": () => createClientTransport(munot.ownerPat, { baseUrl: munot.url }),
    "plain Connect": () =>
      createConnectTransport({
        baseUrl: munot.url,
        httpVersion: "1.1",
        interceptors: [
          (next) => (request) => {
            request.header.set("authorization", `Bearer ${munot.ownerPat}`);
            return next(request);
          },
        ],
      }),
  } as const;

  describe.each(Object.entries(transports))("%s", (name, open) => {
    test("a person added is found, signs in by the Session API, and is gone after deletion", async () => {
      const transport = open();
      const organizations = createClientFor(OrganizationService)(transport);
      const users = createClientFor(UserService)(transport);
      const sessions = createClientFor(SessionService)(transport);

      const { organizationId } = await organizations.addOrganization({ name: `Acme by ${name}` });
      const email = `ada-${organizationId}@acme.example`;
      const { userId } = await users.addHumanUser({
        organization: { org: { case: "orgId", value: organizationId } },
        profile: { givenName: "Ada", familyName: "Lovelace" },
        email: { email, verification: { case: "isVerified", value: true } },
        passwordType: { case: "password", value: { password, changeRequired: false } },
      });

      const { user } = await users.getUserByID({ userId });
      expect(user?.preferredLoginName).toBe(email);
      const found = await users.listUsers({
        queries: [{ query: { case: "emailQuery", value: { emailAddress: email } } }],
      });
      expect(found.result.map((one) => one.userId)).toEqual([userId]);
      expect(found.details?.totalResult).toBe(1n);

      const created = await sessions.createSession({
        checks: { user: { search: { case: "loginName", value: email } }, password: { password } },
      });
      const { session } = await sessions.getSession({ sessionId: created.sessionId });
      expect(session?.factors?.user?.id).toBe(userId);
      expect(session?.factors?.password?.verifiedAt).toBeDefined();

      await users.deleteUser({ userId });
      await expect(users.getUserByID({ userId })).rejects.toMatchObject({ code: Code.NotFound });
    });

    test("a wrong password is refused with the count of failures in the detail", async () => {
      const sessions = createClientFor(SessionService)(open());
      const attempt = sessions.createSession({
        checks: { user: { search: { case: "loginName", value: "nobody" } }, password: { password: "wrong" } },
      });
      await expect(attempt).rejects.toBeInstanceOf(ConnectError);
    });

    test("what is not built says so", async () => {
      const users = createClientFor(UserService)(open());
      await expect(users.registerPasskey({ userId: "1" })).rejects.toMatchObject({ code: Code.Unimplemented });
    });
  });

  test("plain fetch of the REST routes", async () => {
    const headers = { authorization: `Bearer ${munot.ownerPat}`, "content-type": "application/json" };
    const added = await fetch(`${munot.url}/v2/organizations`, {
      method: "POST",
      headers,
      body: JSON.stringify({ name: "Acme by REST" }),
    });
    expect(added.status).toBe(201);
    const { organizationId } = (await added.json()) as { organizationId: string };
    const listed = await fetch(`${munot.url}/v2/organizations/_search`, {
      method: "POST",
      headers,
      body: JSON.stringify({ queries: [{ idQuery: { id: organizationId } }] }),
    });
    expect(await listed.json()).toMatchObject({ result: [{ id: organizationId, name: "Acme by REST" }] });
    const unknown = await fetch(`${munot.url}/v2/users/424242`, { headers });
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({
      code: Code.NotFound,
      message: expect.stringMatching(/\([A-Z]+-\w+\)$/),
    });
    expect((await fetch(`${munot.url}/v2/users/424242`)).status).toBe(401);
  });
});
