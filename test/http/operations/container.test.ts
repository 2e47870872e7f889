import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { validate } from "dockerfile-utils";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { settingNames } from "../../../src/settings.ts";
import { pack } from "../../../tools/pack.ts";
import { freePort } from "../../harness/ports.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const containerfile = readFileSync(join(root, "Containerfile"), "utf8");

/** The instructions of the last stage, continuation lines joined. */
const lastStage = () => {
  const lines = containerfile.replaceAll(/\\\n/g, " ").split("\n");
  return lines.slice(lines.findLastIndex((line) => line.startsWith("FROM "))).filter((line) => /^[A-Z]+ /.test(line));
};
const instruction = (name: string): string => lastStage().find((line) => line.startsWith(`${name} `)) ?? "";

/** The command of an instruction in its JSON form. */
const commandOf = (name: string): readonly string[] =>
  z.array(z.string()).parse(JSON.parse(/\[.*\]$/.exec(instruction(name))?.[0] ?? "null"));

test("the Containerfile has no error and no warning, and copies only what is there", () => {
  expect(validate(containerfile).map(({ message }) => message)).toEqual([]);
  const ignored = readFileSync(join(root, ".dockerignore"), "utf8");
  const copied = [...containerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = ""]) =>
    sources.split(" "),
  );
  for (const source of copied) {
    expect(existsSync(join(root, source)), source).toBe(true);
    expect(ignored).toContain(`!${source.split("/")[0]}\n`);
  }
});

test("the image runs as a user without rights, keeps its data in a volume and says whether it is healthy", () => {
  expect(instruction("USER")).toMatch(/^USER [1-9]\d+$/);
  expect(commandOf("VOLUME")).toEqual(["/data"]);
  expect(instruction("ENV")).toContain("MUNOT_DATA_DIR=/data");
  expect(commandOf("HEALTHCHECK")[2]).toContain("/debug/ready");
  expect(instruction("STOPSIGNAL")).toBe("STOPSIGNAL SIGTERM");
});

const composed = z.object({
  services: z.object({
    munot: z.object({ environment: z.record(z.string(), z.string()), volumes: z.array(z.string()) }),
    database: z.object({ image: z.string(), healthcheck: z.object({ test: z.array(z.string()) }) }),
  }),
  volumes: z.record(z.string(), z.unknown()),
});

test("compose.yaml starts Munot on PostgreSQL, with settings that exist and volumes that are declared", () => {
  const { services, volumes } = composed.parse(parse(readFileSync(join(root, "compose.yaml"), "utf8")));
  for (const name of Object.keys(services.munot.environment)) expect(settingNames).toContain(name);
  expect(services.munot.environment.MUNOT_DATABASE_URL).toContain("@database:5432/");
  expect(services.munot.volumes).toEqual(["munot:/data"]);
  expect(Object.keys(volumes)).toEqual(["munot", "database"]);
  expect(services.database.image).toMatch(/^postgres:1[4-9]/);
});

test("what the image is made of runs by itself: server, health check, command line, stop", async () => {
  const folder = mkdtempSync(join(tmpdir(), "munot-test-"));
  const [munot, data] = [join(folder, "munot"), join(folder, "data")];
  try {
    pack(munot);
    mkdirSync(data);
    const port = String(await freePort());
    // Nothing of this machine's Node or packages is on the PATH.
    const env = { PATH: `${join(munot, "bin")}:/usr/bin:/bin`, MUNOT_DATA_DIR: data, MUNOT_PORT: port };
    const run = (command: readonly string[]) =>
      spawnSync(command[0] ?? "", command.slice(1), { cwd: data, env, encoding: "utf8" });

    expect(run(commandOf("HEALTHCHECK")).status).toBe(1);
    const [program = "", ...args] = commandOf("CMD");
    const server = spawn(program, args, { cwd: data, env, stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(server, "exit");
    const deadline = performance.now() + 30_000;
    while (run(commandOf("HEALTHCHECK")).status !== 0) {
      if (performance.now() > deadline) throw new Error("it did not become healthy");
      await sleep(100);
    }
    const link = run(["munot", "admin", "link"]);
    expect([link.status, link.stdout]).toEqual([0, expect.stringMatching(/^http:\/\/localhost:\d+\/.+token=/)]);
    expect(run(["munot", "doctor"]).stdout).toContain("the server is running and ready");
    server.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
