import MailComposer from "nodemailer/lib/mail-composer";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import type { Dialer } from "../dial/dialer.ts";
import type { Mail, Sender } from "./message.ts";

/** How a mail server knows us. */
export type SmtpLogin =
  | { readonly is: "none" }
  | { readonly is: "password"; readonly user: string; readonly password: string }
  /** an access token that is fetched when it is needed (XOAUTH2, the forerunner of RFC 7628) */
  | { readonly is: "xoauth2"; readonly user: string; readonly accessToken: () => Promise<string> };

export type SmtpServer = {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (RFC 8314 §3.3) */
  readonly implicitTls: boolean;
  /** STARTTLS must succeed before anything is said (RFC 3207); with a login it always must */
  readonly requireTls: boolean;
  readonly login: SmtpLogin;
};

type Connects = Pick<Dialer, "connect" | "trust">;

const timeoutMs = 20_000;

/** A mail server would not take a mail; the text is nodemailer's code, never the server's words, which may hold an address. */
class MailNotTaken extends Error {
  override readonly name = "MailNotTaken";
  /** the server's reply code (RFC 5321 §4.2), or null without one */
  readonly reply: number | null;
  constructor(code: string, reply: number | null) {
    super(reply === null ? code : `${code} ${reply}`);
    this.reply = reply;
  }
}

/** Sends one mail over SMTP (RFC 5321); the connection is the dialer's. Rejects with {@link MailNotTaken} or `DialError`. */
export const sendBySmtp =
  (dialer: Connects) =>
  async (server: SmtpServer, sender: Sender, mail: Mail): Promise<void> => {
    const message = await composed(sender, mail);
    await inSession(dialer, server, (connection) =>
      step((done) => connection.send({ from: sender.address, to: [mail.to] }, message, done)),
    );
  };

const inSession = async (
  dialer: Connects,
  server: SmtpServer,
  work: (connection: SMTPConnection) => Promise<unknown>,
): Promise<void> => {
  const { host, port, implicitTls, login } = server;
  const socket = await dialer.connect({ host, port, tls: implicitTls, timeoutMs });
  const connection = new SMTPConnection({
    host,
    port,
    connection: socket,
    secure: implicitTls,
    secured: implicitTls,
    // Whoever can take STARTTLS out of the greeting must not get a password (RFC 8314 §4.1).
    requireTLS: !implicitTls && (server.requireTls || login.is !== "none"),
    name: "munot",
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    tls: { ...dialer.trust, minVersion: "TLSv1.2" },
  });
  const broken = new Promise<never>((_resolve, reject) => {
    connection.once("error", (error: unknown) => reject(notTaken(error)));
  });
  broken.catch(() => undefined);
  try {
    await Promise.race([broken, step((done) => connection.connect(done))]);
    const auth = await authOf(login);
    if (auth !== null) await Promise.race([broken, step((done) => connection.login(auth, done))]);
    await Promise.race([broken, work(connection)]);
  } finally {
    connection.close();
    socket.destroy();
  }
};

const authOf = async (login: SmtpLogin) => {
  switch (login.is) {
    case "none":
      return null;
    case "password":
      return { user: login.user, credentials: { user: login.user, pass: login.password } };
    case "xoauth2":
      return xoauth2(login.user, await login.accessToken());
  }
};

/** The part of nodemailer's XOAuth2 that a connection asks: a token that somebody else fetched. */
const xoauth2 = (user: string, token: string) => ({
  type: "OAUTH2",
  user,
  method: "XOAUTH2",
  oauth2: {
    getToken: (_renew: boolean, done: (error: null, token: string) => void) => done(null, token),
    buildXOAuth2Token: () => Buffer.from(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`).toString("base64"),
  } as never, // a class with a life of its own, of which the connection calls only these two
});

const step = <T>(act: (done: (error?: unknown, value?: T) => void) => void): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    act((error, value) => (error ? reject(notTaken(error)) : resolve(value)));
  });

const notTaken = (error: unknown): MailNotTaken => {
  const of = error as { readonly code?: unknown; readonly responseCode?: unknown };
  return new MailNotTaken(
    typeof of.code === "string" ? of.code : "ESMTP",
    typeof of.responseCode === "number" ? of.responseCode : null,
  );
};

const composed = (sender: Sender, mail: Mail): Promise<Buffer> =>
  new MailComposer({
    from: { name: sender.name, address: sender.address },
    to: mail.to,
    ...(sender.replyTo === "" ? {} : { replyTo: sender.replyTo }),
    subject: mail.subject,
    html: mail.html,
    text: mail.text,
    messageId: `<${mail.id}@${sender.address.slice(sender.address.lastIndexOf("@") + 1)}>`,
    // RFC 3834 §5: no out-of-office answers, please.
    headers: { "Auto-Submitted": "auto-generated" },
    // A mail is made of our own texts: nothing in it is read from files or addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
