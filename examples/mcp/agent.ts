import { type OAuthClientProvider, UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { OAuthClientInformationMixed, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import { z } from "zod";

export type AgentOptions = {
  /** the one thing that it is told */
  readonly serverUrl: string;
  /** where the person's browser comes back to */
  readonly redirectUrl: string;
  /** the address of the agent's own metadata document; without one it registers itself */
  readonly clientMetadataUrl?: string;
  /** takes a person through sign-in and consent; gives the code that comes back */
  readonly authorize: (url: URL) => Promise<string>;
};

/**
 * An MCP client as the SDK makes it: it finds the authorization server by the MCP server's metadata, makes itself known
 * there, and asks for more when the server says that the scope is not enough.
 */
export const startAgent = async ({ serverUrl, redirectUrl, clientMetadataUrl, authorize }: AgentOptions) => {
  let known: OAuthClientInformationMixed | undefined;
  let tokens: OAuthTokens | undefined;
  let verifier = "";
  let asked: URL | undefined;

  const provider: OAuthClientProvider = {
    redirectUrl,
    ...(clientMetadataUrl === undefined ? {} : { clientMetadataUrl }),
    clientMetadata: { client_name: "Example agent", redirect_uris: [redirectUrl], token_endpoint_auth_method: "none" },
    clientInformation: () => known,
    saveClientInformation: (information) => {
      known = information;
    },
    tokens: () => tokens,
    saveTokens: (saved) => {
      tokens = saved;
    },
    redirectToAuthorization: (url) => {
      asked = url;
    },
    saveCodeVerifier: (saved) => {
      verifier = saved;
    },
    codeVerifier: () => verifier,
  };

  const connect = async () => {
    const transport = new StreamableHTTPClientTransport(new URL(serverUrl), { authProvider: provider });
    const client = new Client({ name: "example-agent", version: "1.0.0" });
    // The SDK's own transport does not compile as its transport under exactOptionalPropertyTypes.
    await client.connect(transport as Parameters<Client["connect"]>[0]);
    return client;
  };

  /** Does what needs a token; when there is none, or it does not reach, takes the person through and does it again. */
  const authorized = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UnauthorizedError) || asked === undefined) throw error;
      const code = await authorize(asked);
      await new StreamableHTTPClientTransport(new URL(serverUrl), { authProvider: provider }).finishAuth(code);
      return work();
    }
  };

  const client = await authorized(connect);
  return {
    /** who it is to the authorization server */
    clientId: () => known?.client_id,
    /** the scope of the token in use */
    scope: () => tokens?.scope,
    accessToken: () => tokens?.access_token,
    call: async (name: string, values: Record<string, unknown> = {}): Promise<string> => {
      const { content } = await authorized(() => client.callTool({ name, arguments: values }));
      return z
        .array(z.object({ text: z.string() }))
        .parse(content)
        .map(({ text }) => text)
        .join("\n");
    },
    stop: () => client.close(),
  };
};
