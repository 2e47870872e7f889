// Checks one password whenever asked, with nothing around it: what the machine itself can do.
import { createPasswords } from "../src/platform/crypto/passwords.ts";

const { hashNewPassword, verifyPassword } = createPasswords();
const password = "Rheinfall-1589!";
const stored = await hashNewPassword(password);

process.on("message", async (id) => {
  const { ok } = await verifyPassword(stored, password);
  process.send?.({ id, ok });
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
