import { create } from "@bufbuild/protobuf";
import { ECDSACurve, RSABits, RSAHasher, State } from "@zitadel/proto/zitadel/webkey/v2/key_pb.js";
import {
  ActivateWebKeyRequestSchema,
  CreateWebKeyRequestSchema,
  DeleteWebKeyRequestSchema,
  ListWebKeysRequestSchema,
  type ListWebKeysResponse,
  type WebKeyService,
} from "@zitadel/proto/zitadel/webkey/v2/webkey_service_pb.js";
import { createLocalJWKSet, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { plainUser } from "../../../test/harness/given.ts";
import { issuer, openOidc } from "../../../test/harness/oidc.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import { halfHash } from "../../platform/crypto/oauth.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { webKeyReader } from "./web-key.queries.ts";
import { webKeyBetaService, webKeyService } from "./web-key.rpc.ts";

const rsa = (bits: RSABits, hasher: RSAHasher) => ({ case: "rsa", value: { bits, hasher } }) as const;
const ecdsa = (curve: ECDSACurve) => ({ case: "ecdsa", value: { curve } }) as const;

/** Every kind of key, and the algorithm it signs with. Longer RSA keys differ in their making only. */
const kinds = [
  [rsa(RSABits.RSA_BITS_2048, RSAHasher.RSA_HASHER_SHA256), "RS256"],
  [rsa(RSABits.RSA_BITS_3072, RSAHasher.RSA_HASHER_SHA384), "RS384"],
  [rsa(RSABits.RSA_BITS_2048, RSAHasher.RSA_HASHER_SHA512), "RS512"],
  [ecdsa(ECDSACurve.ECDSA_CURVE_P256), "ES256"],
  [ecdsa(ECDSACurve.ECDSA_CURVE_P384), "ES384"],
  [ecdsa(ECDSACurve.ECDSA_CURVE_P512), "ES512"],
  [{ case: "ed25519", value: {} } as const, "EdDSA"],
] as const;

describeOnBothDatabases("zitadel.webkey.v2", (open) => {
  const openKeys = async () => {
    const oidc = await openOidc(open);
    const deps = { run: oidc.run, webKeys: webKeyReader({ db: oidc.db }) };
    // The map holds exactly the methods that the service declared under these names.
    const keys = Object.fromEntries(webKeyService(deps).methods) as unknown as Required<
      RpcMethods<typeof WebKeyService>
    >;
    const callAs = (actor: Actor = oidc.owner): Call => ({
      ctx: oidc.as(actor),
      orgHeader: null,
      publicUrl: issuer,
      acceptLanguage: "",
    });
    const make = async (key: (typeof kinds)[number][0]) =>
      String((await keys.createWebKey(create(CreateWebKeyRequestSchema, { key }), callAs())).id);
    const activate = (id: string) => keys.activateWebKey(create(ActivateWebKeyRequestSchema, { id }), callAs());
    const remove = (id: string) => keys.deleteWebKey(create(DeleteWebKeyRequestSchema, { id }), callAs());
    const list = async () =>
      ((await keys.listWebKeys(create(ListWebKeysRequestSchema), callAs())) as ListWebKeysResponse).webKeys;
    const jwks = async () => createLocalJWKSet((await oidc.app.inject({ url: "/oauth/v2/keys" })).json());
    const algorithms = async () =>
      (await oidc.app.inject({ url: "/.well-known/openid-configuration" })).json()
        .id_token_signing_alg_values_supported;
    const published = async () =>
      (await oidc.app.inject({ url: "/oauth/v2/keys" })).json().keys.map(({ alg }: { alg: string }) => alg);
    return { ...oidc, deps, keys, callAs, make, activate, remove, list, jwks, algorithms, published };
  };

  test("ID tokens are signed with every algorithm by the active key, and what the key before signed stays valid", async () => {
    const house = await openKeys();
    const [app, ada] = [await house.addApp("app"), await house.addUser("ada")];
    const issued: string[] = [];
    const currentDate = () => new Date(house.as(house.login).now / 1_000);
    for (const [kind, algorithm] of kinds) {
      const id = await house.make(kind);
      await house.activate(id);
      const { code } = await house.signInWith(app.clientId, ada);
      const { id_token, access_token } = (await house.redeem(app.clientId, code)).json();
      const { payload, protectedHeader } = await jwtVerify(id_token, await house.jwks(), {
        issuer,
        audience: app.clientId,
        currentDate: currentDate(),
      });
      expect(protectedHeader).toMatchObject({ alg: algorithm, kid: id });
      expect(payload.at_hash).toBe(halfHash(algorithm, access_token));
      issued.push(id_token);
    }
    for (const token of issued) {
      await jwtVerify(token, await house.jwks(), { issuer, audience: app.clientId, currentDate: currentDate() });
    }
    expect((await house.algorithms())[0]).toBe("EdDSA");
  });

  test("keys are listed with their kind and state, oldest first", async () => {
    const house = await openKeys();
    const wanted = [
      rsa(RSABits.RSA_BITS_4096, RSAHasher.RSA_HASHER_SHA512),
      ecdsa(ECDSACurve.ECDSA_CURVE_P384),
      { case: "ed25519", value: {} } as const,
    ];
    const ids: string[] = [];
    for (const key of wanted) ids.push(await house.make(key));
    await house.activate(ids[1] ?? "");
    const listed = await house.list();
    expect(listed.map(({ id, state }) => [id, state])).toEqual([
      ["key-1", State.INACTIVE],
      [ids[0], State.INITIAL],
      [ids[1], State.ACTIVE],
      [ids[2], State.INITIAL],
    ]);
    expect(listed.map(({ key }) => key)).toEqual([rsa(RSABits.RSA_BITS_2048, RSAHasher.RSA_HASHER_SHA256), ...wanted]);
  });

  test("a removed key is published no more; the active one stays", async () => {
    const house = await openKeys();
    const id = await house.make(ecdsa(ECDSACurve.ECDSA_CURVE_P256));
    expect(await house.published()).toEqual(["RS256", "ES256"]);
    expect((await house.remove(id)).deletionDate).toBeDefined();
    expect((await house.remove(id)).deletionDate).toBeUndefined();
    expect(await house.published()).toEqual(["RS256"]);
    await expect(house.remove("key-1")).rejects.toMatchObject({ code: "web_key.active" });
    await expect(house.activate(id)).rejects.toMatchObject({ code: "web_key.not_found" });
  });

  test("who may not manage keys may not list them; the beta service is the same", async () => {
    const house = await openKeys();
    const asNobody = house.callAs(plainUser("bob"));
    await expect(house.keys.listWebKeys(create(ListWebKeysRequestSchema), asNobody)).rejects.toMatchObject({
      code: "auth.denied",
    });
    expect([...webKeyBetaService(house.deps).methods.keys()]).toEqual([...webKeyService(house.deps).methods.keys()]);
  });
});
