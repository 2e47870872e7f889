import type { InstanceId } from "../../../kernel/ids.ts";
import type { ClientReader } from "../../../modules/application/client.queries.ts";
import { cibaPing } from "../../../modules/auth-request/answer-decoupled.ts";
import type { Dialer } from "../../../platform/dial/dialer.ts";

export type PingDeps = { readonly clients: Pick<ClientReader, "find">; readonly dialer: Pick<Dialer, "fetch"> };

/** The client did not take the message; it is sent again. */
class PingNotTaken extends Error {
  override readonly name = "PingNotTaken";
}

/** Where an answer would only keep others waiting. */
const call = { timeoutMs: 5_000, maxBytes: 65_536 } as const;

/**
 * CIBA Core 1.0 §10.2: tells a client that it can fetch the answer now. It learns nothing but that. Rejects when the client
 * did not take it, so that the outbox tries again until the request has run out.
 */
export const pingClient =
  ({ clients, dialer }: PingDeps) =>
  async ({ instanceId, payload }: { instanceId: InstanceId; payload: unknown }): Promise<void> => {
    const { clientId, endpoint, token, authReqId } = cibaPing.parse(payload);
    const client = await clients.find(instanceId, clientId);
    if (client === null || !client.isActive) return;
    const { status } = await dialer.fetch(endpoint, {
      ...call,
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ auth_req_id: authReqId }),
    });
    if (status !== 200 && status !== 204) throw new PingNotTaken(`status ${status}`);
  };
