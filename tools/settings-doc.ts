// `node tools/settings-doc.ts` writes docs/settings.md from the one table of settings.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { settingNames, settingTable } from "../src/settings.ts";

const row = (name: keyof typeof settingTable): string => {
  const { purpose, allowed } = settingTable[name];
  return `| \`${name}\` | ${purpose} | ${allowed.replaceAll("|", "\\|")} |`;
};

/** The page: every setting, what it is for and what is allowed. */
export const settingsDoc = (): string => `# Settings

From the environment, or from one file of \`NAME=value\` lines: \`munot.env\` in the working directory, or the file given with
\`--settings\`. The environment wins. A wrong or unknown setting stops the start with a sentence that names it and says what
is allowed; \`munot doctor\` checks settings, database, clock and keys and says what to do.

| setting | what it is for | allowed |
|---|---|---|
${settingNames.map(row).join("\n")}

## HTTPS

Behind a proxy that terminates TLS, set \`MUNOT_EXTERNAL_URL\` to the https address and \`MUNOT_TRUSTED_PROXIES\` to the
proxy's network. Or let Munot do it: \`MUNOT_TLS_CERT_FILE\` and \`MUNOT_TLS_KEY_FILE\` (then the port speaks HTTP/2 and
HTTP/1.1 by ALPN). Plain http on a name that is not loopback refuses to start unless \`MUNOT_INSECURE_HTTP=1\`: browsers drop
\`__Host-\` cookies there and passwords travel in the open.

## The master key

It wraps every key that seals data in the database. On the embedded database, and on an empty PostgreSQL database, it is
made at the first start in \`MUNOT_MASTERKEY_FILE\`, readable by its owner only. Back it up apart from the database. To
rotate: set the new key, keep the former one in \`MUNOT_MASTERKEY_PREVIOUS\` for one start; all instance keys are wrapped anew.
`;

if (import.meta.main) writeFileSync(join(import.meta.dirname, "..", "docs", "settings.md"), settingsDoc());
