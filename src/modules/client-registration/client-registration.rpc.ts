import { create, fromJson, type JsonObject, toJson } from "@bufbuild/protobuf";
import {
  ClientRegistrationService,
  RegistrationPolicySchema,
} from "../../../proto/gen/munot/registration/v1/client_registration_pb.js";
import type { Run } from "../../kernel/command.ts";
import { tokenId } from "../../kernel/ids.ts";
import { parse } from "../../kernel/runner.ts";
import { fromTimestamp, toTimestamp } from "../../kernel/time.ts";
import type { MintToken } from "../../kernel/token.ts";
import { type RpcService, rpcService } from "../../platform/http/rpc.ts";
import { addInitialAccessToken } from "./add-initial-access-token.ts";
import { registrationPolicy } from "./client-registration.events.ts";
import type { ClientRegistrationReader } from "./client-registration.queries.ts";
import { removeInitialAccessToken } from "./remove-initial-access-token.ts";
import { setRegistrationPolicy } from "./set-registration-policy.ts";

type Deps = {
  readonly run: Run<{ readonly mintToken: MintToken }>;
  readonly registration: Pick<ClientRegistrationReader, "policy" | "initialTokens">;
};

/** Lists of the message that are empty say nothing: they have their defaults. */
const lists = ["grantTypes", "scopes", "resources"] as const;

/** munot.registration.v1.ClientRegistrationService */
export const clientRegistrationService = ({ run, registration }: Deps): RpcService<typeof ClientRegistrationService> =>
  rpcService(ClientRegistrationService, {
    getRegistrationPolicy: async (_req, call) => {
      const set = Object.entries(await registration.policy(call.ctx)).filter(([, value]) => value !== null);
      const json = JSON.parse(JSON.stringify(Object.fromEntries(set), (_key, value) => value ?? undefined));
      return { policy: fromJson(RegistrationPolicySchema, json) };
    },
    setRegistrationPolicy: async (req, call) => {
      // The fields of the message are the policy's by name, and its JSON has objects for messages.
      const json = toJson(RegistrationPolicySchema, req.policy ?? create(RegistrationPolicySchema)) as JsonObject;
      for (const name of lists) if (req.policy?.[name].length === 0) delete json[name];
      const done = await run(setRegistrationPolicy, call.ctx, { policy: parse(registrationPolicy, json) });
      return { changeDate: toTimestamp(done.at) };
    },
    createInitialAccessToken: async (req, call) => {
      const expiresAt = req.expirationDate === undefined ? null : fromTimestamp(req.expirationDate);
      const done = await run(addInitialAccessToken, call.ctx, { name: req.name, expiresAt });
      return { ...done.result, creationDate: toTimestamp(done.at) };
    },
    listInitialAccessTokens: async (_req, call) => ({
      tokens: (await registration.initialTokens(call.ctx)).map((one) => ({
        tokenId: one.tokenId,
        name: one.name,
        creationDate: toTimestamp(one.createdAt),
        ...(one.expiresAt === null ? {} : { expirationDate: toTimestamp(one.expiresAt) }),
      })),
    }),
    removeInitialAccessToken: async (req, call) => {
      const done = await run(removeInitialAccessToken, call.ctx, { tokenId: parse(tokenId, req.tokenId) });
      return { deletionDate: toTimestamp(done.at) };
    },
  });
