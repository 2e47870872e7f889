import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAgent } from "../../../examples/mcp/agent.ts";
import { startNotesServer } from "../../../examples/mcp/notes-server.ts";
import { certificateKeys, certificates } from "../../harness/certificates.ts";
import { openProvider, type Person, type Provider, visitor } from "../../harness/conformance.ts";
import { freePort } from "../../harness/ports.ts";

const redirectUrl = "http://127.0.0.1:9/callback";

let provider: Provider;
let person: Person;
let notes: Awaited<ReturnType<typeof startNotesServer>>;
let documents: ReturnType<typeof createServer>;
let documentUrl: string;
const folder = mkdtempSync(join(tmpdir(), "munot-mcp-"));

beforeAll(async () => {
  const authority = join(folder, "ca.pem");
  writeFileSync(authority, certificates.ca);
  provider = await openProvider({ MUNOT_OUTBOUND_ALLOW: "127.0.0.0/8,::1/128", NODE_EXTRA_CA_CERTS: authority });
  const { directory, munot, projectId } = provider;
  await directory.must(munot.ownerPat, "munot.registration.v1.ClientRegistrationService/SetRegistrationPolicy", {
    policy: { projectId, registration: "open", metadataDocuments: true, resources: ["http://localhost/"] },
  });
  notes = await startNotesServer({ munotUrl: munot.url, port: await freePort() });
  const port = await freePort();
  documentUrl = `https://localhost:${port}/agent.json`;
  documents = createServer({ cert: certificates.server, key: certificateKeys.server }, (_req, res) => {
    const metadata = { client_id: documentUrl, client_name: "Agent of a document", redirect_uris: [redirectUrl] };
    res.setHeader("content-type", "application/json").end(JSON.stringify(metadata));
  });
  await new Promise<void>((resolve) => documents.listen(port, resolve));
});

afterAll(async () => {
  documents?.close();
  await notes?.stop();
  await provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A person in a browser: signs in, reads who asks for what, and allows it or not. */
const someone = () => {
  const browser = visitor(provider, person);
  return async (url: URL): Promise<string> => {
    const { parameters } = await browser.authorize(Object.fromEntries(url.searchParams));
    return parameters["code"] ?? "";
  };
};

test.each([
  ["registers itself (RFC 7591)", undefined, /^\d{18,19}$/],
  ["is named by the address of its metadata", "document", /^https:\/\/localhost:\d+\/agent\.json$/],
])("an agent that only knows the MCP server %s, is authorized, and steps up", async (_how, by, named) => {
  person = await provider.addPerson();
  const asked: URL[] = [];
  const authorize = someone();
  const agent = await startAgent({
    serverUrl: notes.url,
    redirectUrl,
    ...(by === undefined ? {} : { clientMetadataUrl: documentUrl }),
    authorize: (url) => {
      asked.push(url);
      return authorize(url);
    },
  });
  expect(agent.clientId()).toMatch(named);
  expect(agent.scope()).toBe("notes:read");
  expect(decodeJwt(agent.accessToken() ?? "")).toMatchObject({ aud: [notes.url], scope: "notes:read" });
  expect(await agent.call("read_notes")).toBe("");

  expect(await agent.call("write_note", { text: `by ${agent.clientId()}` })).toBe("written");
  expect(agent.scope()?.split(" ").toSorted()).toEqual(["notes:read", "notes:write"]);
  expect(await agent.call("read_notes")).toContain(`by ${agent.clientId()}`);
  expect(asked.map(({ searchParams }) => searchParams.get("resource"))).toEqual([notes.url, notes.url]);

  // What was made for one resource opens no other: neither Munot's own API nor its userinfo.
  const api = await fetch(`${provider.munot.url}/v2/users/${person.userId}`, {
    headers: { authorization: `Bearer ${agent.accessToken()}` },
  });
  expect(api.status).toBe(401);
  await agent.stop();
});

test("the MCP server takes no token that was made for somebody else", async () => {
  const ask = (token: string) =>
    fetch(notes.url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });
  const refused = await ask(provider.munot.ownerPat);
  expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([
    401,
    expect.stringContaining('error="invalid_token", resource_metadata='),
  ]);
});

test("Munot's own API says by which server its tokens are made (RFC 9728)", async () => {
  const { url } = provider.munot;
  const challenge = `Bearer resource_metadata="${url}/.well-known/oauth-protected-resource"`;
  const rest = await fetch(`${url}/v2/users/1`);
  expect([rest.status, rest.headers.get("www-authenticate")]).toEqual([401, challenge]);
  const rpc = await fetch(`${url}/zitadel.user.v2.UserService/GetUserByID`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer wrong" },
    body: "{}",
  });
  expect([rpc.status, rpc.headers.get("www-authenticate")]).toEqual([
    401,
    challenge.replace("Bearer ", 'Bearer error="invalid_token", '),
  ]);
  expect((await fetch(`${url}/oidc/v1/userinfo`)).headers.get("www-authenticate")).toBe(challenge);
  const metadata = await fetch(`${url}/.well-known/oauth-protected-resource`);
  expect(await metadata.json()).toMatchObject({ resource: url, authorization_servers: [url] });
});
