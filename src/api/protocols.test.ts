import { Agent, request } from "node:http";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { createClientFor } from "@zitadel/client";
import { createServerTransport } from "@zitadel/client/node";
import { createClientTransport } from "@zitadel/client/web";
import { ManagementService } from "@zitadel/proto/zitadel/management_pb.js";
import { CredentialsCheckErrorSchema, ErrorDetailSchema } from "@zitadel/proto/zitadel/message_pb.js";
import { OrganizationService } from "@zitadel/proto/zitadel/org/v2/org_service_pb.js";
import { SessionService } from "@zitadel/proto/zitadel/session/v2/session_service_pb.js";
import { UserService } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startToyApi } from "../../test/harness/toy-api.ts";
import { healthProto } from "./proto/health.ts";
import { reflectionProto } from "./proto/reflection.ts";

let toy: Awaited<ReturnType<typeof startToyApi>>;
beforeAll(async () => {
  toy = await startToyApi();
});
afterAll(() => toy.stop());

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

const protocols: readonly (readonly [string, (baseUrl: string) => Transport])[] = [
  ["gRPC", (baseUrl) => createGrpcTransport({ baseUrl })],
  ["gRPC-web over HTTP/2", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" })],
  ["gRPC-web over HTTP/1.1", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
  ["Connect over HTTP/1.1, JSON", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
  [
    "Connect over HTTP/2, binary",
    (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
  ],
  ["@zitadel/client/node", (baseUrl) => createServerTransport("good", { baseUrl })],
  ["@zitadel/client/web", (baseUrl) => createClientTransport("good", { baseUrl })],
];

const failure = async (call: Promise<unknown>): Promise<ConnectError> => {
  try {
    await call;
  } catch (error) {
    return ConnectError.from(error);
  }
  throw new Error("the call did not fail");
};

describe.each(protocols)("%s", (_name, transportTo) => {
  test("a built method answers with its message", async () => {
    const sessions = createClientFor(SessionService)(transportTo(toy.url));
    const { session } = await sessions.getSession({ sessionId: "s1", sessionToken: "st" }, bearer("good"));
    expect(session?.id).toBe("s1");
    expect(session?.userAgent?.description).toBe("st");
  });

  test("a refusal carries code, message with id, and ErrorDetail", async () => {
    const sessions = createClient(SessionService, transportTo(toy.url));
    const error = await failure(sessions.getSession({ sessionId: "missing" }, bearer("good")));
    expect(error.code).toBe(Code.NotFound);
    expect(error.rawMessage).toBe("Session could not be found (SESS-4dT7u)");
    expect(error.findDetails(ErrorDetailSchema)).toMatchObject([
      { id: "SESS-4dT7u", message: "Session could not be found" },
    ]);
  });

  test("a failed password carries the number of failed attempts", async () => {
    const sessions = createClient(SessionService, transportTo(toy.url));
    const error = await failure(sessions.setSession({ sessionId: "s1" }, bearer("good")));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.findDetails(CredentialsCheckErrorSchema)).toMatchObject([{ id: "USER-6tP1s", failedAttempts: 3 }]);
  });

  test("an invalid message is refused by the contract's own rules, with the field's name", async () => {
    const orgs = createClient(OrganizationService, transportTo(toy.url));
    const error = await failure(orgs.addOrganization({ name: "" }, bearer("good")));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toMatch(/name must not be empty.*\(REQ-1aZ4q\)$/);
  });

  test("a method that is not built answers unimplemented", async () => {
    const users = createClient(UserService, transportTo(toy.url));
    const error = await failure(users.lockUser({ userId: "u" }, bearer("good")));
    expect(error.code).toBe(Code.Unimplemented);
    expect(error.findDetails(ErrorDetailSchema)).toMatchObject([{ id: "GEN-1uI5z" }]);
  });

  test("a defect is answered in general words", async () => {
    const sessions = createClient(SessionService, transportTo(toy.url));
    const error = await failure(sessions.getSession({ sessionId: "broken" }, bearer("good")));
    expect(error.code).toBe(Code.Internal);
    expect(error.message).not.toContain("secret reason");
    expect(toy.defects.map(String)).toContain("Error: the secret reason");
  });

  test("a token that does not hold is unauthenticated", async () => {
    const sessions = createClient(SessionService, transportTo(toy.url));
    const error = await failure(sessions.getSession({ sessionId: "s1" }, bearer("bad")));
    expect(error.code).toBe(Code.Unauthenticated);
  });

  test("a message above the limit is refused", async () => {
    const sessions = createClient(SessionService, transportTo(toy.url));
    const error = await failure(
      sessions.getSession({ sessionId: "s1", sessionToken: "x".repeat(1_100_000) }, bearer("good")),
    );
    expect(error.code).toBe(Code.ResourceExhausted);
  });
});

test("an anonymous caller learns that it must sign in before it learns what is wrong with its message", async () => {
  const orgs = createClient(OrganizationService, createGrpcTransport({ baseUrl: toy.url }));
  expect((await failure(orgs.addOrganization({ name: "" }))).code).toBe(Code.Unauthenticated);
});

test("v1 services answer unimplemented over gRPC and gRPC-web, and do not speak Connect", async () => {
  const grpc = createClient(ManagementService, createGrpcTransport({ baseUrl: toy.url }));
  expect((await failure(grpc.getMyOrg({}))).code).toBe(Code.Unimplemented);
  const web = createClient(ManagementService, createGrpcWebTransport({ baseUrl: toy.url, httpVersion: "1.1" }));
  expect((await failure(web.getMyOrg({}))).code).toBe(Code.Unimplemented);
  const path = `${toy.url}/zitadel.management.v1.ManagementService/GetMyOrg`;
  const connect = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  expect(connect.status).toBe(415);
});

test("a refused large body does not block the next request on its connection", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const post = (type: string, body: Buffer | string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const path = "/zitadel.session.v2.SessionService/GetSession";
      const options = {
        agent,
        host: "127.0.0.1",
        port: toy.port,
        path,
        method: "POST",
        headers: { "content-type": type },
      };
      const sent = request(options, (answer) => {
        answer.resume();
        answer.once("end", () => resolve(answer.statusCode));
      });
      sent.once("error", reject);
      sent.end(body);
    });
  const large = Buffer.alloc(1_100_005);
  large.writeUInt32BE(1_100_000, 1);
  await post("application/grpc-web+proto", large);
  expect(await post("application/json", '{"sessionId":"s1"}')).toBe(200);
  agent.destroy();
});

test("an unknown service or method is unimplemented over gRPC and 404 over Connect", async () => {
  const options = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
  expect((await fetch(`${toy.url}/zitadel.nothing.v1.Nothing/Do`, options)).status).toBe(404);
  expect((await fetch(`${toy.url}/zitadel.user.v2.UserService/Nothing`, options)).status).toBe(404);
});

test("scripts of any origin may call, without credentials, and may read the gRPC status", async () => {
  const path = `${toy.url}/zitadel.session.v2.SessionService/GetSession`;
  const preflight = await fetch(path, {
    method: "OPTIONS",
    headers: {
      origin: "https://app.example.com",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,x-grpc-web",
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
  expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
  expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
  const call = await fetch(path, {
    method: "POST",
    headers: { origin: "https://app.example.com", "content-type": "application/json" },
    body: '{"sessionId":"s1"}',
  });
  expect(call.headers.get("access-control-allow-origin")).toBe("*");
  expect(call.headers.get("access-control-expose-headers")?.toLowerCase()).toContain("grpc-status");
});

describe("health", () => {
  // Its descriptor is made at run time, so the client's types are loose.
  const health = () => createClient(healthProto(), createGrpcTransport({ baseUrl: toy.url })) as unknown as LooseHealth;
  type LooseHealth = {
    check: (request: { service: string }) => Promise<{ status: number }>;
    watch: (request: { service: string }, options: { signal: AbortSignal }) => AsyncIterable<{ status: number }>;
  };

  test("Check tells for the server and each service whether it serves", async () => {
    expect(await health().check({ service: "" })).toMatchObject({ status: 1 });
    expect(await health().check({ service: "zitadel.user.v2.UserService" })).toMatchObject({ status: 1 });
    expect((await failure(health().check({ service: "no.Such" }))).code).toBe(Code.NotFound);
  });

  test("Watch sends the state at once and then its changes", async () => {
    const seen: number[] = [];
    const stop = new AbortController();
    try {
      for await (const { status } of health().watch({ service: "" }, { signal: stop.signal })) {
        seen.push(status);
        toy.setReady(false);
        if (seen.length === 2) stop.abort();
      }
    } catch (error) {
      expect(ConnectError.from(error).code).toBe(Code.Canceled);
    }
    toy.setReady(true);
    expect(seen).toEqual([1, 2]);
  });
});

describe.each(["v1", "v1alpha"] as const)("reflection %s", (version) => {
  type Answer = { messageResponse: { case: string; value: Record<string, unknown> } };
  const ask = async (
    ...questions: readonly { case: string; value: unknown }[]
  ): Promise<Answer["messageResponse"][]> => {
    const desc = reflectionProto(version);
    // Its descriptor is made at run time, so the client's types are loose.
    const client = createClient(desc, createGrpcTransport({ baseUrl: toy.url })) as unknown as {
      serverReflectionInfo: (requests: AsyncIterable<unknown>) => AsyncIterable<Answer>;
    };
    async function* requests() {
      for (const messageRequest of questions) yield { messageRequest };
    }
    const answers: Answer["messageResponse"][] = [];
    for await (const { messageResponse } of client.serverReflectionInfo(requests())) answers.push(messageResponse);
    return answers;
  };

  test("lists all services", async () => {
    const [answer] = await ask({ case: "listServices", value: "" });
    // The answer to "list_services" is a ListServiceResponse.
    const names = ((answer?.value.service ?? []) as { name: string }[]).map((one) => one.name);
    expect(names).toContain("zitadel.user.v2.UserService");
    expect(names).toContain("zitadel.management.v1.ManagementService");
    expect(names).toContain("grpc.health.v1.Health");
    expect(names).toContain(`grpc.reflection.${version}.ServerReflection`);
  });

  test("gives the file of a service with all that it depends on, once per stream", async () => {
    const [first, second, method, missing] = await ask(
      { case: "fileContainingSymbol", value: "zitadel.session.v2.SessionService" },
      { case: "fileByFilename", value: "zitadel/object/v2/object.proto" },
      { case: "fileContainingSymbol", value: "zitadel.session.v2.SessionService.GetSession" },
      { case: "fileContainingSymbol", value: "no.such.Thing" },
    );
    const files = (answer: Answer["messageResponse"] | undefined) =>
      // The answer to both questions is a FileDescriptorResponse.
      ((answer?.value.fileDescriptorProto ?? []) as Uint8Array[]).map(
        (bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name,
      );
    expect(files(first)).toContain("zitadel/session/v2/session_service.proto");
    expect(files(first)).toContain("google/protobuf/timestamp.proto");
    expect(files(second)).toEqual(["zitadel/object/v2/object.proto"]);
    expect(files(method)).toEqual(["zitadel/session/v2/session_service.proto"]);
    expect(missing).toMatchObject({ case: "errorResponse", value: { errorCode: 5 } });
  });
});

test("our descriptors of health and reflection keep the wire form of the published ones", () => {
  const { input, output } = healthProto().method["check"] ?? {};
  if (!input || !output) throw new Error("no Check");
  expect([...toBinary(input, create(input, { service: "x" }))]).toEqual([0x0a, 1, 0x78]);
  expect([...toBinary(output, create(output, { status: 1 }))]).toEqual([0x08, 1]);
});
