import { create, fromJson, type JsonObject, toJson } from "@bufbuild/protobuf";
import { z } from "zod";
import {
  type ClientSettings as ClientSettingsMessage,
  ClientSettingsSchema,
  ClientSettingsService,
} from "../../../proto/gen/munot/application/v1/client_settings_pb.js";
import type { Run } from "../../kernel/command.ts";
import { parse } from "../../kernel/runner.ts";
import { toTimestamp } from "../../kernel/time.ts";
import { type RpcService, rpcService } from "../../platform/http/rpc.ts";
import type { ApplicationReader } from "./application.queries.ts";
import { type ClientSettings, clientSettings } from "./client-settings.events.ts";
import { setClientSettings } from "./set-client-settings.ts";

type Deps = {
  readonly run: Run<unknown>;
  readonly applications: Pick<ApplicationReader, "settingsOf">;
};

/** munot.application.v1.ClientSettingsService */
export const clientSettingsService = ({ run, applications }: Deps): RpcService<typeof ClientSettingsService> =>
  rpcService(ClientSettingsService, {
    getClientSettings: async ({ projectId, applicationId }, call) => ({
      settings: messageOf(await applications.settingsOf(call.ctx, { projectId, applicationId })),
    }),
    setClientSettings: async ({ projectId, applicationId, settings }, call) => {
      const done = await run(setClientSettings, call.ctx, {
        projectId,
        applicationId,
        settings: settingsOf(settings ?? create(ClientSettingsSchema)),
      });
      return { changeDate: toTimestamp(done.at) };
    },
  });

/** The fields of the message are the settings by name, so its JSON is what the settings are parsed from. */
const settingsOf = (message: ClientSettingsMessage): ClientSettings => {
  const { scopes, ...given } = message;
  delete given.clientSecretExpiresAt;
  const json = toJson(ClientSettingsSchema, { ...given, scopes: [] });
  return parse(
    z.object({ settings: clientSettings }),
    // A list has no "not set" of its own in the message: empty stands for all scopes.
    { settings: { ...(json as JsonObject), scopes: scopes.length === 0 ? null : scopes } },
  ).settings;
};

const messageOf = (settings: ClientSettings): ClientSettingsMessage => {
  const set = Object.entries(settings).filter(([, value]) => value !== null);
  return fromJson(ClientSettingsSchema, JSON.parse(JSON.stringify(Object.fromEntries(set))));
};
