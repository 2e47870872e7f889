import type { Ctx } from "../../../kernel/actor.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import { defaultClientSettings } from "../../../modules/application/client-settings.events.ts";
import type { ClaimsRequest } from "../../../modules/auth-request/claims-request.events.ts";
import type { Granted } from "../../../modules/grant/credentials.ts";
import type { GrantReader } from "../../../modules/grant/grant.queries.ts";
import { defaultLifetimes } from "../../../modules/instance/lifetimes.events.ts";
import { type ClaimRequest, type ClaimSource, type ClaimSources, gatherClaims } from "../claims/claim-sources.ts";
import { claimsAskedOneByOne } from "../claims/requested-claims.ts";
import type { TokenInstance } from "../instance.ts";
import type { Recipient } from "../token/callers/caller.ts";
import { accessTokenClaims } from "./access-token.ts";
import type { Claims } from "./claims.ts";
import type { ClientJwt } from "./client-jwt.ts";
import { type IdTokenFacts, idTokenClaims } from "./id-token.ts";
import { mustBeOfOrganization } from "./organization-bound.ts";
import type { SignerOf } from "./signer.ts";
import { signerWithin } from "./signer-within.ts";

/** What stands beside an ID token in the same answer: it is tied to them (OpenID Connect Core 1.0 §3.3.2.11). */
export type BesideIdToken = { readonly accessToken: string | null; readonly code: string | null };

/** Writes the tokens that clients get, wherever they get them: at the token endpoint or with the authorization response. */
export type IssueTokens = {
  /** the access token of what was granted: as it was minted, or as JWT (RFC 9068) where the recipient has chosen that */
  readonly accessToken: (ctx: Ctx, instance: TokenInstance, to: Recipient, granted: Granted) => Promise<string>;
  readonly idToken: (
    ctx: Ctx,
    instance: TokenInstance,
    client: Client | null,
    signedIn: IdTokenFacts,
    beside: BesideIdToken,
  ) => Promise<string>;
};

export type IssueTokensDeps = {
  readonly signerOf: SignerOf;
  readonly clientJwt: ClientJwt;
  readonly sources: ClaimSources;
  readonly subject: GrantReader["subject"];
};

type Concerns = Pick<Granted, "userId" | "scope" | "audience">;

/** A service account that asks for itself has set nothing. */
const unset = { settings: defaultClientSettings };

/** Makes {@link IssueTokens}. */
export const tokenIssuer = ({ signerOf, clientJwt, sources, subject }: IssueTokensDeps): IssueTokens => {
  const asserted = async (
    ctx: Ctx,
    client: Client | null,
    chosen: readonly ClaimSource[],
    { userId, scope, audience }: Concerns,
    place: "id_token" | "access_token",
    one: ClaimsRequest["id_token"] = undefined,
  ): Promise<Claims> => {
    const read = async (): Promise<ClaimRequest | null> => {
      const found = userId === null ? null : await subject(ctx.instanceId, userId);
      // Whoever switched roles on for a kind of token gets all of the project's, asked for or not.
      const project = client === null ? null : { id: client.projectId, roleAssertion: true };
      return found && { ctx, subject: found, scope, audience, project };
    };
    const isAsked = chosen.length > 0 || Object.keys(one ?? {}).length > 0;
    const request = isAsked ? await read() : null;
    const claims =
      request === null
        ? {}
        : {
            ...(await claimsAskedOneByOne(sources.user, request, one)),
            ...(chosen.length === 0 ? {} : await gatherClaims(chosen, request)),
          };
    return sources.map(client?.settings ?? null, place, async () => request ?? (await read()), claims);
  };

  return {
    accessToken: async (ctx, instance, { client, accessTokenType }, granted) => {
      await mustBeOfOrganization(subject, ctx, granted);
      if (accessTokenType === "bearer") return granted.access.text;
      const roles = client?.oidc?.accessTokenRoleAssertion ? sources.roles : [];
      const { sign } = await signerWithin(signerOf, ctx.instanceId, client, null);
      return sign("at+jwt", {
        ...(await asserted(ctx, client, roles, granted, "access_token")),
        ...accessTokenClaims(ctx, instance, client, granted),
      });
    },

    idToken: async (ctx, instance, client, signedIn, beside) => {
      await mustBeOfOrganization(subject, ctx, signedIn);
      const chosen = [
        // OpenID Connect Core 1.0 §5.4: without an access token there is no userinfo to give what the scope asks for.
        ...(client?.oidc?.idTokenUserinfoAssertion || (beside.accessToken ?? beside.code) === null ? sources.user : []),
        ...(client?.oidc?.idTokenRoleAssertion ? sources.roles : []),
      ];
      const { alg, write } = await clientJwt(ctx.instanceId, client ?? unset, "id_token");
      return write(
        idTokenClaims(ctx, instance, client, signedIn, {
          ...beside,
          alg,
          asserted: await asserted(ctx, client, chosen, signedIn, "id_token", signedIn.claims?.id_token),
          lifetimeSeconds: (client?.lifetimes ?? defaultLifetimes).idTokenSeconds,
        }),
      );
    },
  };
};
