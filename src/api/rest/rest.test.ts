import { request } from "node:http";
import http2 from "node:http2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startToyApi } from "../../../test/harness/toy-api.ts";

let toy: Awaited<ReturnType<typeof startToyApi>>;
beforeAll(async () => {
  toy = await startToyApi();
});
afterAll(() => toy.stop());

/** Only the parts of answers that the tests look into. */
type Answered = {
  code: number;
  message: string;
  details: Record<string, unknown>[];
  session: { userAgent: { description: string } };
};

// Tests look at answers as JSON; a wrong shape fails the expectation.
const asJson = (value: unknown): Answered => value as Answered;

const call = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${toy.url}${path}`, {
    method,
    headers: { authorization: "Bearer good", ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, headers: answer.headers, json: asJson(await answer.json()) };
};

test("a path variable and query parameters become fields; unset fields are left out of the answer", async () => {
  const { status, json } = await call("GET", "/v2/sessions/s%201?sessionToken=t%26u&unknown=1");
  expect(status).toBe(200);
  expect(json).toEqual({ session: { id: "s 1", userAgent: { description: "t&u" } } });
});

test("snake_case query parameters are understood too", async () => {
  expect((await call("GET", "/v2/sessions/s?session_token=t")).json.session.userAgent.description).toBe("t");
});

test("a body becomes the message, camelCase or snake_case, unknown fields ignored", async () => {
  const body =
    '{"query":{"limit":5,"offset":"0"},"queries":[{"user_name_query":{"user_name":"x"}},{"emailQuery":{"emailAddress":"x"}}],"new":1}';
  const { status, json } = await call("POST", "/v2/users", body);
  expect(status).toBe(200);
  expect(json).toEqual({
    details: { totalResult: "5", timestamp: "2027-01-15T08:00:00Z" },
    result: [{ userId: "userNameQuery" }, { userId: "emailQuery" }],
  });
});

test("creating answers with the status the contract states", async () => {
  expect(await call("POST", "/v2/organizations", '{"name":"acme"}')).toMatchObject({
    status: 201,
    json: { organizationId: "org-acme" },
  });
});

test("DELETE may carry a body, and the path wins over it", async () => {
  const { status, json } = await call("DELETE", "/v2/sessions/s1", '{"sessionToken":"tok","sessionId":"other"}');
  expect(status).toBe(200);
  expect(json.details).toEqual({ sequence: "7", resourceOwner: "s1/tok" });
});

test("a page above 1000 is refused", async () => {
  expect((await call("POST", "/v2/users", '{"query":{"limit":1001}}')).status).toBe(400);
});

const errors: readonly (readonly [string, string, string, string | undefined, number, number, string])[] = [
  ["not found", "GET", "/v2/sessions/missing", undefined, 404, 5, "Session could not be found (SESS-4dT7u)"],
  ["unimplemented", "POST", "/v2/users/u/lock", "{}", 501, 12, "This is not implemented (GEN-1uI5z)"],
  [
    "unimplemented in a service that is not built",
    "GET",
    "/v2/features/instance",
    undefined,
    501,
    12,
    "This is not implemented (GEN-1uI5z)",
  ],
  ["unimplemented in v2beta", "POST", "/v2beta/organizations", "{}", 501, 12, "This is not implemented (GEN-1uI5z)"],
  ["unimplemented in v1", "GET", "/management/v1/orgs/me", undefined, 501, 12, "This is not implemented (GEN-1uI5z)"],
  ["rule from the table", "POST", "/v2/users/new", "{}", 501, 12, "This is not implemented (GEN-1uI5z)"],
];
test.each(errors)(
  "%s is a google.rpc.Status with ErrorDetail",
  async (_name, method, path, body, status, code, message) => {
    const answer = await call(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ code, message });
    expect(answer.json.details).toHaveLength(1);
    expect(answer.json.details[0]?.["@type"]).toBe("type.googleapis.com/zitadel.v1.ErrorDetail");
  },
);

test("a failed password carries CredentialsCheckError", async () => {
  const { status, json } = await call("PATCH", "/v2/sessions/s1", "{}");
  expect(status).toBe(400);
  expect(json.details).toEqual([
    {
      "@type": "type.googleapis.com/zitadel.v1.CredentialsCheckError",
      id: "USER-6tP1s",
      message: "The password is wrong",
      failedAttempts: 3,
    },
  ]);
});

describe("wrong input is refused with 400", () => {
  test.each([
    ["no JSON", "{"],
    ["not an object", "[]"],
    ["a wrong type", '{"name":7}'],
    ["an empty required text", '{"name":""}'],
    ["a text that is too long", JSON.stringify({ name: "x".repeat(201) })],
    ["U+0000", '{"name":"a\\u0000b"}'],
    ["a lone surrogate", '{"name":"a\\ud800b"}'],
    ["deep nesting", `{"name":"x","a":${"[".repeat(5000)}${"]".repeat(5000)}}`.replace('"a"', '"admins"')],
  ])("%s", async (_name, body) => {
    const { status, json } = await call("POST", "/v2/organizations", body);
    expect(status).toBe(400);
    expect(json.code).toBe(3);
    expect(json.message).toMatch(/\(REQ-1aZ4q\)$/);
  });

  test("bytes that are not UTF-8", async () => {
    const answer = await fetch(`${toy.url}/v2/organizations`, { method: "POST", body: new Uint8Array([0x22, 0xff]) });
    expect(answer.status).toBe(400);
  });

  test("a compressed body", async () => {
    expect((await call("POST", "/v2/organizations", "{}", { "content-encoding": "gzip" })).status).toBe(400);
  });

  test("a query parameter that is not a list, given twice", async () => {
    expect((await call("GET", "/v2/sessions/s?sessionToken=a&sessionToken=b")).status).toBe(400);
  });
});

test("an unknown path is 404, a wrong method 405 with Allow, a malformed path 400", async () => {
  expect((await call("GET", "/v2/nothing")).status).toBe(404);
  const wrong = await call("PUT", "/v2/sessions/s1");
  expect(wrong.status).toBe(405);
  expect(wrong.headers.get("allow")).toBe("DELETE, GET, PATCH");
  expect((await call("GET", "/v2/sessions/%zz")).status).toBe(400);
  expect((await call("GET", "/v2/sessions/")).status).toBe(404);
});

test("a body above the limit is 413, announced or not", async () => {
  const large = "x".repeat(1_100_000);
  expect((await call("POST", "/v2/organizations", large)).status).toBe(413);
  const chunked = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(`${toy.url}/v2/organizations`, { method: "POST" }, (answer) => {
      resolve(answer.statusCode);
      answer.resume();
      sent.destroy();
    });
    sent.once("error", reject);
    sent.write(large);
  });
  expect(chunked).toBe(413);
});

test("REST works over HTTP/2", async () => {
  const session = http2.connect(toy.url);
  const stream = session.request({ ":path": "/v2/sessions/s1", ":method": "DELETE" }, { endStream: false });
  stream.end('{"sessionToken":"x"}');
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  session.close();
  expect(JSON.parse(Buffer.concat(chunks).toString()).details.resourceOwner).toBe("s1/x");
});

test("HEAD answers like GET without a body", async () => {
  const answer = await fetch(`${toy.url}/v2/sessions/s1`, { method: "HEAD" });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe("");
});

test("without trusted proxies, forwarding headers say nothing about the caller", async () => {
  await call("GET", "/v2/sessions/s1", undefined, {
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-host": "evil.example",
    "x-zitadel-instance-host": "evil.example",
    "x-zitadel-orgid": "42",
    "accept-language": "de",
  });
  expect(toy.callers.at(-1)).toMatchObject({
    authorization: "Bearer good",
    ip: "127.0.0.1",
    instanceHost: `127.0.0.1:${toy.port}`,
    publicHost: null,
    scheme: "http",
    orgHeader: "42",
    acceptLanguage: "de",
  });
});
