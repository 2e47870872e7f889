import type { Server } from "node:http";
import { startDemoApp } from "../../examples/demo/app.ts";
import { munotApi } from "../../examples/demo/munot-api.ts";
import type { RunningMunot } from "./munot.ts";
import { freePort } from "./ports.ts";

export const samplePassword = "Rheinfall-1589!";

/** The demo's organization, people and web application on a Munot of its own. */
export const startSample = async (munot: RunningMunot) => {
  const api = munotApi(munot.url, munot.ownerPat);
  const organizationId = await api.addOrganization("Acme");
  const addPerson = async (userName: string, givenName: string, familyName: string): Promise<string> => {
    const email = `${userName}@acme.example`;
    const { userId } = await api.addUser(organizationId, {
      userName,
      givenName,
      familyName,
      email,
      password: samplePassword,
    });
    return String(userId);
  };
  const people = { ada: await addPerson("ada", "Ada", "Lovelace"), grace: await addPerson("grace", "Grace", "Hopper") };
  const port = await freePort();
  const projectId = await api.addProject(organizationId, "Notes");
  const client = await api.addWebApplication(projectId, "Acme Notes", `http://localhost:${port}`);
  const server: Server = await startDemoApp({ issuer: munot.url, port, ...client });
  return {
    url: `http://localhost:${port}`,
    organizationId,
    projectId,
    client,
    people,
    addPerson,
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};

export type Sample = Awaited<ReturnType<typeof startSample>>;
