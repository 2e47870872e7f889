import { expectStatus, formPost } from "../http.ts";
import type { Turn } from "../load.ts";
import { clientsOf, type Party, refreshAt } from "../parties.ts";

const connections = 16;

/** What the peer has too: clients for one of the endpoints, each on a connection of its own. */
export const oidcScenarios = {
  discovery: async (party: Party): Promise<readonly Turn[]> =>
    clientsOf(party, connections).map((connection) => async () => {
      expectStatus(await connection({ path: party.paths.discovery }), 200, "discovery");
    }),

  userinfo: async (party: Party): Promise<readonly Turn[]> =>
    Promise.all(
      clientsOf(party, connections).map(async (connection) => {
        const { access } = await party.codeFlow(connection);
        const request = { path: party.paths.userinfo, headers: { authorization: `Bearer ${access}` } };
        return async () => expectStatus(await connection(request), 200, "userinfo");
      }),
    ),

  introspect: async (party: Party): Promise<readonly Turn[]> =>
    Promise.all(
      clientsOf(party, connections).map(async (connection) => {
        const { access } = await party.codeFlow(connection);
        const request = formPost(party.paths.introspect, { token: access }, party.basic);
        return async () => {
          const { body } = expectStatus(await connection(request), 200, "introspect");
          if (!body.includes('"active":true')) throw new Error(`introspect: ${body}`);
        };
      }),
    ),

  refresh: async (party: Party): Promise<readonly Turn[]> =>
    Promise.all(
      clientsOf(party, connections).map(async (connection) => {
        let { refresh } = await party.codeFlow(connection);
        return async () => {
          refresh = await refreshAt(party, connection, refresh);
        };
      }),
    ),

  "code-flow": async (party: Party): Promise<readonly Turn[]> =>
    clientsOf(party, connections).map((connection) => () => party.codeFlow(connection)),
} as const;
