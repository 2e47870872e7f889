import { afterAll, beforeAll, describe } from "vitest";
import { openProvider, type Person, type Provider, type TestClient, visitor } from "../harness/conformance.ts";
import { coreModules, type Variant } from "./core-modules.ts";

const plans: Readonly<Record<string, readonly Variant[]>> = {
  "oidcc-basic-certification-test-plan": [{ responseType: "code", responseMode: "default" }],
  "oidcc-implicit-certification-test-plan": of(["id_token", "id_token token"], "default"),
  "oidcc-hybrid-certification-test-plan": of(["code id_token", "code token", "code id_token token"], "default"),
  "oidcc-formpost-basic-certification-test-plan": of(["code"], "form_post"),
  "oidcc-formpost-implicit-certification-test-plan": of(["id_token", "id_token token"], "form_post"),
  "oidcc-formpost-hybrid-certification-test-plan": of(
    ["code id_token", "code token", "code id_token token"],
    "form_post",
  ),
};

function of(responseTypes: readonly string[], responseMode: Variant["responseMode"]): readonly Variant[] {
  return responseTypes.map((responseType) => ({ responseType, responseMode }));
}

let provider: Provider;
let client: TestClient;
let other: TestClient;
let person: Person;
let signedIn: ReturnType<typeof visitor>;

beforeAll(async () => {
  provider = await openProvider();
  const settings = { additionalResponseTypes: ["code id_token", "code token", "code id_token token"] };
  client = await provider.addClient({}, settings);
  other = await provider.addClient({}, settings);
  person = await provider.addPerson();
  signedIn = visitor(provider, person);
  await signedIn.authorize({
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    response_type: "code",
    scope: "openid",
  });
});

afterAll(() => provider?.stop());

for (const [plan, variants] of Object.entries(plans)) {
  describe(plan, () => {
    for (const variant of variants) {
      describe(`${variant.responseType} ${variant.responseMode}`, () => {
        coreModules(variant, () => ({ provider, client, other, person, signedIn }));
      });
    }
  });
}
