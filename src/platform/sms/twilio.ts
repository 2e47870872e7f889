import type { Dialer } from "../dial/dialer.ts";
import { MessageNotTaken } from "../mail/webhook.ts";

export type TwilioAccount = { readonly sid: string; readonly token: string };

const origins = { messages: "https://api.twilio.com", verify: "https://verify.twilio.com" } as const;

const timeoutMs = 15_000;

/** Twilio's REST API (https://www.twilio.com/docs/messaging/api, https://www.twilio.com/docs/verify/api). */
export const twilio = (
  dialer: Pick<Dialer, "fetch">,
  at: { readonly messages: string; readonly verify: string } = origins,
) => {
  const post = async (url: string, { sid, token }: TwilioAccount, fields: Readonly<Record<string, string>>) => {
    const { status, body } = await dialer.fetch(url, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${sid}:${token}`).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams(fields).toString(),
      timeoutMs,
    });
    if (status < 200 || status > 299) throw new MessageNotTaken(`status ${status}`);
    return body;
  };
  return {
    /** Sends a text message. */
    send: async (account: TwilioAccount, from: string, to: string, text: string): Promise<void> => {
      const path = `/2010-04-01/Accounts/${encodeURIComponent(account.sid)}/Messages.json`;
      await post(at.messages + path, account, { From: from, To: to, Body: text });
    },
    /** Has Twilio make a code and send it. */
    startVerification: async (account: TwilioAccount, serviceSid: string, to: string): Promise<void> => {
      const path = `/v2/Services/${encodeURIComponent(serviceSid)}/Verifications`;
      await post(at.verify + path, account, { To: to, Channel: "sms" });
    },
    /** Whether a code is the one that Twilio sent. */
    checkVerification: async (
      account: TwilioAccount,
      serviceSid: string,
      to: string,
      code: string,
    ): Promise<boolean> => {
      const path = `/v2/Services/${encodeURIComponent(serviceSid)}/VerificationCheck`;
      const answer: unknown = JSON.parse(
        Buffer.from(await post(at.verify + path, account, { To: to, Code: code })).toString(),
      );
      return typeof answer === "object" && answer !== null && "status" in answer && answer.status === "approved";
    },
  };
};
