// `npm run demo`: Munot with a sample organization and people on one port, a sample web application on another.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startDemoApp } from "./app.ts";
import { munotApi } from "./munot-api.ts";

const root = join(import.meta.dirname, "..", "..");
const dataDir = join(root, "data", "demo");
const munotPort = Number(process.env.DEMO_MUNOT_PORT ?? 8080);
const appPort = Number(process.env.DEMO_APP_PORT ?? 8090);
const munotUrl = `http://localhost:${munotPort}`;
const patFile = join(dataDir, "machine.pat");
const password = "Rheinfall-1589!";
const people = [
  { userName: "ada", givenName: "Ada", familyName: "Lovelace", email: "ada@acme.example", password },
  { userName: "grace", givenName: "Grace", familyName: "Hopper", email: "grace@acme.example", password },
];

// Each demo starts from nothing: what it shows does not depend on what was tried before.
rmSync(dataDir, { recursive: true, force: true });
mkdirSync(dataDir, { recursive: true });

const munot = spawn(process.execPath, ["--max-semi-space-size=2", join(root, "tools", "launch.mjs")], {
  cwd: root,
  env: {
    PATH: process.env.PATH,
    MUNOT_PORT: String(munotPort),
    MUNOT_DATA_DIR: dataDir,
    MUNOT_FIRST_MACHINE_USERNAME: "demo-setup",
    MUNOT_FIRST_MACHINE_PAT_FILE: patFile,
    MUNOT_LOG_LEVEL: "warn",
  },
  stdio: ["ignore", "ignore", "inherit"],
});
let stoppedWith: number | null = null;
const stop = (code: number): void => {
  stoppedWith ??= code;
  munot.kill("SIGTERM");
};
munot.once("exit", (code) => {
  if (stoppedWith !== null) process.exit(stoppedWith);
  console.error(`Munot ended (${code ?? "signal"}). Is port ${munotPort} free? DEMO_MUNOT_PORT chooses another one.`);
  process.exit(1);
});
process.once("SIGINT", () => stop(0));
process.once("SIGTERM", () => stop(0));

const ready = async (): Promise<void> => {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const answer = await fetch(`${munotUrl}/debug/ready`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Munot did not become ready on ${munotUrl}`);
};

try {
  await ready();
  const api = munotApi(munotUrl, readFileSync(patFile, "utf8").trim());
  const organizationId = await api.addOrganization("Acme");
  for (const person of people) await api.addUser(organizationId, person);
  const projectId = await api.addProject(organizationId, "Notes");
  const client = await api.addWebApplication(projectId, "Acme Notes", `http://localhost:${appPort}`);
  const app = await startDemoApp({ issuer: munotUrl, port: appPort, ...client });
  munot.once("exit", () => app.close());

  console.log(`
  The sample application   http://localhost:${appPort}
  Munot                    ${munotUrl}

  Sign in as  ada    ${password}
         or   grace  ${password}

  Stop with Ctrl+C.
`);
  await once(app, "close");
} catch (error) {
  const portIsTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
  console.error(portIsTaken ? `Port ${appPort} is in use. DEMO_APP_PORT chooses another one.` : error);
  stop(1);
}
