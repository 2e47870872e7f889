import { createServer } from "node:http";
import { expect, test } from "vitest";
import { launchChromium } from "../harness/chromium.ts";

test("the browser reaches this machine by its mapped names, and no other", async () => {
  const server = createServer((request, response) => response.end(`<h1>${request.headers.host}</h1>`));
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address && typeof address === "object") resolve(address.port);
    });
  });
  const browser = await launchChromium({ hosts: ["id.example.test"] });
  try {
    const page = await browser.newPage();
    for (const host of ["localhost", "127.0.0.1", "app.localhost", "id.example.test"]) {
      await page.goto(`http://${host}:${port}/`);
      expect(await page.textContent("h1")).toBe(`${host}:${port}`);
    }
    await expect(page.goto("http://other.example.test/")).rejects.toThrow(/ERR_NAME_NOT_RESOLVED/);
  } finally {
    await browser.close();
    server.close();
  }
});
