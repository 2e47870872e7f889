import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, expect, test } from "vitest";
import { mailCertificate } from "../../../test/harness/mail-certificate.ts";
import { createDialer } from "../dial/dialer.ts";
import { noObserver } from "../metrics/observer.ts";
import { type SmtpServer, sendBySmtp } from "./smtp.ts";

type Taken = { readonly from: string; readonly to: readonly string[]; readonly text: string; readonly secure: boolean };

const open: SMTPServer[] = [];
afterEach(() => Promise.all(open.splice(0).map((server) => new Promise((done) => server.close(() => done(null))))));

const start = async (options: SMTPServerOptions = {}): Promise<{ readonly port: number; readonly taken: Taken[] }> => {
  const taken: Taken[] = [];
  const server = new SMTPServer({
    ...mailCertificate,
    authMethods: ["PLAIN", "LOGIN", "XOAUTH2"],
    authOptional: true,
    onAuth: (auth, _session, done) => {
      const isRight = auth.method === "XOAUTH2" ? auth.accessToken === "fresh" : auth.password === "right";
      done(isRight ? null : new Error("no"), isRight ? { user: auth.username ?? "" } : undefined);
    },
    onData: (stream, session, done) => {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        taken.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(parts).toString(),
          secure: session.secure,
        });
        done();
      });
    },
    ...options,
  });
  // A client that hangs up is what some of these tests are about.
  server.on("error", () => undefined);
  open.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens nowhere");
  return { port: address.port, taken };
};

const resolve = async () => ["127.0.0.1"];
const { measure } = noObserver;
const dialer = createDialer({ allow: ["127.0.0.1"], resolve, ca: mailCertificate.cert, measure });
const send = sendBySmtp(dialer);
const sender = { address: "id@acme.example", name: "Acme", replyTo: "help@acme.example" };
const mail = {
  id: "m1",
  to: "ada@home.example",
  subject: "Grüße\r\nBcc: eve@evil.example",
  html: "<p>Hello</p>",
  text: "Hello",
};
const at = (port: number, more: Partial<SmtpServer> = {}): SmtpServer => ({
  host: "mail.example",
  port,
  implicitTls: false,
  requireTls: false,
  login: { is: "none" },
  ...more,
});
const password = { is: "password", user: "id", password: "right" } as const;

test("a mail arrives in both forms, with a stable id, from and to whom it says", async () => {
  const { port, taken } = await start();
  await send(at(port), sender, mail);
  const [got] = taken;
  expect(got).toMatchObject({ from: sender.address, to: [mail.to], secure: true });
  expect(got?.text).toMatch(/^Message-ID: <m1@acme\.example>\r$/m);
  expect(got?.text).toMatch(/^From: Acme <id@acme\.example>\r$/m);
  expect(got?.text).toMatch(/^Reply-To: help@acme\.example\r$/m);
  expect(got?.text).toContain("text/plain");
  expect(got?.text).toContain("text/html");
});

test("nothing in a mail becomes a header or a recipient of its own", async () => {
  const { port, taken } = await start();
  await send(at(port), sender, mail);
  expect(taken[0]?.to).toEqual([mail.to]);
  expect(taken[0]?.text).not.toMatch(/^Bcc:/m);
});

test.each([
  ["a password", password],
  ["an access token", { is: "xoauth2", user: "id", accessToken: async () => "fresh" } as const],
])("%s logs in, after STARTTLS", async (_what, login) => {
  const { port, taken } = await start({ authOptional: false });
  await send(at(port, { login }), sender, mail);
  expect(taken[0]?.secure).toBe(true);
});

test("TLS from the first byte", async () => {
  const { port, taken } = await start({ secure: true });
  await send(at(port, { implicitTls: true, login: password }), sender, mail);
  expect(taken[0]?.secure).toBe(true);
});

test("no password is said to a server that hides STARTTLS, nor to one with a certificate of nobody known", async () => {
  let heard = 0;
  const onAuth = (_auth: unknown, _session: unknown, done: (error: Error) => void) => {
    heard += 1;
    done(new Error("heard it"));
  };
  const listening = { onAuth, allowInsecureAuth: true };
  const bare = await start({ ...listening, disabledCommands: ["STARTTLS"] });
  await expect(send(at(bare.port, { login: password }), sender, mail)).rejects.toThrow("ETLS");
  const strange = createDialer({ allow: ["127.0.0.1"], resolve, measure });
  const { port } = await start(listening);
  await expect(sendBySmtp(strange)(at(port, { login: password }), sender, mail)).rejects.toThrow(/ESOCKET|ETLS/);
  expect(heard).toBe(0);
});

test("a wrong password is an error without the password", async () => {
  const { port } = await start({ authOptional: false });
  const wrong = at(port, { login: { ...password, password: "wrong-secret" } });
  const error = await send(wrong, sender, mail).catch((caught: unknown) => caught);
  expect(String(error)).toContain("EAUTH 535");
  expect(String(error)).not.toContain("wrong-secret");
});

test("a server that nobody allowed is not connected to", async () => {
  const { port } = await start();
  await expect(sendBySmtp(createDialer({ allow: [], resolve, measure }))(at(port), sender, mail)).rejects.toThrow();
});
