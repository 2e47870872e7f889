import type { InstanceId } from "../../kernel/ids.ts";
import type { Db } from "../../schema.ts";
import { readLifetimes } from "../instance/lifetimes.events.ts";
import { type AnswerSignature, signaturesAsked } from "./client-algorithms.events.ts";
import { readClientSettings } from "./client-settings.events.ts";

/** By what algorithms answers to clients are signed beside the active key's, and how long their tokens are valid at most. */
export type SigningUse = {
  readonly algorithms: readonly AnswerSignature[];
  readonly longestTokenSeconds: number;
};

const rowsAtOnce = 500;

/** What applications ask of signing keys: for whoever makes, retires and removes them. */
export const signingUseReader = ({ db }: { readonly db: Db }) => ({
  /** All applications that set anything, some at a time. */
  signingUse: async (instanceId: InstanceId): Promise<SigningUse> => {
    const algorithms = new Set<AnswerSignature>();
    const instance = await db
      .selectFrom("instances")
      .select("oidc_settings")
      .where("instance_id", "=", instanceId)
      .executeTakeFirst();
    const ofInstance = readLifetimes(instance?.oidc_settings ?? "{}");
    let longestTokenSeconds = Math.max(ofInstance.accessTokenSeconds, ofInstance.idTokenSeconds);
    let after = "";
    for (;;) {
      const rows = await db
        .selectFrom("applications")
        .select(["application_id", "settings"])
        .where("instance_id", "=", instanceId)
        .where("settings", "<>", "{}")
        .where("application_id", ">", after)
        .orderBy("application_id")
        .limit(rowsAtOnce)
        .execute();
      for (const row of rows) {
        const settings = readClientSettings(row.settings);
        for (const alg of signaturesAsked(settings)) algorithms.add(alg);
        longestTokenSeconds = Math.max(
          longestTokenSeconds,
          settings.accessTokenSeconds ?? 0,
          settings.idTokenSeconds ?? 0,
        );
      }
      if (rows.length < rowsAtOnce) return { algorithms: [...algorithms], longestTokenSeconds };
      after = rows.at(-1)?.application_id ?? "";
    }
  },
});
