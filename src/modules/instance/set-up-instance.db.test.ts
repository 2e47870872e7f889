import { expect, test } from "vitest";
import { openDirectory } from "../../../test/harness/directory.ts";
import { setupActor } from "../../../test/harness/given.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import { userId } from "../../kernel/ids.ts";
import { administratorReader } from "../administrator/administrator.queries.ts";
import { settingsReader } from "../settings/settings.queries.ts";
import { instanceReader } from "./instance.queries.ts";
import { registerDomain } from "./register-domain.ts";
import { setUpInstance } from "./set-up-instance.ts";

describeOnBothDatabases("a fresh instance", (open) => {
  test("answers under its host, with its organization, project, settings and first users", async () => {
    const { db, as, setUp, run } = await openDirectory(open);
    const reader = instanceReader({ db });
    const ctx = as(setupActor);

    expect(await reader.instanceByHost("ID.example.com")).toEqual({
      instanceId: ctx.instanceId,
      name: "Test",
      primaryDomain: "id.example.com",
      defaultOrgId: setUp.orgId,
      iamProjectId: setUp.projectId,
      defaultLanguage: "en",
    });
    expect(await reader.instanceByHost("other.example.com")).toBeNull();
    expect(await reader.instances()).toHaveLength(1);
    expect(setUp.machineToken).toMatch(/^pat_/);
    expect(await administratorReader({ db }).membershipsOf(ctx, userId.parse(setUp.adminUserId))).toEqual([
      { level: "instance", roles: ["IAM_OWNER"] },
    ]);
    const policies = await settingsReader({ db }).policiesOf(ctx, setUp.orgId);
    expect(policies["password.complexity"].minLength).toBe(8);

    await run(registerDomain, ctx, { host: "LOGIN.example.com:8443", primary: true });
    const again = await run(registerDomain, ctx, { host: "login.example.com:8443", primary: true });
    const moved = await reader.instanceByHost("login.example.com:8443");
    expect(moved?.primaryDomain).toBe("login.example.com:8443");
    expect((await reader.instanceByHost("id.example.com"))?.primaryDomain).toBe("login.example.com:8443");
    expect(again.sequence).toBe(7);
  });

  test("is not set up twice", async () => {
    const { run, as } = await openDirectory(open);
    const second = run(setUpInstance, as(setupActor), { name: "Again", host: "x.example.com", orgName: "X" });
    await expect(second).rejects.toMatchObject({ code: "instance.exists" });
  });
});
