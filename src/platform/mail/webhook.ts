import { createHmac } from "node:crypto";
import { canonicalJson, type Json } from "../../kernel/json.ts";
import type { Dialer } from "../dial/dialer.ts";

/** A receiver did not take a message; the text is the status alone. */
export class MessageNotTaken extends Error {
  override readonly name = "MessageNotTaken";
}

/**
 * Posts a message as JSON to a receiver that sends it on. Signed as ZITADEL's targets are: `ZITADEL-Signature: t=<unix>,
 * v1=<hex HMAC-SHA256 of "<t>.<body>">`. Rejects with {@link MessageNotTaken} unless the status is 2xx.
 */
export const postMessage =
  (dialer: Pick<Dialer, "fetch">) =>
  async (
    { endpoint, signingKey }: { readonly endpoint: string; readonly signingKey: string | null },
    { id, body, unixSeconds }: { readonly id: string; readonly body: Json; readonly unixSeconds: number },
  ): Promise<void> => {
    const text = canonicalJson(body);
    const signature =
      signingKey === null
        ? {}
        : {
            "zitadel-signature": `t=${unixSeconds},v1=${createHmac("sha256", signingKey).update(`${unixSeconds}.${text}`).digest("hex")}`,
          };
    const { status } = await dialer.fetch(endpoint, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": id, ...signature },
      body: text,
      maxBytes: 65_536,
    });
    if (status < 200 || status > 299) throw new MessageNotTaken(`status ${status}`);
  };
