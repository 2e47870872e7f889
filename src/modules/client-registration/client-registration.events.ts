import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";
import { projectId, tokenId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { type Instant, instant } from "../../kernel/time.ts";

/** Who may register clients (RFC 7591 §3): nobody, holders of an initial access token, or everybody. */
const registrationModes = ["off", "token", "open"] as const;

/** Those by which its user is shown a page that says who asks, and the client's own. */
const strangersGrantTypes = ["authorization_code", "implicit", "refresh_token", "client_credentials"] as const;

/** RFC 7591 §2.3: whose software statements are believed, and with which keys they are verified. */
const statementIssuer = z
  .object({
    issuer: z.string().min(1).max(300),
    jwksUri: z
      .url({ protocol: /^https$/ })
      .max(300)
      .nullable()
      .default(null),
    jwks: z
      .object({ keys: z.array(z.record(z.string(), z.unknown())).max(5) })
      .nullable()
      .default(null),
  })
  .refine(({ jwks, jwksUri }) => (jwks === null) !== (jwksUri === null), "needs its keys, by value or by reference");

/** What clients that nobody set up may do. Its defaults are those of a new instance: there are no such clients. */
export const registrationPolicy = z.object({
  registration: z.enum(registrationModes).default("off"),
  /** clients may be named by the https address of their metadata (draft-ietf-oauth-client-id-metadata-document) */
  metadataDocuments: z.boolean().default(false),
  /** the project whose applications they become */
  projectId: projectId.nullable().default(null),
  grantTypes: z.array(z.enum(strangersGrantTypes)).max(10).default(["authorization_code", "refresh_token"]),
  /** beside those of resources that are not Munot's own */
  scopes: z
    .array(z.string().min(1).max(limits.idChars))
    .max(50)
    .default(["openid", "profile", "email", "offline_access"]),
  /** beginnings of resources (RFC 8707) that they may ask tokens for */
  resources: z
    .array(
      z
        .string()
        .max(300)
        .regex(/^https?:\/\/[^#\\\s]*$/, "must begin with https:// or http://"),
    )
    .max(20)
    .default(["https://"]),
  secretSeconds: z.int().positive().max(315_360_000).nullable().default(null),
  maxClients: z.int().nonnegative().max(1_000_000).default(1_000),
  perAddressPerHour: z.int().nonnegative().max(1_000_000).default(60),
  softwareStatementIssuers: z.array(statementIssuer).max(5).default([]),
  softwareStatementRequired: z.boolean().default(false),
});
export type RegistrationPolicy = z.output<typeof registrationPolicy>;
export const defaultRegistrationPolicy: RegistrationPolicy = registrationPolicy.parse({});

const moment = z.number().transform((micros) => instant(micros));
const initialToken = z.object({ tokenId, name: z.string(), expiresAt: moment.nullable() });

const events = {
  "instance.client_registration.policy.set": { payload: registrationPolicy },
  "instance.client_registration.token.added": { payload: initialToken },
  "instance.client_registration.token.removed": { payload: z.object({ tokenId }) },
} as const;

export type InitialToken = z.output<typeof initialToken> & { readonly createdAt: Instant };

export type ClientRegistrationState = {
  readonly policy: RegistrationPolicy | null;
  readonly tokens: readonly InitialToken[];
};

/** The id of the one stream of an instance. */
export const clientRegistrationId = "instance";

/** How clients come to an instance that nobody sets up. */
export const clientRegistration = defineStream<ClientRegistrationState>()({
  kind: "client_registration",
  revision: 1,
  events,
  initial: { policy: null, tokens: [] },
  evolve: {
    "instance.client_registration.policy.set": (state, { payload }) => ({ ...state, policy: payload }),
    "instance.client_registration.token.added": (state, { payload, at }) => ({
      ...state,
      tokens: [...state.tokens, { ...payload, createdAt: at }],
    }),
    "instance.client_registration.token.removed": (state, { payload }) => ({
      ...state,
      tokens: state.tokens.filter((one) => one.tokenId !== payload.tokenId),
    }),
  },
});

/** The policy as the read table keeps it. */
export const readRegistrationPolicy = (json: string): RegistrationPolicy => registrationPolicy.parse(JSON.parse(json));

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Whether a resource lies within one of the beginnings. `https://` admits all of the web; any other one names a host, and a
 * path from which on; of a loopback host without a port, every port is meant.
 */
export const isWithin = (beginnings: readonly string[], resource: string): boolean => {
  const asked = URL.parse(resource);
  if (asked === null || asked.username || asked.password) return false;
  return beginnings.some((one) => {
    if (/^https?:\/\/$/.test(one)) return one === `${asked.protocol}//`;
    const beginning = URL.parse(one);
    if (beginning === null || beginning.protocol !== asked.protocol || beginning.hostname !== asked.hostname)
      return false;
    const isPort = beginning.port === asked.port || (beginning.port === "" && loopback.has(asked.hostname));
    return isPort && isUnder(beginning.pathname, asked.pathname);
  });
};

/** Whole segments: what begins with `/team` is `/team` and `/team/x`, and not `/teams`. */
const isUnder = (beginning: string, path: string): boolean =>
  path === beginning || path.startsWith(beginning.endsWith("/") ? beginning : `${beginning}/`);

/** The policy that holds, from what is stored of it. */
export const policyOf = ({ policy }: ClientRegistrationState): RegistrationPolicy =>
  policy === null ? defaultRegistrationPolicy : policy;
