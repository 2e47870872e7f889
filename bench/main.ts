// `npm run bench -- <scenario>`: each scenario prints its figures and stores them in bench/results/.
import { footprint } from "./footprint.ts";

const scenarios = { footprint } as const;
const known = Object.keys(scenarios).join(", ");

const asked = process.argv[2] ?? "";
if (!Object.hasOwn(scenarios, asked)) {
  console.error(`npm run bench -- <scenario>; scenarios: ${known}`);
  process.exit(2);
}
// The key has just been found in the record.
await scenarios[asked as keyof typeof scenarios]();
