import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openOidc } from "../../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import { clientId } from "../../../kernel/ids.ts";
import { clientReader } from "../../../modules/application/client.queries.ts";
import { deactivateApplication } from "../../../modules/application/deactivate-application.ts";
import type { registrationPolicy } from "../../../modules/client-registration/client-registration.events.ts";
import { setRegistrationPolicy } from "../../../modules/client-registration/set-registration-policy.ts";
import type { Fetched } from "../../../platform/dial/dialer.ts";
import { isMetadataAddress } from "./metadata-document.ts";

const address = "https://notes.example/oauth/client.json";

describeOnBothDatabases("client ID metadata documents", (open) => {
  let oidc: Awaited<ReturnType<typeof openOidc>>;
  const served = new Map<string, Partial<Omit<Fetched, "body">> & { readonly body: object | string }>();
  const fetch = vi.fn(async (url: string): Promise<Fetched> => {
    const found = served.get(url);
    if (found === undefined) throw new Error("connect");
    const body = typeof found.body === "string" ? found.body : JSON.stringify(found.body);
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      url,
      ...found,
      body: new TextEncoder().encode(body),
    };
  });
  const documentOf = (more: object = {}) => ({
    client_id: address,
    client_name: "Notes",
    redirect_uris: ["https://notes.example/cb", "http://127.0.0.1/cb"],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none",
    ...more,
  });
  const setPolicy = (policy: Parameters<typeof registrationPolicy.parse>[0] & object) =>
    oidc.run(setRegistrationPolicy, oidc.as(oidc.owner), { policy: { projectId: oidc.projectId, ...policy } });
  const authorize = (more: Readonly<Record<string, string>> = {}) =>
    oidc.authorize({
      ...oidc.usual(clientId.parse(address)),
      redirect_uri: "https://notes.example/cb",
      scope: "openid",
      ...more,
    });
  const begins = async (more: Readonly<Record<string, string>> = {}) =>
    (await authorize(more)).headers.location?.startsWith("/ui/login?authRequest=") ?? false;

  beforeAll(async () => {
    oidc = await openOidc(open, { dialer: { fetch } });
  });
  beforeEach(async () => {
    fetch.mockClear();
    served.clear();
    served.set(address, { body: documentOf() });
    await setPolicy({ metadataDocuments: true });
  });

  test("an address of metadata is a client at its first use, and is fetched again when its answer has aged", async () => {
    expect(await begins()).toBe(true);
    expect(fetch).toHaveBeenCalledWith(address, expect.objectContaining({ httpsOnly: true, maxRedirects: 0 }));
    expect(await begins()).toBe(true);
    expect(fetch).toHaveBeenCalledTimes(1);
    const found = await clientReader({ db: oidc.db }).find(oidc.as(oidc.owner).instanceId, clientId.parse(address));
    expect(found).toMatchObject({
      settings: { registeredBy: "metadata_document", clientName: "Notes" },
      authMethod: "none",
    });

    served.set(address, {
      body: documentOf({ redirect_uris: ["https://notes.example/new"] }),
      headers: { "content-type": "application/json", "cache-control": "max-age=999999999" },
    });
    oidc.pass(301);
    expect(await begins()).toBe(false);
    expect(await begins({ redirect_uri: "https://notes.example/new" })).toBe(true);
    // However long its server says, a day is the most.
    oidc.pass(86_401);
    expect(await begins({ redirect_uri: "https://notes.example/new" })).toBe(true);
    expect(fetch).toHaveBeenCalledTimes(3);
    oidc.pass(86_401);
    served.clear();
    expect(await begins({ redirect_uri: "https://notes.example/new" })).toBe(false);
  });

  test("discovery tells of it; where it is off, an address is nobody and nothing is fetched", async () => {
    const supported = async () =>
      (await oidc.app.inject({ url: "/.well-known/oauth-authorization-server" })).json()
        .client_id_metadata_document_supported;
    expect(await supported()).toBe(true);
    await setPolicy({ metadataDocuments: false });
    expect(await supported()).toBe(false);
    expect(await begins()).toBe(false);
    expect(fetch).not.toHaveBeenCalled();
  });

  test("a document that is another's, holds a secret, or sends codes elsewhere is no client, and the person is told", async () => {
    const at = (name: string) => `https://notes.example/${name}`;
    const wrong: Readonly<Record<string, object | string>> = {
      other: documentOf({ client_id: "https://evil.example/x" }),
      secret: { ...documentOf(), client_secret: "x" },
      basic: { token_endpoint_auth_method: "client_secret_basic" },
      foreign: { redirect_uris: ["https://evil.example/cb"] },
      scheme: { redirect_uris: ["notes:cb"] },
      none: { redirect_uris: [] },
      list: "[]",
      text: "not json",
    };
    for (const [name, body] of Object.entries(wrong)) {
      const id = at(name);
      served.set(id, { body: typeof body === "string" ? body : { ...documentOf({ client_id: id }), ...body } });
      const answer = await authorize({ client_id: id });
      expect({ name, status: answer.statusCode, body: answer.body }).toEqual({
        name,
        status: 400,
        body: "page: clientUnknown",
      });
    }
    for (const [name, answer] of Object.entries({
      redirect: { status: 302, headers: { location: address } },
      html: { headers: { "content-type": "text/html" } },
    })) {
      served.set(at(name), { ...answer, body: documentOf({ client_id: at(name) }) });
      expect((await authorize({ client_id: at(name) })).statusCode, name).toBe(400);
    }
  });

  test("what an administrator has switched off, its document does not switch on again", async () => {
    const id = "https://notes.example/off";
    served.set(id, { body: documentOf({ client_id: id }) });
    expect(await begins({ client_id: id })).toBe(true);
    const found = await clientReader({ db: oidc.db }).find(oidc.as(oidc.owner).instanceId, clientId.parse(id));
    await oidc.run(deactivateApplication, oidc.as(oidc.owner), {
      projectId: oidc.projectId,
      applicationId: found?.applicationId ?? "",
    });
    oidc.pass(86_401);
    expect(await begins({ client_id: id })).toBe(false);
  });

  test("its first request may be a pushed one (RFC 9126)", async () => {
    const id = "https://notes.example/pushed";
    served.set(id, { body: documentOf({ client_id: id }) });
    const form = { ...oidc.usual(clientId.parse(id)), redirect_uri: "https://notes.example/cb", scope: "openid" };
    const pushed = (await oidc.post("/oauth/v2/par", form)).json();
    expect(pushed.request_uri).toEqual(expect.any(String));
    const begun = await oidc.authorize({ client_id: id, request_uri: pushed.request_uri });
    expect(begun.headers.location).toMatch(/^\/ui\/login\?authRequest=/);
  });

  test("many first uses at once make one client and one fetch", async () => {
    const id = "https://notes.example/crowd";
    served.set(id, { body: documentOf({ client_id: id }) });
    const all = await Promise.all(Array.from({ length: 20 }, () => begins({ client_id: id })));
    expect(all.every(Boolean)).toBe(true);
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});

test("only https addresses with a path, written in the one way, name a client (§3)", () => {
  expect(isMetadataAddress(address)).toBe(true);
  expect(isMetadataAddress("https://notes.example/c?v=1")).toBe(true);
  for (const id of [
    "http://notes.example/c",
    "https://notes.example",
    "https://notes.example/",
    "https://notes.example/a/../c",
    "https://notes.example/./c",
    "https://notes.example/c#x",
    "https://user@notes.example/c",
    "https://NOTES.example/c",
    "https://notes.example:443/c",
    "https:notes.example/c",
  ]) {
    expect(isMetadataAddress(id), id).toBe(false);
  }
});
