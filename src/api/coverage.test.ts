import { expect, test } from "vitest";
import { startToyApi } from "../../test/harness/toy-api.ts";
import { coverage } from "../../tools/api-coverage.ts";

test("the coverage page lists every RPC of the contract and marks the built ones", async () => {
  const toy = await startToyApi();
  await toy.stop();
  const page = await coverage(toy.services);
  expect(page).toContain("| GetSession | `GET /v2/sessions/{session_id}` | yes |");
  expect(page).toContain("| CreateUser | `POST /v2/users/new` | - |");
  expect(page).toContain("| GetMyOrg | `GET /management/v1/orgs/me` | - |");
  expect(page).toContain("| ActivateWebKey | gRPC and Connect only | - |");
});
