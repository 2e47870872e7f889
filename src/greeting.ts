import { join } from "node:path";
import type { Settings } from "./settings.ts";

/** What the terminal says when Munot is ready. */
export const greeting = (
  settings: Settings,
  keyOrigin: "setting" | "file" | "created",
  adminLink: string | null,
): string => {
  const data = settings.databaseUrl === null ? join(settings.dataDir, "munot.db") : "PostgreSQL (MUNOT_DATABASE_URL)";
  const key = keyOrigin === "setting" ? "MUNOT_MASTERKEY" : settings.masterKeyFile;
  const lines = [
    "",
    `  Munot is ready   ${settings.externalUrl}`,
    "",
    `  Data             ${data}`,
    `  Master key       ${key}`,
    "  Back up          both of them; neither is of use without the other",
    "  Stop             Ctrl+C",
    ...(adminLink === null
      ? []
      : [
          "",
          "  Make the first administrator: open this link once, within 24 hours.",
          "  A new one: npx munot admin link",
          "",
          `  ${adminLink}`,
        ]),
    "",
    "",
  ];
  return lines.join("\n");
};
