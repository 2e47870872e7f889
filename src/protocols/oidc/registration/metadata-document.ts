import type { Ctx } from "../../../kernel/actor.ts";
import type { Run } from "../../../kernel/command.ts";
import type { ClientId } from "../../../kernel/ids.ts";
import { Refusal } from "../../../kernel/refusal.ts";
import { addSeconds, type Instant } from "../../../kernel/time.ts";
import type { OidcConfig } from "../../../modules/application/application.events.ts";
import type { Client, ClientReader } from "../../../modules/application/client.queries.ts";
import { type ClientSettings, clientSettings } from "../../../modules/application/client-settings.events.ts";
import { type RegisterClientSources, registerClient } from "../../../modules/application/register-client.ts";
import { updateRegisteredClient } from "../../../modules/application/update-registered-client.ts";
import type { RegistrationPolicy } from "../../../modules/client-registration/client-registration.events.ts";
import type { ClientRegistrationReader } from "../../../modules/client-registration/client-registration.queries.ts";
import type { Dialer, Fetched } from "../../../platform/dial/dialer.ts";
import { parseJson } from "../../../platform/keys/verifying.ts";
import { OAuthError } from "../errors.ts";
import { type ClientMetadata, readMetadata } from "./client-metadata.ts";
import type { PerAddress } from "./per-address.ts";
import { checkSector } from "./sector-identifier.ts";

export type MetadataDocumentDeps = {
  readonly run: Run<RegisterClientSources>;
  readonly clients: Pick<ClientReader, "find">;
  readonly dialer: Pick<Dialer, "fetch">;
  readonly registration: Pick<ClientRegistrationReader, "policyOf" | "countClients">;
  readonly admitsAddress: PerAddress;
};

/** Finds the client that a request names; one that is named by an address is what its document says now. */
export type FindNamedClient = (ctx: Ctx, clientId: ClientId) => Promise<Client | null>;

/** §4.3: small, quickly, and from that very address: a redirect would make it somebody else's. */
const fetching = {
  timeoutMs: 5_000,
  maxBytes: 16_384,
  maxRedirects: 0,
  httpsOnly: true,
  headers: { accept: "application/json" },
};

/** How long a document may be kept, whatever its server says (§4.4, RFC 9111 §4.2). */
const keptSeconds = { least: 60, most: 86_400, unsaid: 300 };
const keptDocuments = 10_000;

/** §3: https, a path, no dot segments, no fragment, no user name; as the one way of writing it. */
export const isMetadataAddress = (id: string): boolean => {
  if (!id.startsWith("https://")) return false;
  const url = URL.parse(id);
  return url !== null && url.href === id && url.pathname !== "/" && !id.includes("#") && !url.username && !url.password;
};

/**
 * draft-ietf-oauth-client-id-metadata-document: a client id that is an https address is that of the client's metadata, which
 * are fetched through the guarded dialer. The client becomes an application of the policy's project when it is first
 * named and follows its document from then on, so that all that holds for applications holds for it.
 */
export const namedClientFinder = (deps: MetadataDocumentDeps): FindNamedClient => {
  const freshUntil = new Map<string, Instant>();
  const fetches = new Map<string, Promise<void>>();
  const failing = new Set<string>();

  const refresh = async (ctx: Ctx, id: ClientId, known: Client | null, policy: RegistrationPolicy): Promise<void> => {
    const answer = await fetchDocument(deps, id);
    const document = readDocument(id, answer);
    const read = readMetadata(document, policy);
    await checkSector(deps.dialer, read);
    const parsed = clientSettings.safeParse(read.settings);
    if (!parsed.success)
      throw unusable(`${parsed.error.issues[0]?.path.join(".")}: ${parsed.error.issues[0]?.message}`);
    const input = { config: read.config, settings: parsed.data };
    if (known !== null) await deps.run(updateRegisteredClient, ctx, { ...input, applicationId: known.applicationId });
    else await introduce(deps, ctx, id, input, policy);
    if (freshUntil.size >= keptDocuments) freshUntil.clear();
    freshUntil.set(keyOf(ctx, id), addSeconds(ctx.now, lifeOf(answer)));
  };

  return async (ctx, id) => {
    if (!isMetadataAddress(id)) return id.startsWith("https:") ? null : deps.clients.find(ctx.instanceId, id);
    const policy = await deps.registration.policyOf(ctx.instanceId);
    if (!policy.metadataDocuments) return null;
    const known = await deps.clients.find(ctx.instanceId, id);
    // An administrator has switched it off: its document cannot switch it on again.
    if (known !== null && !known.isActive) return known;
    const key = keyOf(ctx, id);
    if (known !== null && (freshUntil.get(key) ?? 0) > ctx.now) return known;
    const running = fetches.get(key);
    // Whoever names new clients, or old ones that cannot be read, sends us on errands: so often and no more.
    const isErrand = known === null || failing.has(key);
    if (
      running === undefined &&
      isErrand &&
      !deps.admitsAddress(ctx.client?.ip ?? "", policy.perAddressPerHour, ctx.now)
    ) {
      throw new Refusal("request.overloaded");
    }
    const work = running ?? refresh(ctx, id, known, policy).finally(() => fetches.delete(key));
    fetches.set(key, work);
    await work.catch((error: unknown) => {
      if (failing.size >= keptDocuments) failing.clear();
      failing.add(key);
      throw asUnusable(error);
    });
    failing.delete(key);
    return deps.clients.find(ctx.instanceId, id);
  };
};

const keyOf = ({ instanceId }: Ctx, id: ClientId): string => `${instanceId} ${id}`;

const fetchDocument = (deps: MetadataDocumentDeps, id: ClientId): Promise<Fetched> =>
  deps.dialer.fetch(id, fetching).catch((error: unknown) => {
    throw unusable("it cannot be fetched", String(error));
  });

/** §4.1: what a document must and must not say. */
const readDocument = (id: ClientId, { status, headers, body }: Fetched): ClientMetadata => {
  const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (status !== 200) throw unusable(`its server answers ${status}`);
  if (type !== "application/json" && !/^application\/[a-z0-9.-]+\+json$/.test(type)) throw unusable("it is not JSON");
  const document = parseJson(body);
  if (typeof document !== "object" || document === null || Array.isArray(document))
    throw unusable("it is not a JSON object");
  const metadata: ClientMetadata = { ...document };
  if (metadata["client_id"] !== id) throw unusable("its client_id is not its address");
  if ("client_secret" in metadata || "client_secret_expires_at" in metadata) throw unusable("it holds a secret");
  const method = metadata["token_endpoint_auth_method"] ?? "none";
  if (typeof method !== "string" || method.startsWith("client_secret")) {
    throw unusable("its client would authenticate by a secret, which nobody could have given it");
  }
  const uris = metadata["redirect_uris"];
  const origin = URL.parse(id)?.origin;
  const isOwn = (uri: unknown): boolean => {
    const url = typeof uri === "string" ? URL.parse(uri) : null;
    return url !== null && (url.origin === origin || (url.protocol === "http:" && loopback.has(url.hostname)));
  };
  // §6.1: a document can name its own host as the place where codes go, and the device of who reads it (RFC 8252 §7.3).
  if (Array.isArray(uris) && !uris.every(isOwn))
    throw unusable("a redirect URI is neither of its own origin nor loopback");
  return { ...metadata, token_endpoint_auth_method: method };
};

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

const introduce = async (
  deps: MetadataDocumentDeps,
  ctx: Ctx,
  id: ClientId,
  input: { readonly config: OidcConfig; readonly settings: ClientSettings },
  policy: RegistrationPolicy,
): Promise<void> => {
  const { projectId } = policy;
  if (projectId === null) throw unusable("there is no project for it");
  if ((await deps.registration.countClients(ctx.instanceId, projectId)) >= policy.maxClients) {
    throw unusable("there are too many clients already");
  }
  await deps
    .run(registerClient, ctx, { ...input, projectId, by: { way: "metadata_document", clientId: id } })
    .catch((error: unknown) => {
      // Another process has met it in the same moment.
      if (!(error instanceof Refusal && error.code === "request.id_taken")) throw error;
    });
};

/** How long the answer says that it may be kept, within our bounds. */
const lifeOf = ({ headers }: Fetched): number => {
  const control = headers["cache-control"]?.toLowerCase() ?? "";
  if (/\bno-(store|cache)\b/.test(control)) return keptSeconds.least;
  const said = /\bmax-age=(\d{1,9})\b/.exec(control)?.[1];
  if (said === undefined) return keptSeconds.unsaid;
  return Math.min(Math.max(Number(said), keptSeconds.least), keptSeconds.most);
};

const unusable = (why: string, detail?: string): OAuthError =>
  new OAuthError("invalid_client", {
    description: `The metadata document of the client cannot be used: ${why}`,
    page: "clientUnknown",
    ...(detail === undefined ? {} : { detail }),
  });

const asUnusable = (error: unknown): unknown => {
  if (error instanceof OAuthError && error.code !== "invalid_client") return unusable(error.description);
  if (error instanceof Refusal && (error.kind === "invalid" || error.kind === "precondition")) {
    const fields = (error.details.fields ?? []).map(({ path, problem }) => `${path} ${problem}`).join("; ");
    return unusable(fields || error.message);
  }
  return error;
};
