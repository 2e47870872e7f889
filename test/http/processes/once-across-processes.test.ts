import { afterAll, beforeAll, expect, test } from "vitest";
import { directoryOf, type OidcClient, redirectUri, rpcClient } from "../../harness/client.ts";
import { type RunningProcesses, startProcesses } from "../../harness/processes.ts";
import { newSigner } from "../../harness/signer.ts";

type Json = Readonly<Record<string, unknown>>;

let munot: RunningProcesses;
let client: OidcClient;
let userId: string;

beforeAll(async () => {
  munot = await startProcesses();
  const directory = directoryOf(munot);
  const orgId = await directory.addOrg("Acme");
  client = await directory.addClient(await directory.addProject(orgId, "Notes"), "Notes");
  userId = await directory.addUser(orgId, { userName: "ada" });
});
afterAll(() => munot?.stop());

/** One of the two processes, in turn. */
const nodeOf = (turn: number): string => munot.nodes[turn % 2]?.url ?? "";
const host = () => new URL(munot.url).host;
/** As the balancer would send it. */
const forwarded = () => ({ "x-forwarded-host": host() });
const basic = () => ({
  authorization: `Basic ${Buffer.from(`${client.clientId}:${client.clientSecret}`).toString("base64")}`,
});
const turns = Array.from({ length: 6 }, (_one, turn) => turn);

test("one pushed request is answered once, whichever process is asked (RFC 9126 §7.3)", async () => {
  const pushed = await fetch(`${nodeOf(0)}/oauth/v2/par`, {
    method: "POST",
    headers: { ...basic(), ...forwarded() },
    body: new URLSearchParams({
      client_id: client.clientId,
      redirect_uri: redirectUri,
      response_type: "code",
      scope: "openid",
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
    }),
  });
  // RFC 9126 §2.2: a JSON object.
  const { request_uri: uri } = (await pushed.json()) as Json;
  expect(pushed.status).toBe(201);
  const query = new URLSearchParams({ client_id: client.clientId, request_uri: String(uri) });
  const begin = async (turn: number) => {
    const answer = await fetch(`${nodeOf(turn)}/oauth/v2/authorize?${query}`, {
      redirect: "manual",
      headers: forwarded(),
    });
    return new URL(answer.headers.get("location") ?? "", munot.url).searchParams.get("authRequest");
  };
  const ids = await Promise.all(turns.map(begin));
  expect(new Set(ids).size).toBe(turns.length);
  const session = await directoryOf(munot).addSession(userId);
  const answers = await Promise.all(
    ids.map((authRequestId, turn) =>
      rpcClient(nodeOf(turn)).call(munot.loginClientPat, "oidc.v2.OIDCService/CreateCallback", {
        authRequestId,
        session,
      }),
    ),
  );
  expect(answers.filter(({ code }) => code === "ok").length).toBe(1);
  expect(await begin(0)).toBeNull();
  expect(await begin(1)).toBeNull();
});

test("one DPoP proof is taken once, whichever process is asked (RFC 9449 §11.1)", async () => {
  const key = await newSigner();
  const proof = await key.proof({ url: `${munot.url}/oauth/v2/token` });
  const errors = await Promise.all(
    turns.map(async (turn) => {
      const answer = await fetch(`${nodeOf(turn)}/oauth/v2/token`, {
        method: "POST",
        headers: { ...basic(), ...forwarded(), dpop: proof },
        body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: "rt_1.x" }),
      });
      // RFC 6749 §5.2: a JSON object.
      return ((await answer.json()) as Json)["error"];
    }),
  );
  // The first goes on to the refresh token, which is none.
  expect(errors.sort()).toEqual([...Array.from({ length: 5 }, () => "invalid_dpop_proof"), "invalid_grant"]);
});

test("nonces of one process are good on the other (RFC 9449 §8)", async () => {
  const key = await newSigner();
  const ask = async (turn: number, claims: Json) => {
    const answer = await fetch(`${nodeOf(turn)}/oauth/v2/token`, {
      method: "POST",
      headers: { ...basic(), ...forwarded(), dpop: await key.proof({ url: `${munot.url}/oauth/v2/token` }, claims) },
      body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: "rt_1.x" }),
    });
    return { nonce: answer.headers.get("dpop-nonce"), error: ((await answer.json()) as Json)["error"] };
  };
  const { nonce } = await ask(0, {});
  expect((await ask(1, { nonce })).error).toBe("invalid_grant");
  expect((await ask(1, { nonce: "another" })).error).toBe("use_dpop_nonce");
});
