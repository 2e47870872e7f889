import { type Ctx, needs } from "../../kernel/actor.ts";
import type { InstanceId, ProjectId } from "../../kernel/ids.ts";
import { authorise } from "../../kernel/runner.ts";
import { onceByText } from "../../platform/db/once-by-text.ts";
import { prepareKept } from "../../platform/db/prepare.ts";
import type { Db } from "../../schema.ts";
import {
  defaultRegistrationPolicy,
  type RegistrationPolicy,
  readRegistrationPolicy,
} from "./client-registration.events.ts";

/** What holds for clients that nobody set up; for protocols, which ask with every such client. */
export type RegistrationPolicyOf = (instanceId: InstanceId) => Promise<RegistrationPolicy>;

const policyOfText = onceByText(readRegistrationPolicy);

export const clientRegistrationReader = ({ db }: { readonly db: Db }) => {
  const policyRow = prepareKept(db, 1_000, ({ instanceId }: { instanceId: InstanceId }) =>
    db.selectFrom("client_registration_policies").select("policy").where("instance_id", "=", instanceId),
  );
  const policyOf: RegistrationPolicyOf = async (instanceId) => {
    const [row] = await policyRow({ instanceId });
    return row === undefined ? defaultRegistrationPolicy : policyOfText(row.policy);
  };
  return {
    policyOf,
    policy: async (ctx: Ctx): Promise<RegistrationPolicy> => {
      authorise(ctx, needs("iam.policy.read"));
      return policyOf(ctx.instanceId);
    },
    initialTokens: async (ctx: Ctx) => {
      authorise(ctx, needs("iam.policy.read"));
      const rows = await db
        .selectFrom("initial_access_tokens")
        .select(["token_id", "name", "expires_at", "created_at"])
        .where("instance_id", "=", ctx.instanceId)
        .orderBy("token_id")
        .execute();
      return rows.map((row) => ({
        tokenId: row.token_id,
        name: row.name,
        expiresAt: row.expires_at,
        createdAt: row.created_at,
      }));
    },
    /** How many applications there are in the project of the clients that nobody set up. */
    countClients: async (instanceId: InstanceId, projectId: ProjectId): Promise<number> => {
      const { clients } = await db
        .selectFrom("applications")
        .select((eb) => eb.fn.countAll<number>().as("clients"))
        .where("instance_id", "=", instanceId)
        .where("project_id", "=", projectId)
        .executeTakeFirstOrThrow();
      return Number(clients);
    },
  };
};

export type ClientRegistrationReader = ReturnType<typeof clientRegistrationReader>;
