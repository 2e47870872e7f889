import { asking, type Machine, type MunotMachine, rawRs256, type TokenForm } from "../grants.ts";
import { connect } from "../http.ts";
import type { Turn } from "../load.ts";

const connections = 16;

const credentials =
  (form: TokenForm) =>
  async (machine: Machine): Promise<readonly Turn[]> => {
    const request = await machine.clientCredentials(form);
    return asking(machine.server, connections, async () => () => request);
  };

/** What the peer has too. */
export const machineScenarios = {
  "client-credentials": credentials("opaque"),
  "client-credentials-es256": credentials("ES256"),
  "client-credentials-rs256": credentials("RS256"),
} as const;

/** Scenarios whose rate is to be seen beside that of bare signatures. */
export const besideRawSigning: ReadonlyMap<string, () => Promise<readonly Turn[]>> = new Map([
  ["client-credentials-rs256", () => rawRs256(connections)],
]);

/** What only Munot is asked for. */
export const munotScenarios = {
  "jwt-bearer": async (machine: MunotMachine): Promise<readonly Turn[]> => {
    const next = await machine.jwtBearer();
    return asking(machine.server, connections, async () => next);
  },
  "token-exchange": (machine: MunotMachine): Promise<readonly Turn[]> =>
    asking(machine.server, connections, async (connection) => {
      const request = await machine.exchange(connection);
      return () => request;
    }),
  "device-flow": async (machine: MunotMachine): Promise<readonly Turn[]> =>
    Array.from({ length: connections }, () => machine.deviceFlow(connect(machine.server.url))),
} as const;
