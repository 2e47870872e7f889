import type { InstanceId } from "../../../kernel/ids.ts";
import type { ClientSettings } from "../../../modules/application/client-settings.events.ts";
import type { SigningAlgorithm } from "../../../platform/keys/algorithms.ts";
import type { ClientKeys } from "../client-keys.ts";
import type { Claims } from "./claims.ts";
import { encryptFor } from "./encrypt.ts";
import type { SignerOf, TokenType } from "./signer.ts";
import { signerWithin } from "./signer-within.ts";

type AlgSetting = Extract<keyof ClientSettings, `${string}Alg` | `${string}Enc`>;
type Rule = {
  readonly typ: TokenType;
  readonly signed: AlgSetting;
  readonly alg: AlgSetting;
  readonly enc: AlgSetting;
};

/** Every JWT that is made for a client to read, and by which of its settings it is signed and encrypted. */
const clientJwts = {
  id_token: {
    typ: "JWT",
    signed: "idTokenSignedResponseAlg",
    alg: "idTokenEncryptedResponseAlg",
    enc: "idTokenEncryptedResponseEnc",
  },
  /** OpenID Connect Back-Channel Logout 1.0 §2.4: as the client's ID tokens are */
  logout_token: {
    typ: "logout+jwt",
    signed: "idTokenSignedResponseAlg",
    alg: "idTokenEncryptedResponseAlg",
    enc: "idTokenEncryptedResponseEnc",
  },
  /** OpenID Connect Core 1.0 §5.3.2 */
  userinfo: {
    typ: "JWT",
    signed: "userinfoSignedResponseAlg",
    alg: "userinfoEncryptedResponseAlg",
    enc: "userinfoEncryptedResponseEnc",
  },
  /** RFC 9701 §5 */
  introspection: {
    typ: "token-introspection+jwt",
    signed: "introspectionSignedResponseAlg",
    alg: "introspectionEncryptedResponseAlg",
    enc: "introspectionEncryptedResponseEnc",
  },
  /** JARM §2.2 */
  authorization: {
    typ: "JWT",
    signed: "authorizationSignedResponseAlg",
    alg: "authorizationEncryptedResponseAlg",
    enc: "authorizationEncryptedResponseEnc",
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type ClientJwtKind = keyof typeof clientJwts;

/** Signs, and where the client asks for it encrypts. `alg` signs: `at_hash` and its like are made with its hash. */
export type ClientJwtWriter = {
  readonly alg: SigningAlgorithm;
  readonly write: (claims: Claims) => Promise<string>;
};

type WithSettings = { readonly settings: ClientSettings };

/** The writer of one kind of JWT for one client, as its settings ask. */
export type ClientJwt = (instanceId: InstanceId, client: WithSettings, kind: ClientJwtKind) => Promise<ClientJwtWriter>;

/** Makes a {@link ClientJwt}. */
export const clientJwtWriter =
  ({ signerOf, clientKeys }: { readonly signerOf: SignerOf; readonly clientKeys: ClientKeys }): ClientJwt =>
  async (instanceId, client, kind) => {
    const { typ, ...names } = clientJwts[kind];
    const { settings } = client;
    const { alg, sign } = await signerWithin(signerOf, instanceId, client, settings[names.signed]);
    const encryption = settings[names.alg];
    return {
      alg,
      write: async (claims) => {
        const jws = await sign(typ, claims);
        if (encryption === null) return jws;
        return encryptFor(await clientKeys(client), { alg: encryption, enc: settings[names.enc] }, jws);
      },
    };
  };
