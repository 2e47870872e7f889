import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { type InstanceId, type WebKeyId, webKeyId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import {
  type WebKeyAlgorithm,
  type WebKeyBits,
  webKey,
  webKeyAlgorithms,
  webKeyBits,
  webKeysMax,
} from "./web-key.events.ts";

const input = z.object({
  keyId: webKeyId.optional(),
  algorithm: z.enum(webKeyAlgorithms).default("RS256"),
  /** of an RSA key */
  bits: z.literal(webKeyBits).default(2048),
  /** for the first key of an instance, which nobody can have fetched a predecessor of */
  activate: z.boolean().default(false),
});

/** A fresh key pair: the public JWK with `kid`, `alg` and `use`, and the private key, sealed for this instance and id. */
export type NewWebKey = (
  instanceId: InstanceId,
  keyId: WebKeyId,
  algorithm: WebKeyAlgorithm,
  bits: WebKeyBits,
) => Promise<{ readonly publicJwk: Readonly<Record<string, string>>; readonly privateKey: string }>;

export type WebKeySources = {
  readonly newWebKey: NewWebKey;
  readonly countWebKeys: (instanceId: InstanceId) => Promise<number>;
};

/** Makes a signing key. It is published at once and signs only when activated, so that verifiers have fetched it by then. */
export const generateWebKey = defineCommand({
  name: "web-key.generate",
  input,
  streams: ({ input, newId }) => ({ webKey: streamRef(webKey, input.keyId ?? newId()) }),
  permit: () => needs("iam.web_key.write"),
  facts: async (from: WebKeySources, { ctx, input, streams }) => {
    if ((await from.countWebKeys(ctx.instanceId)) >= webKeysMax) throw new Refusal("web_key.too_many");
    return from.newWebKey(ctx.instanceId, webKeyId.parse(streams.webKey.id), input.algorithm, input.bits);
  },
  decide: ({ input, streams, facts }) => {
    if (streams.webKey.exists) throw new Refusal("request.id_taken");
    const added = streams.webKey.record("web_key.added", { algorithm: input.algorithm, ...facts });
    return {
      events: input.activate ? [added, streams.webKey.record("web_key.activated", {})] : [added],
      result: { keyId: webKeyId.parse(streams.webKey.id) },
    };
  },
});
