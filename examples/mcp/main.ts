// `node examples/mcp/main.ts [address of Munot]`: an MCP server, and an agent that finds its way to it. docs/guides/mcp.md
import { once } from "node:events";
import { createServer } from "node:http";
import { startAgent } from "./agent.ts";
import { startNotesServer } from "./notes-server.ts";

const munotUrl = process.argv[2] ?? "http://localhost:8080";
const serverPort = 8091;
const callbackPort = 8092;

const server = await startNotesServer({ munotUrl, port: serverPort });
console.log(`MCP server: ${server.url}`);

/** RFC 8252 §7.3: the code comes to an address that only this device can reach. */
const authorize = async (url: URL): Promise<string> => {
  console.log(`Open this address and allow the access:\n${url}\n`);
  const listener = createServer();
  listener.listen(callbackPort, "127.0.0.1");
  const [req, res] = await once(listener, "request");
  res.end("You can close this page.");
  listener.close();
  const { searchParams } = new URL(String(req.url), url);
  const code = searchParams.get("code");
  if (code === null) throw new Error(`not allowed: ${searchParams.get("error")}`);
  return code;
};

const agent = await startAgent({
  serverUrl: server.url,
  redirectUrl: `http://127.0.0.1:${callbackPort}/callback`,
  authorize,
});
console.log(`The agent is ${agent.clientId()}, its scope is "${agent.scope()}".`);
console.log(`Writing a note, which needs more: ${await agent.call("write_note", { text: "Hello" })}`);
console.log(`Reading: ${await agent.call("read_notes")}`);
await agent.stop();
await server.stop();
process.exit();
