import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { z } from "zod";
import { type Core, openCore, systemCtx } from "./compose.ts";
import { prepareFirstInstance } from "./first-start.ts";
import { type InstanceId, orgId, type UserId, userId } from "./kernel/ids.ts";
import {
  activateProvider,
  addProvider,
  deactivateProvider,
  removeProvider,
  updateProvider,
} from "./modules/notification/change-provider.ts";
import type { MessageJob } from "./modules/notification/message-job.events.ts";
import type { providerConfig } from "./modules/notification/provider.events.ts";
import { addHumanUser } from "./modules/user/add-human-user.ts";
import { removeUser } from "./modules/user/remove-user.ts";
import { messageHandlers, NoActiveProvider } from "./notify.ts";
import { createDevInbox } from "./platform/mail/dev-inbox.ts";
import { parseSettings } from "./settings.ts";

const dir = mkdtempSync(join(tmpdir(), "munot-notify-"));
let core: Core;
let instanceId: InstanceId;
let org: string;
let ada: UserId;
let smtpPort = 0;
let httpPort = 0;
const mails: string[] = [];
const posts: { readonly body: string; readonly signature: string; readonly key: string }[] = [];
let httpStatus = 200;

const smtp = new SMTPServer({
  authOptional: false,
  allowInsecureAuth: true,
  disabledCommands: ["STARTTLS"],
  onAuth: (_auth, _session, done) => done(null, { user: "munot" }),
  onData: (stream, _session, done) => {
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => {
      mails.push(Buffer.concat(parts).toString());
      done();
    });
  },
});
const sink = createServer((req, res) => {
  const parts: Buffer[] = [];
  req.on("data", (part: Buffer) => parts.push(part));
  req.on("end", () => {
    posts.push({
      body: Buffer.concat(parts).toString(),
      signature: String(req.headers["zitadel-signature"]),
      key: String(req.headers["idempotency-key"]),
    });
    res.writeHead(httpStatus).end();
  });
});

const portOf = (address: unknown): number => {
  if (typeof address !== "object" || address === null || !("port" in address)) throw new Error("listens nowhere");
  return Number(address.port);
};

beforeAll(async () => {
  await new Promise<void>((done) => smtp.listen(0, "127.0.0.1", done));
  smtpPort = portOf(smtp.server.address());
  await new Promise<void>((done) => sink.listen(0, "127.0.0.1", () => done()));
  httpPort = portOf(sink.address());
  core = await openCore(parseSettings({ MUNOT_DATA_DIR: dir, MUNOT_OUTBOUND_ALLOW: "127.0.0.1/32" }, ""));
  ({ instanceId } = await prepareFirstInstance(core));
  const [instance] = await core.readers.instances.instances();
  org = String(instance?.defaultOrgId);
  const { result } = await core.run(addHumanUser, ctx(), {
    orgId: orgId.parse(org),
    userName: "ada",
    givenName: "Ada",
    familyName: "<b>Lovelace</b>",
    email: "ada@home.example",
    emailVerification: "verified",
    preferredLanguage: "de",
  });
  ada = userId.parse(result.userId);
});
afterAll(async () => {
  await core.close();
  await new Promise((done) => smtp.close(() => done(null)));
  await new Promise((done) => sink.close(() => done(null)));
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => {
  mails.length = 0;
  posts.length = 0;
  httpStatus = 200;
});

const ctx = () => systemCtx(instanceId, "setup", core.now());
const send = (more: Partial<MessageJob> = {}, inbox: ReturnType<typeof createDevInbox> | null = null) => {
  const payload = {
    type: "verify_email",
    userId: ada,
    orgId: org,
    to: "ada@new.example",
    code: "K7QX2P",
    eventType: "user.human.email.code.added",
    ...more,
  };
  const handle = messageHandlers({ ...core, inbox })["notification.send"];
  return handle?.({ instanceId, kind: "notification.send", key: "notification.send:1:x", payload, attempt: 1 });
};
const provider = async (config: z.input<typeof providerConfig>, secret: string) => {
  const { result } = await core.run(addProvider, ctx(), { channel: "email", config, secret });
  await core.run(activateProvider, ctx(), { channel: "email", providerId: result.providerId });
  return result.providerId;
};

test("without a provider a message waits; a developer reads it in the inbox", async () => {
  await expect(send()).rejects.toThrow(NoActiveProvider);
  const inbox = createDevInbox();
  await send({}, inbox);
  await send({}, inbox);
  expect(inbox.list()).toHaveLength(1);
  expect(inbox.list()[0]).toMatchObject({ to: "ada@new.example", subject: "E-Mail-Adresse bestätigen" });
  expect(inbox.list()[0]?.html).toContain("Ada &lt;b&gt;Lovelace");
});

test("a webhook is told all that a message is made of, signed, and again when it did not take it", async () => {
  const id = await provider({ kind: "http", endpoint: `http://127.0.0.1:${httpPort}/mail` }, "signing-key");
  httpStatus = 500;
  await expect(send()).rejects.toThrow("status 500");
  httpStatus = 200;
  await send({ urlTemplate: "https://login.example/verify?code={{.Code}}&user={{.UserID}}" });
  const [first, second] = posts;
  expect(first?.key).toBe(second?.key);
  const [t, v1] = second?.signature.split(",") ?? [];
  const expected = createHmac("sha256", "signing-key")
    .update(`${t?.slice(2)}.${second?.body}`)
    .digest("hex");
  expect(v1).toBe(`v1=${expected}`);
  expect(JSON.parse(second?.body ?? "")).toMatchObject({
    contextInfo: {
      recipientEmailAddress: "ada@new.example",
      eventType: "user.human.email.code.added",
      provider: { id },
    },
    args: { code: "K7QX2P", url: `https://login.example/verify?code=K7QX2P&user=${ada}`, userName: "ada" },
  });
});

test("a password for mail is never said in the clear, and a new provider takes over from the old one", async () => {
  const config = {
    kind: "smtp",
    host: "127.0.0.1",
    port: smtpPort,
    tls: false,
    auth: { is: "plain", user: "munot" },
    senderAddress: "id@acme.example",
    senderName: "Acme",
    replyToAddress: "",
  } as const;
  const id = await provider(config, "mail-password");
  await expect(send()).rejects.toThrow("ETLS");
  expect([mails, posts]).toEqual([[], []]);
  const row = await core.readers.providers.active(instanceId, "email");
  expect(row?.providerId).toBe(id);
  expect(row?.secret).not.toContain("mail-password");
  await core.run(deactivateProvider, ctx(), { channel: "email", providerId: id });
  await expect(send()).rejects.toThrow(NoActiveProvider);
  await core.run(updateProvider, ctx(), { channel: "email", providerId: id, description: "ours" });
  const [changed] = (await core.readers.providers.list(ctx(), "email")).filter(({ providerId }) => providerId === id);
  expect(changed).toMatchObject({ description: "ours", secret: row?.secret, config });
  await core.run(removeProvider, ctx(), { channel: "email", providerId: id });
  await expect(core.run(activateProvider, ctx(), { channel: "email", providerId: id })).rejects.toMatchObject({
    code: "notification.provider_not_found",
  });
});

test("nobody is written to who has been removed meanwhile", async () => {
  const inbox = createDevInbox();
  await core.run(removeUser, ctx(), { userId: ada });
  await send({}, inbox);
  expect(inbox.list()).toEqual([]);
});
