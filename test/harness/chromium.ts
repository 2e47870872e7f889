import { type Browser, chromium } from "playwright-core";
import { findChromium } from "./programs.ts";

/**
 * Starts a headless Chromium that reaches loopback only. `hosts` are further names that it takes for this machine: a
 * journey on `id.example.test` needs no entry in a hosts file.
 */
export const launchChromium = ({ hosts = [] }: { hosts?: readonly string[] } = {}): Promise<Browser> => {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("Chromium is needed for the browser tests: install it and put it on the PATH.");
  const names = [
    ...hosts.map((host) => `MAP ${host} 127.0.0.1`),
    "MAP * ~NOTFOUND",
    "EXCLUDE localhost",
    "EXCLUDE *.localhost",
  ];
  return chromium.launch({
    executablePath,
    headless: true,
    // Chromium's own sandbox cannot be set up by root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=${[...names, "EXCLUDE 127.0.0.1", "EXCLUDE [::1]"].join(", ")}`,
    ],
  });
};
