import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { UserService } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { directoryOf, testPassword } from "../../test/harness/client.ts";
import { type Connection, connect, expectStatus } from "../http.ts";
import type { Contestant, Turn } from "../load.ts";
import { addManyUsers } from "../many-users.ts";
import { cpuSecondsOf, type Munot, pinProcess } from "../servers.ts";

export type Place = { readonly name: string; readonly munot: Munot };

const each = (count: number, make: (index: number) => Turn): readonly Turn[] =>
  Array.from({ length: count }, (_, i) => make(i));

const rpc = async (connection: Connection, { ownerPat }: Munot, method: string, message: object): Promise<string> => {
  const answer = await connection({
    method: "POST",
    path: `/zitadel.${method}`,
    headers: { "content-type": "application/json", authorization: `Bearer ${ownerPat}` },
    body: JSON.stringify(message),
  });
  return expectStatus(answer, 200, method).body;
};

let made = 0;
const uniqueName = (): string => {
  made += 1;
  return `u${made}`;
};
const orgOf = (munot: Munot): Promise<string> => directoryOf(munot).addOrg(`Org ${uniqueName()}`);
const userOf = async (munot: Munot): Promise<string> =>
  directoryOf(munot).addUser(await orgOf(munot), { userName: uniqueName() });

/** A user's whole life by four durable commands: create, update, lock, delete. */
const userLifecycle = async ({ name, munot }: Place): Promise<readonly Contestant[]> => {
  const orgId = await orgOf(munot);
  const clients = each(16, () => {
    const connection = connect(munot.url);
    const call = (method: string, message: object) => rpc(connection, munot, `user.v2.UserService/${method}`, message);
    return async () => {
      const username = uniqueName();
      const created = await call("AddHumanUser", {
        organization: { orgId },
        username,
        profile: { givenName: "Ada", familyName: "Example" },
        email: { email: `${username}@acme.example`, isVerified: true },
      });
      // AddHumanUserResponse in Connect's JSON.
      const { userId } = JSON.parse(created) as { userId: string };
      await call("UpdateHumanUser", { userId, profile: { givenName: "Augusta", familyName: "Example" } });
      await call("LockUser", { userId });
      await call("DeleteUser", { userId });
    };
  });
  return [{ name, clients, server: munot }];
};

/** Searches over many users, by user name. */
const userSearch = async ({ name, munot }: Place): Promise<readonly Contestant[]> => {
  await addManyUsers(munot, await userOf(munot));
  const queries = {
    exact: { userName: "person-054321", method: "TEXT_QUERY_METHOD_EQUALS" },
    prefix: { userName: "Person-0543", method: "TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE" },
    contains: { userName: "054321", method: "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE" },
  };
  return Object.entries(queries).map(([kind, userNameQuery]) => ({
    name: `${name}, ${kind}`,
    // One at a time: how long a search takes, not how long it waits for others.
    clients: each(1, () => {
      const connection = connect(munot.url);
      return async () => {
        const body = await rpc(connection, munot, "user.v2.UserService/ListUsers", {
          query: { limit: 20 },
          queries: [{ userNameQuery }],
        });
        if (!body.includes("person-0543")) throw new Error(`search ${kind}: ${body.slice(0, 200)}`);
      };
    }),
    server: munot,
  }));
};

/** Sessions made with a password, beside nothing but the password check. */
const passwordSession = async ({ name, munot }: Place): Promise<readonly Contestant[]> => {
  const checks = { user: { userId: await userOf(munot) }, password: { password: testPassword } };
  const clients = each(8, () => {
    const connection = connect(munot.url);
    return () => rpc(connection, munot, "session.v2.SessionService/CreateSession", { checks });
  });
  return [{ name, clients, server: munot }, await rawHash(clients.length)];
};

const rawHash = async (count: number): Promise<Contestant> => {
  const child = fork(join(import.meta.dirname, "..", "raw-hash.ts"));
  const { pid } = child;
  if (pid === undefined) throw new Error("the hashing process did not start");
  await once(child, "message");
  pinProcess(0, pid);
  const waiting = new Map<number, (answer: { readonly ok: boolean }) => void>();
  child.on("message", (answer: { id: number; ok: boolean }) => waiting.get(answer.id)?.(answer));
  child.unref();
  child.channel?.unref();
  return {
    name: "Argon2id alone",
    clients: each(count, (id) => async () => {
      const answered = new Promise<{ readonly ok: boolean }>((resolve) => waiting.set(id, resolve));
      child.send(id);
      if (!(await answered).ok) throw new Error("the password was not accepted");
    }),
    server: { cpuSeconds: () => cpuSecondsOf(pid) },
  };
};

/** The same read by each of the protocols. */
const protocols = async ({ name, munot }: Place): Promise<readonly Contestant[]> => {
  const userId = await userOf(munot);
  const { url, ownerPat } = munot;
  const headers = { authorization: `Bearer ${ownerPat}` };
  const byTransport = (transport: Transport): Turn => {
    const { getUserByID } = createClient(UserService, transport);
    return () => getUserByID({ userId }, { headers });
  };
  const clientsBy: Readonly<Record<string, (index: number) => Turn>> = {
    gRPC: () => byTransport(createGrpcTransport({ baseUrl: url })),
    "Connect, binary": () => byTransport(createConnectTransport({ baseUrl: url, httpVersion: "1.1" })),
    "Connect, JSON": () => {
      const connection = connect(url);
      return () => rpc(connection, munot, "user.v2.UserService/GetUserByID", { userId });
    },
    REST: () => {
      const connection = connect(url);
      return async () => expectStatus(await connection({ path: `/v2/users/${userId}`, headers }), 200, "REST");
    },
  };
  return Object.entries(clientsBy).map(([protocol, make]) => ({
    name: `${name}, ${protocol}`,
    clients: each(16, make),
    server: munot,
  }));
};

/** What only Munot has, on each of its databases. */
export const apiScenarios = {
  "user-lifecycle": userLifecycle,
  "password-session": passwordSession,
  protocols,
  "user-search": userSearch,
} as const;
