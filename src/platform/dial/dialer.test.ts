import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Details, noObserver } from "../metrics/observer.ts";
import { createAddressPolicy } from "./addresses.ts";
import type { DialReason } from "./dial-error.ts";
import { createDialer, type Dialer } from "./dialer.ts";

/** A certificate for hooks.example that signs itself, with a key that nothing else uses. */
const certificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgANEA2ATMRRj3UnNg
+ZQ40OEA5MqNdjY+3vhXlHVeHyWhRANCAARWyJCeJ3D2y73AvL5rhIUdwCNUA4CY
rpEzAVq2/LGRLVAg/coPOuJV5xiF0JqzJVvulp538EE5/TYxMzaZKs2F
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBojCCAUegAwIBAgIUDqt+UN9qroTv6fLFUg/tWYTPIXIwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNaG9va3MuZXhhbXBsZTAgFw0yNjExMjIyMTM0MjRaGA8yMTI2
MTAyOTIxMzQyNFowGDEWMBQGA1UEAwwNaG9va3MuZXhhbXBsZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABFbIkJ4ncPbLvcC8vmuEhR3AI1QDgJiukTMBWrb8sZEt
UCD9yg864lXnGIXQmrMlW+6WnnfwQTn9NjEzNpkqzYWjbTBrMB0GA1UdDgQWBBRE
5V3Z5wFr75QZKBec0G9g+YMSCzAfBgNVHSMEGDAWgBRE5V3Z5wFr75QZKBec0G9g
+YMSCzAPBgNVHRMBAf8EBTADAQH/MBgGA1UdEQQRMA+CDWhvb2tzLmV4YW1wbGUw
CgYIKoZIzj0EAwIDSQAwRgIhAMjsc5TQtdkl/1/8MV6ytAGhk159g4wbf3cGIQhy
4pouAiEAgaEImR3djNx4LDkwOrT6HWRyqgOdFpk00jBW9iF8eeI=
-----END CERTIFICATE-----`,
};

const open: Server[] = [];
const listen = async (server: Server): Promise<number> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(server);
  // A TCP server's address is an object once it listens.
  return (server.address() as AddressInfo).port;
};
afterAll(() => {
  for (const server of open) {
    server.closeAllConnections();
    server.close();
  }
});

const heard: { readonly url: string; readonly headers: NodeJS.Dict<string | string[]>; readonly body: string }[] = [];
let port = 0;
let tlsPort = 0;
const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  heard.push({ url: request.url ?? "", headers: request.headers, body });
  const to = new URL(request.url ?? "", "http://x").searchParams.get("to");
  if (to !== null) response.writeHead(302, { location: to }).end("see elsewhere");
  else if (request.url === "/large") response.end("x".repeat(5_000));
  else if (request.url === "/slow") response.write("a");
  else if (request.url === "/silent") return;
  else if (request.url === "/zip") response.writeHead(200, { "content-encoding": "gzip" }).end("zzz");
  else response.writeHead(201, { "content-type": "text/plain" }).end("hello");
};
const listener: RequestListener = (request, response) => void answer(request, response);
beforeAll(async () => {
  port = await listen(createServer(listener));
  tlsPort = await listen(createTlsServer(certificate, listener));
});

const names: Readonly<Record<string, readonly string[]>> = {
  "hooks.example": ["127.0.0.1"],
  "private.example": ["10.0.0.7"],
  "both.example": ["127.0.0.1", "10.0.0.7"],
};
const resolve = async (host: string) => names[host] ?? Promise.reject(new Error("ENOTFOUND"));

/** May reach the loopback servers of this test and nothing else that is private. */
const { measure } = noObserver;
const dialer = createDialer({ allow: ["127.0.0.1"], resolve, ca: certificate.cert, measure });
const strict = createDialer({ allow: [], measure });

const reasonOf = async (
  from: Dialer,
  url: string,
  options: Parameters<Dialer["fetch"]>[1] = {},
): Promise<DialReason | "none"> => {
  try {
    await from.fetch(url, { timeoutMs: 2_000, ...options });
    return "none";
  } catch (error) {
    expect(error).toMatchObject({ name: "DialError" });
    // Checked above.
    return (error as { reason: DialReason }).reason;
  }
};

describe("addresses", () => {
  test.each([
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "",
    "localhost",
    "1.2.3",
  ])("%s is not public", (address) => {
    expect(createAddressPolicy([])(address)).toBe(false);
  });

  test.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::200e", "::ffff:8.8.8.8"])(
    "%s is public",
    (address) => {
      expect(createAddressPolicy([])(address)).toBe(true);
    },
  );

  test("allowed networks admit their own addresses only, however these are written", () => {
    const isAllowed = createAddressPolicy(["10.1.0.0/16", " fd00::/8", "127.0.0.1", "::1"]);
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "fd12::1", "127.0.0.1", "::1"]) {
      expect(isAllowed(address)).toBe(true);
    }
    for (const address of ["10.2.0.1", "127.0.0.2", "fc00::1", "192.168.0.1"]) expect(isAllowed(address)).toBe(false);
    expect(() => createAddressPolicy(["somewhere"])).toThrow("not an address or network");
  });
});

describe("server-side request forgery", () => {
  test.each([
    "http://127.0.0.1/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://0/",
    "http://[::]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/",
    "http://\u2460\u2461\u2466.0.0.1/",
    "http://[64:ff9b::7f00:1]/",
    "https://10.0.0.1/",
  ])("%s is refused before any connection", async (url) => {
    expect(await reasonOf(strict, url)).toBe("address");
  });

  test.each([
    "ftp://hooks.example/",
    "file:///etc/passwd",
    "gopher://hooks.example/",
    "data:text/plain,x",
    "javascript:0",
    "",
    "/path",
    "http://user@hooks.example/",
    "http://:secret@hooks.example/",
    "http://hooks.example:25/",
    "http://hooks.example:6379/",
    "http://hooks.example:99999/",
  ])("%s is refused as a URL", async (url) => {
    expect(await reasonOf(dialer, url)).toBe("url");
  });

  test("localhost as a rooted name is refused, whether the system knows it or not", async () => {
    expect(["address", "resolve"]).toContain(await reasonOf(strict, "http://localhost./"));
  });

  test("a name that has one private address among others is refused", async () => {
    expect(await reasonOf(dialer, "http://private.example/")).toBe("address");
    expect(await reasonOf(dialer, `http://both.example:${port}/`)).toBe("address");
    expect(await reasonOf(dialer, "http://unknown.example/")).toBe("resolve");
  });

  test("DNS rebinding gains nothing: the name is asked once and the connection goes to what was checked", async () => {
    const rebinding = vi.fn().mockResolvedValueOnce(["127.0.0.1"]).mockResolvedValue(["10.0.0.7"]);
    const from = createDialer({ allow: ["127.0.0.1"], resolve: rebinding, measure });
    expect((await from.fetch(`http://rebind.example:${port}/`)).status).toBe(201);
    expect(rebinding).toHaveBeenCalledTimes(1);
    expect(await reasonOf(from, `http://rebind.example:${port}/`)).toBe("address");
  });

  test("each redirect is checked anew", async () => {
    const to = (target: string) => `http://hooks.example:${port}/?to=${encodeURIComponent(target)}`;
    const redirects = { maxRedirects: 3 };
    for (const target of ["http://10.0.0.7/", "http://private.example/", "http://[::1]/", "//169.254.169.254/"]) {
      expect(await reasonOf(dialer, to(target), redirects)).toBe("address");
    }
    expect(await reasonOf(dialer, to("file:///etc/passwd"), redirects)).toBe("url");
    expect(await reasonOf(dialer, to("http://u:p@hooks.example/"), redirects)).toBe("url");
    expect(await reasonOf(dialer, to(to("http://10.0.0.7/")), redirects)).toBe("address");
  });

  test("a redirect from https to http is refused, and plain http where only https may be called", async () => {
    const url = `https://hooks.example:${tlsPort}/?to=${encodeURIComponent(`http://hooks.example:${port}/`)}`;
    expect(await reasonOf(dialer, url, { maxRedirects: 1 })).toBe("redirect");
    expect(await reasonOf(dialer, `http://hooks.example:${port}/`, { httpsOnly: true })).toBe("url");
    expect(await reasonOf(dialer, `https://hooks.example:${tlsPort}/`, { httpsOnly: true })).toBe("none");
  });

  test("a failed call names no address", async () => {
    await expect(dialer.fetch("http://private.example/")).rejects.not.toThrow("10.0");
    await expect(dialer.connect({ host: "private.example", port: 25, tls: false })).rejects.toMatchObject({
      reason: "address",
    });
  });
});

describe("calls", () => {
  test("a request arrives with its method, headers and body, and its own framing", async () => {
    const headers = { "X-Signature": "abc", Host: "evil.example", "Transfer-Encoding": "chunked" };
    const got = await dialer.fetch(`http://hooks.example:${port}/hook?x=1`, {
      method: "POST",
      headers,
      body: "caf\u00e9",
    });
    expect(got).toMatchObject({ status: 201, headers: { "content-type": "text/plain" } });
    expect(Buffer.from(got.body).toString()).toBe("hello");
    expect(heard.at(-1)).toMatchObject({ url: "/hook?x=1", body: "caf\u00e9" });
    expect(heard.at(-1)?.headers).toMatchObject({
      "x-signature": "abc",
      host: `hooks.example:${port}`,
      "content-length": "5",
    });
    expect(heard.at(-1)?.headers).not.toHaveProperty("transfer-encoding");
  });

  test("redirects are followed up to the set number, without credentials to another origin", async () => {
    const start = `http://hooks.example:${port}/?to=${encodeURIComponent(`http://127.0.0.1:${port}/there`)}`;
    const headers = { authorization: "Bearer x", cookie: "a=b", accept: "application/json" };
    expect(await reasonOf(dialer, start)).toBe("redirect");
    expect(await reasonOf(dialer, start, { maxRedirects: 1, method: "POST", body: "x" })).toBe("redirect");
    const got = await dialer.fetch(start, { maxRedirects: 1, headers });
    expect(got.url).toBe(`http://127.0.0.1:${port}/there`);
    expect(heard.at(-1)?.headers).toMatchObject({ accept: "application/json" });
    expect(heard.at(-1)?.headers).not.toHaveProperty("authorization");
    expect(heard.at(-1)?.headers).not.toHaveProperty("cookie");
    await dialer.fetch(`http://hooks.example:${port}/?to=/here`, { maxRedirects: 1, headers });
    expect(heard.at(-1)).toMatchObject({ url: "/here", headers: { authorization: "Bearer x" } });
  });

  test("an answer that is too large, too slow, silent or compressed is given up", async () => {
    const at = (path: string) => `http://hooks.example:${port}${path}`;
    expect(await reasonOf(dialer, at("/large"), { maxBytes: 4_999 })).toBe("too_large");
    expect(await reasonOf(dialer, at("/large"), { maxBytes: 5_000 })).toBe("none");
    expect(await reasonOf(dialer, at("/slow"), { timeoutMs: 80 })).toBe("timeout");
    expect(await reasonOf(dialer, at("/silent"), { timeoutMs: 80 })).toBe("timeout");
    expect(await reasonOf(dialer, at("/zip"))).toBe("encoding");
    const deaf = createDialer({ allow: [], resolve: () => new Promise(() => undefined), measure });
    expect(await reasonOf(deaf, "http://hooks.example/", { timeoutMs: 40 })).toBe("timeout");
  });

  test("a server whose certificate is for another name or from nobody known is refused", async () => {
    const names = { allow: ["127.0.0.1"], resolve: async () => ["127.0.0.1"] };
    const other = createDialer({ ...names, ca: certificate.cert, measure });
    expect(await reasonOf(other, `https://other.example:${tlsPort}/`)).toBe("connect");
    const unknowing = createDialer({ allow: ["127.0.0.1"], resolve, measure });
    expect(await reasonOf(unknowing, `https://hooks.example:${tlsPort}/`)).toBe("connect");
  });

  test("whoever observes is told of each call and connection: method and host, never path, query or body", async () => {
    const told: (readonly [string, string, Details | undefined])[] = [];
    const observed = createDialer({
      allow: ["127.0.0.1"],
      resolve,
      measure: (what, name, work, of) => {
        told.push([what, name, of]);
        return work();
      },
    });
    await observed.fetch(`http://hooks.example:${port}/?to=/secret-path?token=x`, { maxRedirects: 1 });
    (await observed.connect({ host: "hooks.example", port, tls: false })).destroy();
    const at = { "server.address": "hooks.example", "server.port": port };
    expect(told).toEqual([
      ["call", "GET", at],
      ["call", "GET", at],
      ["call", "connect", at],
    ]);
  });

  test("a raw connection is open and, with TLS, verified", async () => {
    const plain = await dialer.connect({ host: "hooks.example", port, tls: false });
    expect(plain.remoteAddress).toBe("127.0.0.1");
    plain.destroy();
    const secure = await dialer.connect({ host: "hooks.example", port: tlsPort, tls: true });
    expect(secure).toMatchObject({ authorized: true });
    secure.destroy();
    await expect(strict.connect({ host: "2130706433", port, tls: false })).rejects.toMatchObject({ reason: "address" });
    await expect(strict.connect({ host: "[::1]", port, tls: true })).rejects.toMatchObject({ reason: "address" });
    const freePort = await listen(createServer());
    await new Promise((done) => open.pop()?.close(done));
    await expect(dialer.connect({ host: "hooks.example", port: freePort, tls: false })).rejects.toMatchObject({
      reason: "connect",
    });
  });
});
