import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";

/** What a tool call needs beside a token that was made for this server. */
const scopeOf: Readonly<Record<string, string>> = { read_notes: "notes:read", write_note: "notes:write" };
const everyCall = "notes:read";
const metadataPath = "/.well-known/oauth-protected-resource/mcp";

/**
 * An MCP server (Streamable HTTP) that keeps notes. All that it knows of Munot is its address: it publishes that as protected
 * resource metadata (RFC 9728), and takes from there the keys that tokens are verified with. Nobody registered it anywhere.
 */
export const startNotesServer = async ({ munotUrl, port }: { readonly munotUrl: string; readonly port: number }) => {
  const origin = `http://localhost:${port}`;
  const resource = `${origin}/mcp`;
  const provider = await discover(munotUrl);
  const keys = createRemoteJWKSet(new URL(provider.jwks_uri));
  const notes = new Map<string, string[]>();

  /** The claims of a token that Munot made for this very resource (RFC 9068 §4, RFC 8707 §2), or `null`. */
  const claimsOf = async ({ headers }: IncomingMessage): Promise<JWTPayload | null> => {
    const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
    if (token === undefined) return null;
    const expected = { issuer: provider.issuer, audience: resource, typ: "at+jwt" };
    return jwtVerify(token, keys, expected).then(
      ({ payload }) => payload,
      () => null,
    );
  };

  const refuse = (res: ServerResponse, status: 401 | 403, error: string | null, scope: string): void => {
    const said = error === null ? "" : `error="${error}", `;
    res
      .writeHead(status, {
        "www-authenticate": `Bearer ${said}resource_metadata="${origin}${metadataPath}", scope="${scope}"`,
      })
      .end();
  };

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (req.url === metadataPath) return sendMetadata(res);
    if (req.url !== "/mcp") return void res.writeHead(404).end();
    const claims = await claimsOf(req);
    if (claims === null) return refuse(res, 401, req.headers.authorization ? "invalid_token" : null, everyCall);
    const body = req.method === "POST" ? await bodyOf(req) : undefined;
    const granted = typeof claims["scope"] === "string" ? claims["scope"].split(" ") : [];
    const missing = [everyCall, ...toolsIn(body)].filter((scope) => !granted.includes(scope));
    // MCP authorization, step-up: the challenge names all that the next token must have.
    if (missing.length > 0)
      return refuse(res, 403, "insufficient_scope", [...new Set([...granted, ...missing])].join(" "));
    if (req.method !== "POST") return void res.writeHead(405).end();
    const transport = new StreamableHTTPServerTransport();
    res.on("close", () => void transport.close());
    await toolsFor(String(claims.sub)).connect(transport as Parameters<McpServer["connect"]>[0]);
    await transport.handleRequest(req, res, body);
  };

  const sendMetadata = (res: ServerResponse): void => {
    const metadata = {
      resource,
      authorization_servers: [provider.issuer],
      scopes_supported: [everyCall],
      bearer_methods_supported: ["header"],
      resource_name: "Notes",
    };
    res
      .writeHead(200, { "content-type": "application/json", "access-control-allow-origin": "*" })
      .end(JSON.stringify(metadata));
  };

  const toolsFor = (owner: string): McpServer => {
    const server = new McpServer({ name: "notes", version: "1.0.0" });
    server.registerTool("read_notes", { description: "Reads your notes" }, async () => ({
      content: [{ type: "text", text: (notes.get(owner) ?? []).join("\n") }],
    }));
    const note = { description: "Writes a note", inputSchema: { text: z.string().max(1_000) } };
    server.registerTool("write_note", note, async ({ text }) => {
      notes.set(owner, [...(notes.get(owner) ?? []), text]);
      return { content: [{ type: "text", text: "written" }] };
    });
    return server;
  };

  const server = createServer((req, res) => {
    answer(req, res).catch(() => (res.headersSent ? res.destroy() : res.writeHead(500).end()));
  });
  await new Promise<void>((resolve) => server.listen(port, resolve));
  return { url: resource, stop: () => new Promise<void>((resolve) => server.close(() => resolve())) };
};

const providerMetadata = z.object({ issuer: z.string(), jwks_uri: z.string() });

const discover = async (munotUrl: string) => {
  const answer = await fetch(`${munotUrl}/.well-known/oauth-authorization-server`);
  return providerMetadata.parse(await answer.json());
};

const bodyBytes = 65_536;

const bodyOf = async (req: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size > bodyBytes) throw new Error("the body is too large");
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
};

const toolCall = z.object({ method: z.literal("tools/call"), params: z.object({ name: z.string() }) });

/** The scopes of the tools that a message, or a batch of them, calls. */
const toolsIn = (body: unknown): readonly string[] =>
  (Array.isArray(body) ? body : [body]).flatMap((message) => {
    const call = toolCall.safeParse(message);
    return call.success ? (scopeOf[call.data.params.name] ?? []) : [];
  });
