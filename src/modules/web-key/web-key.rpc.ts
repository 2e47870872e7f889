import type { MessageInitShape } from "@bufbuild/protobuf";
import { ECDSACurve, RSABits, RSAHasher, State, type WebKeySchema } from "@zitadel/proto/zitadel/webkey/v2/key_pb.js";
import { WebKeyService } from "@zitadel/proto/zitadel/webkey/v2/webkey_service_pb.js";
import * as beta from "@zitadel/proto/zitadel/webkey/v2beta/webkey_service_pb.js";
import type { Run } from "../../kernel/command.ts";
import { webKeyId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { parse } from "../../kernel/runner.ts";
import { toTimestamp } from "../../kernel/time.ts";
import type { Call, RpcMethods, RpcService } from "../../platform/http/rpc.ts";
import { rpcService } from "../../platform/http/rpc.ts";
import { activateWebKey } from "./activate-web-key.ts";
import { generateWebKey, type WebKeySources } from "./generate-web-key.ts";
import { removeWebKey } from "./remove-web-key.ts";
import type { WebKeyAlgorithm, WebKeyBits } from "./web-key.events.ts";
import type { WebKeyReader, WebKeyView } from "./web-key.queries.ts";

type Deps = { readonly run: Run<WebKeySources>; readonly webKeys: Pick<WebKeyReader, "active" | "list"> };

/** Both versions of the service have the same messages: field numbers, names and enum values. */
type AskedKey =
  | { readonly case: "rsa"; readonly value: { readonly bits: number; readonly hasher: number } }
  | { readonly case: "ecdsa"; readonly value: { readonly curve: number } }
  | { readonly case: "ed25519" }
  | { readonly case: undefined };

const bitsOf: { readonly [value: number]: WebKeyBits } = {
  [RSABits.RSA_BITS_2048]: 2048,
  [RSABits.RSA_BITS_3072]: 3072,
  [RSABits.RSA_BITS_4096]: 4096,
};
const hasherOf: { readonly [value: number]: WebKeyAlgorithm } = {
  [RSAHasher.RSA_HASHER_SHA256]: "RS256",
  [RSAHasher.RSA_HASHER_SHA384]: "RS384",
  [RSAHasher.RSA_HASHER_SHA512]: "RS512",
};
/** The contract says P512; the curve is P-521 (RFC 7518 §3.4). */
const curveOf: { readonly [value: number]: WebKeyAlgorithm } = {
  [ECDSACurve.ECDSA_CURVE_P256]: "ES256",
  [ECDSACurve.ECDSA_CURVE_P384]: "ES384",
  [ECDSACurve.ECDSA_CURVE_P512]: "ES512",
};

const unknown = (path: string) => new Refusal("request.invalid", { fields: [{ path, problem: "is not known" }] });

/** What kind of key is asked for; like ZITADEL, RSA with 2048 bits and SHA-256 when nothing is said. */
const kindOf = (key: AskedKey): { readonly algorithm: WebKeyAlgorithm; readonly bits?: WebKeyBits } => {
  switch (key.case) {
    case "rsa": {
      const bits = bitsOf[key.value.bits || RSABits.RSA_BITS_2048];
      const algorithm = hasherOf[key.value.hasher || RSAHasher.RSA_HASHER_SHA256];
      if (bits === undefined || algorithm === undefined) throw unknown("rsa");
      return { algorithm, bits };
    }
    case "ecdsa": {
      const algorithm = curveOf[key.value.curve || ECDSACurve.ECDSA_CURVE_P256];
      if (algorithm === undefined) throw unknown("ecdsa.curve");
      return { algorithm };
    }
    case "ed25519":
      return { algorithm: "EdDSA" };
    case undefined:
      return { algorithm: "RS256" };
  }
};

const enumValueOf = <Name>(names: { readonly [value: number]: Name }, name: Name): number =>
  Number(Object.entries(names).find(([, one]) => one === name)?.[0] ?? 0);

const states = { initial: State.INITIAL, active: State.ACTIVE, inactive: State.INACTIVE } as const;

const keyOf = ({ algorithm, bits }: WebKeyView): NonNullable<MessageInitShape<typeof WebKeySchema>["key"]> => {
  if (bits !== null) {
    const value = { bits: enumValueOf(bitsOf, bits), hasher: enumValueOf(hasherOf, algorithm) };
    return { case: "rsa", value };
  }
  if (algorithm === "EdDSA") return { case: "ed25519", value: {} };
  return { case: "ecdsa", value: { curve: enumValueOf(curveOf, algorithm) } };
};

const methodsOf = ({ run, webKeys }: Deps) => ({
  createWebKey: async (req: { readonly key: AskedKey }, call: Call) => {
    const done = await run(generateWebKey, call.ctx, kindOf(req.key));
    return { id: done.result.keyId, creationDate: toTimestamp(done.at) };
  },
  activateWebKey: async (req: { readonly id: string }, call: Call) => {
    const keyId = parse(webKeyId, req.id);
    const active = await webKeys.active(call.ctx.instanceId);
    const done = await run(activateWebKey, call.ctx, { keyId, replaces: active?.keyId ?? keyId });
    return { changeDate: toTimestamp(done.at) };
  },
  deleteWebKey: async (req: { readonly id: string }, call: Call) => {
    const done = await run(removeWebKey, call.ctx, { keyId: parse(webKeyId, req.id) });
    return done.result.removed ? { deletionDate: toTimestamp(done.at) } : {};
  },
  listWebKeys: async (_req: object, call: Call) => ({
    webKeys: (await webKeys.list(call.ctx)).map((key) => ({
      id: key.keyId,
      creationDate: toTimestamp(key.createdAt),
      changeDate: toTimestamp(key.changedAt),
      state: states[key.state],
      key: keyOf(key),
    })),
  }),
});

/** zitadel.webkey.v2.WebKeyService */
export const webKeyService = (deps: Deps): RpcService<typeof WebKeyService> =>
  rpcService(WebKeyService, methodsOf(deps));

/** zitadel.webkey.v2beta.WebKeyService */
export const webKeyBetaService = (deps: Deps): RpcService<typeof beta.WebKeyService> =>
  // The same messages under other type names: TypeScript tells their enums apart, the wire does not.
  rpcService(beta.WebKeyService, methodsOf(deps) as unknown as RpcMethods<typeof beta.WebKeyService>);
