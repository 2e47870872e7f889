import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import type { z } from "zod";
import { issuer, openOidc } from "../../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../../test/harness/store.ts";
import { projectId } from "../../../kernel/ids.ts";
import type { ClaimMapping, clientSettings } from "../../../modules/application/client-settings.events.ts";
import { setClientSettings } from "../../../modules/application/set-client-settings.ts";
import { createAuthorization } from "../../../modules/authorization/create-authorization.ts";
import { addProjectRole } from "../../../modules/project/add-project-role.ts";
import { createProject } from "../../../modules/project/create-project.ts";
import { setUserMetadata } from "../../../modules/user/set-user-metadata.ts";

const iam = "urn:zitadel:iam:";
/** Bytes that are no UTF-8, and whose base64 has the letters in which base64url differs. */
const oddBytes = Buffer.from([0xfb, 0xff, 0xfe]);

/**
 * ZITADEL's scopes, one by one: what userinfo holds beside `sub` when one is asked for with `openid`. `ORG`, `SHOP` and
 * `OFFICE` stand for ids.
 */
const scopes: readonly (readonly [scope: string, claims: object])[] = [
  ["openid", {}],
  [
    "profile",
    {
      name: "Ada Example",
      given_name: "Ada",
      family_name: "Example",
      preferred_username: "ada",
      updated_at: expect.any(Number),
    },
  ],
  ["email", { email: "ada@example.com", email_verified: false }],
  ["phone", {}],
  ["address", {}],
  ["offline_access", {}],
  [`${iam}user:metadata`, { [`${iam}user:metadata`]: { level: "Z29sZA", odd: "-__-" } }],
  [
    `${iam}user:resourceowner`,
    {
      [`${iam}user:resourceowner:id`]: "ORG",
      [`${iam}user:resourceowner:name`]: "Home",
      [`${iam}user:resourceowner:primary_domain`]: "home.id.example.com",
    },
  ],
  [
    `${iam}org:id:ORG`,
    {
      [`${iam}org:id`]: "ORG",
      [`${iam}user:resourceowner:id`]: "ORG",
      [`${iam}user:resourceowner:name`]: "Home",
      [`${iam}user:resourceowner:primary_domain`]: "home.id.example.com",
    },
  ],
  [
    `${iam}org:domain:primary:home.id.example.com`,
    {
      [`${iam}org:domain:primary`]: "home.id.example.com",
      [`${iam}user:resourceowner:id`]: "ORG",
      [`${iam}user:resourceowner:name`]: "Home",
      [`${iam}user:resourceowner:primary_domain`]: "home.id.example.com",
    },
  ],
  [
    `${iam}org:project:role:buyer`,
    {
      [`${iam}org:project:roles`]: { buyer: { ORG: "home.id.example.com" } },
      [`${iam}org:project:SHOP:roles`]: { buyer: { ORG: "home.id.example.com" } },
    },
  ],
  [
    `${iam}org:project:roles`,
    {
      [`${iam}org:project:roles`]: { buyer: { ORG: "home.id.example.com" }, seller: { ORG: "home.id.example.com" } },
      [`${iam}org:project:SHOP:roles`]: {
        buyer: { ORG: "home.id.example.com" },
        seller: { ORG: "home.id.example.com" },
      },
    },
  ],
  [
    `${iam}org:projects:roles ${iam}org:project:id:OFFICE:aud`,
    {
      [`${iam}org:project:roles`]: { buyer: { ORG: "home.id.example.com" }, seller: { ORG: "home.id.example.com" } },
      [`${iam}org:project:SHOP:roles`]: {
        buyer: { ORG: "home.id.example.com" },
        seller: { ORG: "home.id.example.com" },
      },
      [`${iam}org:project:OFFICE:roles`]: { clerk: { ORG: "home.id.example.com" } },
    },
  ],
  [`${iam}org:project:roles ${iam}org:roles:id:1`, {}],
  [
    `${iam}org:project:role:seller ${iam}org:roles:id:ORG`,
    {
      [`${iam}org:project:roles`]: { seller: { ORG: "home.id.example.com" } },
      [`${iam}org:project:SHOP:roles`]: { seller: { ORG: "home.id.example.com" } },
    },
  ],
  [`${iam}org:project:id:OFFICE:aud`, {}],
  [`${iam}nothing:of:the:kind`, {}],
];

describeOnBothDatabases("claims", (open) => {
  const openShop = async () => {
    const oidc = await openOidc(open);
    const asOwner = () => oidc.as(oidc.owner);
    const { result: made } = await oidc.run(createProject, asOwner(), { orgId: oidc.orgId, name: "Office" });
    const office = projectId.parse(made.projectId);
    const ada = await oidc.addUser("ada");
    for (const [id, ...keys] of [
      [oidc.projectId, "buyer", "seller"],
      [office, "clerk"],
    ] as const) {
      for (const key of keys) {
        await oidc.run(addProjectRole, asOwner(), { projectId: id, key, displayName: key });
      }
      await oidc.run(createAuthorization, asOwner(), { userId: ada, projectId: id, roleKeys: [...keys] });
    }
    await oidc.run(setUserMetadata, asOwner(), {
      userId: ada,
      metadata: [
        { key: "level", value: Buffer.from("gold").toString("base64") },
        { key: "odd", value: oddBytes.toString("base64") },
      ],
    });
    const app = await oidc.addApp("app", { accessTokenType: "jwt" });
    const set = (settings: z.input<typeof clientSettings>) =>
      oidc.run(setClientSettings, asOwner(), {
        projectId: oidc.projectId,
        applicationId: app.applicationId,
        settings,
      });
    const tokensFor = async (scope: string) => {
      const { code } = await oidc.signInWith(app.clientId, ada, { scope });
      return (await oidc.redeem(app.clientId, code)).json();
    };
    const filled = <T>(of: T): T =>
      JSON.parse(
        JSON.stringify(of, (_key, value) => (value === undefined ? null : value))
          .replaceAll("ORG", oidc.orgId)
          .replaceAll("SHOP", oidc.projectId)
          .replaceAll("OFFICE", office),
      );
    return { ...oidc, ada, office, app, set, tokensFor, filled };
  };

  test("every scope of ZITADEL gives its claims, and no others", async () => {
    const shop = await openShop();
    const found: object[] = [];
    for (const [scope] of scopes) {
      const tokens = await shop.tokensFor(shop.filled([...new Set(["openid", ...scope.split(" ")])].join(" ")));
      const { sub, ...claims } = (await shop.userinfo(tokens.access_token)).json();
      expect(sub).toBe(shop.ada);
      found.push([scope, { ...claims, ...("updated_at" in claims ? { updated_at: 0 } : {}) }]);
    }
    const wanted = scopes.map(([scope, claims]) => [
      scope,
      shop.filled({ ...claims, ...("updated_at" in claims ? { updated_at: 0 } : {}) }),
    ]);
    expect(found).toEqual(wanted);
  });

  test("what a scope asks for as audience stands in `aud`: the project, its clients, and Munot's own API by name", async () => {
    const shop = await openShop();
    const audienceOf = async (scope: string) => decodeJwt((await shop.tokensFor(shop.filled(scope))).access_token).aud;
    expect(await audienceOf("openid")).toEqual([shop.app.clientId, shop.projectId]);
    expect(await audienceOf(`openid ${iam}org:project:id:OFFICE:aud`)).toContain(shop.office);
    expect(await audienceOf(`openid ${iam}org:project:id:zitadel:aud`)).toContain(shop.ownProjectId);
  });

  const mappings: ClaimMapping[] = [
    { claim: "mail", source: { from: "user", field: "email" }, in: ["id_token", "access_token", "userinfo"] },
    { claim: "level", source: { from: "user_metadata", key: "level" }, in: ["id_token"] },
    { claim: "odd", source: { from: "user_metadata", key: "odd" }, in: ["userinfo"] },
    { claim: "missing", source: { from: "user_metadata", key: "none" }, in: ["userinfo"] },
    { claim: "tenant", source: { from: "organization", field: "primary_domain" }, in: ["access_token"] },
    { claim: "https://app.example.com/tier", source: { from: "constant", value: 3 }, in: ["access_token"] },
    { claim: "rights", source: { from: "roles" }, in: ["id_token"] },
  ];

  test("an application's own claims stand where it wants them, and roles as a plain list in all its tokens", async () => {
    const shop = await openShop();
    await shop.set({ claimMappings: mappings, flatRolesClaim: "groups" });
    const { id_token, access_token } = await shop.tokensFor("openid");
    const groups = ["buyer", "seller"];
    expect(decodeJwt(id_token)).toMatchObject({ mail: "ada@example.com", level: "gold", rights: groups, groups });
    expect(decodeJwt(access_token)).toMatchObject({
      mail: "ada@example.com",
      tenant: "home.id.example.com",
      "https://app.example.com/tier": 3,
      groups,
    });
    expect(decodeJwt(access_token)).not.toHaveProperty("level");
    expect((await shop.userinfo(access_token)).json()).toEqual({
      sub: shop.ada,
      mail: "ada@example.com",
      odd: "-__-",
      groups,
    });
  });

  test("introspection gives what the client's access tokens hold, whoever asks", async () => {
    const shop = await openShop();
    const api = await shop.addApi("api");
    await shop.set({ claimMappings: mappings, flatRolesClaim: "groups" });
    const { access_token } = await shop.tokensFor("openid");
    const basic = `Basic ${Buffer.from(`${api.clientId}:${api.secret}`).toString("base64")}`;
    const said = (await shop.post("/oauth/v2/introspect", { token: access_token }, { authorization: basic })).json();
    expect(said).toMatchObject({ active: true, tenant: "home.id.example.com", groups: ["buyer", "seller"] });
    expect(said).not.toHaveProperty("level");
  });

  test("a mapped address is not said to be proven by the proof of another one", async () => {
    const shop = await openShop();
    const asEmail = (source: ClaimMapping["source"]): ClaimMapping[] => [{ claim: "email", source, in: ["userinfo"] }];
    await shop.set({ claimMappings: asEmail({ from: "user_metadata", key: "level" }) });
    const { access_token } = await shop.tokensFor("openid email");
    const info = async () => (await shop.userinfo(access_token)).json();
    expect(await info()).toEqual({ sub: shop.ada, email: "gold" });
    await shop.set({ claimMappings: asEmail({ from: "user", field: "email" }) });
    expect(await info()).toEqual({ sub: shop.ada, email: "ada@example.com", email_verified: false });
  });

  const reserved = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "jti",
    "client_id",
    "cnf",
    "act",
    "scope",
    "sid",
    `${iam}org:id`,
  ];

  test("what is Munot's own cannot be mapped, nor be the list of roles (GHSA-gp8g-f42f-95q2)", async () => {
    const shop = await openShop();
    for (const claim of reserved) {
      const forged: ClaimMapping = { claim, source: { from: "constant", value: "forged" }, in: ["id_token"] };
      await expect(shop.set({ claimMappings: [forged] }), claim).rejects.toMatchObject({ code: "request.invalid" });
      await expect(shop.set({ flatRolesClaim: claim }), claim).rejects.toMatchObject({ code: "request.invalid" });
    }
  });

  test("even a mapping of a reserved claim that was stored before changes nothing", async () => {
    const shop = await openShop();
    const all = ["id_token", "access_token", "userinfo"];
    const stored = reserved.map((claim) => ({ claim, source: { from: "constant", value: "forged" }, in: all }));
    await shop.database.write([
      shop.database.compiler
        .updateTable("applications")
        .set({ settings: JSON.stringify({ claimMappings: stored, flatRolesClaim: "sub" }) })
        .where("instance_id", "=", shop.instanceId)
        .where("application_id", "=", shop.app.applicationId)
        .compile(),
    ]);
    const { id_token, access_token } = await shop.tokensFor("openid");
    for (const claims of [decodeJwt(id_token), decodeJwt(access_token)]) {
      expect(claims).toMatchObject({ iss: issuer, sub: shop.ada, client_id: shop.app.clientId });
      expect(JSON.stringify(claims)).not.toContain("forged");
    }
    expect((await shop.userinfo(access_token)).json()).toEqual({ sub: shop.ada });
  });
});
