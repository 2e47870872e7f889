import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Organization } from "@zitadel/proto/zitadel/object/v2/object_pb.js";
import { AccessTokenType, Gender, type UserSchema, UserState } from "@zitadel/proto/zitadel/user/v2/user_pb.js";
import { UserService } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { can } from "../../kernel/actor.ts";
import type { Run } from "../../kernel/command.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { toTimestamp } from "../../kernel/time.ts";
import { detailsOf, detailsOfRow, listDetailsOf, pageOf, sortColumn } from "../../platform/http/details.ts";
import { type Call, type RpcService, rpcService } from "../../platform/http/rpc.ts";
import type { OrgReader } from "../org/org.queries.ts";
import { addHumanUser } from "./add-human-user.ts";
import { addMachineUser } from "./add-machine-user.ts";
import { type ContactSources, contactMethods } from "./contact.rpc.ts";
import type { CredentialReader } from "./credential.queries.ts";
import { type CredentialSources, credentialMethods } from "./credential.rpc.ts";
import { deactivateUser } from "./deactivate-user.ts";
import type { HumanUserSources } from "./human-user.events.ts";
import { codesOf, genderNames, humanUserOf } from "./human-user.rpc.ts";
import { lockUser } from "./lock-user.ts";
import type { MetadataReader } from "./metadata.queries.ts";
import { type MetadataSources, metadataMethods } from "./metadata.rpc.ts";
import { reactivateUser } from "./reactivate-user.ts";
import { removeUser } from "./remove-user.ts";
import { unlockUser } from "./unlock-user.ts";
import { updateMethods } from "./update-user.rpc.ts";
import type { UpdateUserSources } from "./update-user.ts";
import type { UserReader, UserView } from "./user.queries.ts";
import { filterOf, sortNames } from "./user-search.rpc.ts";

/** What the commands behind this service need from outside. */
export type UserSources = HumanUserSources & ContactSources & UpdateUserSources & CredentialSources & MetadataSources;

type Deps = {
  readonly run: Run<UserSources>;
  readonly users: Pick<UserReader, "get" | "list">;
  readonly orgs: Pick<OrgReader, "orgByDomain">;
  readonly credentials: Pick<CredentialReader, "listKeys" | "listPats">;
  readonly metadata: Pick<MetadataReader, "list">;
};

/** zitadel.user.v2.UserService */
export const userService = ({ run, users, orgs, credentials, metadata }: Deps): RpcService<typeof UserService> => {
  /** The org that a request names by id or domain; the caller's own when it names none. */
  const orgOf = async (named: Organization | undefined, call: Call): Promise<string> => {
    const { ctx } = call;
    switch (named?.org.case) {
      case "orgId":
        return named.org.value;
      case "orgDomain": {
        const found = await orgs.orgByDomain(ctx, named.org.value.toLowerCase());
        if (found) return found;
        throw new Refusal(can(ctx.actor, "user.write") ? "org.not_found" : "auth.denied");
      }
      default:
        if (ctx.actor.kind === "anonymous") throw new Refusal("auth.missing");
        return call.orgHeader ?? (ctx.actor.kind === "user" ? ctx.actor.orgId : "");
    }
  };

  return rpcService(UserService, {
    addHumanUser: async (req, call) => {
      const orgId = await orgOf(req.organization, call);
      const done = await run(addHumanUser, call.ctx, { ...humanUserOf(req, req), orgId });
      return { userId: done.result.userId, details: detailsOf(done, call), ...codesOf(done.result) };
    },
    createUser: async (req, call) => {
      const orgId = req.organizationId;
      switch (req.userType.case) {
        case "human": {
          const human = humanUserOf(req.userType.value, req);
          const done = await run(addHumanUser, call.ctx, { ...human, orgId });
          return { id: done.id, creationDate: toTimestamp(done.at), ...codesOf(done.result) };
        }
        case "machine": {
          const { name, description } = req.userType.value;
          const done = await run(addMachineUser, call.ctx, {
            orgId,
            userId: req.userId || undefined,
            userName: req.username || undefined,
            name,
            description,
          });
          return { id: done.id, creationDate: toTimestamp(done.at) };
        }
        default:
          throw new Refusal("request.invalid", { fields: [{ path: "userType", problem: "is missing" }] });
      }
    },
    getUserByID: async (req, call) => {
      const user = messageOf(await users.get(call.ctx, req.userId), call);
      return { user, ...(user.details ? { details: user.details } : {}) };
    },
    listUsers: async (req, call) => {
      const { rows, total } = await users.list(call.ctx, {
        filters: req.queries.map((query) => filterOf(query)),
        sortBy: sortColumn(sortNames, req.sortingColumn, "created"),
        page: pageOf(req.query),
      });
      return {
        details: listDetailsOf(total, call),
        sortingColumn: req.sortingColumn,
        result: rows.map((row) => messageOf(row, call)),
      };
    },
    deleteUser: async (req, call) => ({
      details: detailsOf(await run(removeUser, call.ctx, { userId: req.userId }), call),
    }),
    deactivateUser: async (req, call) => ({
      details: detailsOf(await run(deactivateUser, call.ctx, { userId: req.userId }), call),
    }),
    reactivateUser: async (req, call) => ({
      details: detailsOf(await run(reactivateUser, call.ctx, { userId: req.userId }), call),
    }),
    lockUser: async (req, call) => ({
      details: detailsOf(await run(lockUser, call.ctx, { userId: req.userId }), call),
    }),
    unlockUser: async (req, call) => ({
      details: detailsOf(await run(unlockUser, call.ctx, { userId: req.userId }), call),
    }),
    ...credentialMethods({ run, credentials }),
    ...contactMethods(run),
    ...metadataMethods({ run, metadata }),
    ...updateMethods(run),
  });
};

const states = {
  active: UserState.ACTIVE,
  inactive: UserState.INACTIVE,
  locked: UserState.LOCKED,
} as const;

const accessTokenTypes = { bearer: AccessTokenType.BEARER, jwt: AccessTokenType.JWT } as const;

const genderOf = (name: (typeof genderNames)[Gender]): Gender =>
  [Gender.FEMALE, Gender.MALE, Gender.DIVERSE].find((gender) => genderNames[gender] === name) ?? Gender.UNSPECIFIED;

const messageOf = (user: UserView, call: Call): MessageInitShape<typeof UserSchema> => {
  const common = {
    userId: user.userId,
    state: states[user.state],
    username: user.userName,
    loginNames: [user.userName],
    preferredLoginName: user.preferredLoginName,
  };
  const details = detailsOfRow({ ...user, ownerOrg: user.orgId }, call);
  if (user.type === "machine") {
    const { name, description } = user;
    const accessTokenType = accessTokenTypes[user.accessTokenType];
    return { ...common, details, type: { case: "machine", value: { name, description, accessTokenType } } };
  }
  return {
    ...common,
    details,
    type: {
      case: "human",
      value: {
        ...common,
        profile: {
          givenName: user.givenName,
          familyName: user.familyName,
          nickName: user.nickName,
          displayName: user.displayName,
          preferredLanguage: user.preferredLanguage,
          gender: genderOf(user.gender),
        },
        email: { email: user.email, isVerified: user.emailVerified },
        ...(user.phone === "" ? {} : { phone: { phone: user.phone, isVerified: user.phoneVerified } }),
        passwordChangeRequired: user.passwordChangeRequired,
        ...(user.passwordChangedAt === null ? {} : { passwordChanged: toTimestamp(user.passwordChangedAt) }),
      },
    },
  };
};
