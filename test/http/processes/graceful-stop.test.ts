import http2 from "node:http2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { directoryOf, rpcClient, testPassword } from "../../harness/client.ts";
import { onEachDatabase, type RunningMunot, startMunot } from "../../harness/munot.ts";

onEachDatabase("a graceful stop", (database) => {
  let munot: RunningMunot;
  let orgId: string;
  beforeAll(async () => {
    munot = await startMunot({ database });
    orgId = await directoryOf(munot).addOrg("Acme");
  });
  afterAll(() => munot?.stop());

  test("finishes what is in flight and answers it, then ends with 0; what was answered is stored", async () => {
    // Each hashes a password: far more than can be done at the moment of the signal.
    const inFlight = Array.from({ length: 16 }, (_, index) =>
      rpcClient(munot.url).call(munot.ownerPat, "user.v2.UserService/AddHumanUser", {
        organization: { orgId },
        username: `user-${index}`,
        profile: { givenName: "Ada", familyName: "Example" },
        email: { email: `user-${index}@acme.example`, isVerified: true },
        password: { password: testPassword, changeRequired: false },
      }),
    );
    const multiplexed = http2.connect(munot.url);
    const over2 = new Promise<number>((resolve, reject) => {
      const stream = multiplexed.request({
        ":method": "POST",
        ":path": "/zitadel.user.v2.UserService/AddHumanUser",
        "content-type": "application/json",
        authorization: `Bearer ${munot.ownerPat}`,
      });
      stream.on("response", (headers) => resolve(Number(headers[":status"])));
      stream.on("error", reject);
      stream.resume();
      stream.end(
        JSON.stringify({
          organization: { orgId },
          username: "over-http2",
          profile: { givenName: "Ada", familyName: "Example" },
          email: { email: "over-http2@acme.example", isVerified: true },
          password: { password: testPassword, changeRequired: false },
        }),
      );
    });
    await Promise.race(inFlight);
    const ended = munot.end("SIGTERM");
    const answers = await Promise.all(inFlight);
    expect(await over2).toBe(200);
    multiplexed.close();
    expect(answers.map(({ code }) => code)).toEqual(answers.map(() => "ok"));
    expect(await ended).toBe(0);

    munot = await munot.restart();
    for (const { body } of answers) {
      const found = await rpcClient(munot.url).call(munot.ownerPat, "user.v2.UserService/GetUserByID", {
        userId: body.userId,
      });
      expect(found.code).toBe("ok");
    }
  });

  test("nobody new is let in once it has begun, and idle connections do not hold it up", async () => {
    // Left open by keep-alive.
    await fetch(`${munot.url}/debug/healthz`);
    const from = performance.now();
    expect(await munot.end("SIGTERM")).toBe(0);
    expect(performance.now() - from).toBeLessThan(3_000);
    await expect(fetch(`${munot.url}/debug/healthz`)).rejects.toThrow();
    munot = await munot.restart();
  });
});
