import type { InstanceId } from "../../../kernel/ids.ts";
import type { ClientSettings } from "../../../modules/application/client-settings.events.ts";
import { rulesOf } from "../security-profile.ts";
import type { SignerOf, TokenSigner } from "./signer.ts";

/** What signs for a client whose profile admits neither what it registered nor the instance's active key. */
const admittedByAll = "PS256";

/** The signer for what a client is handed: as it registered, else the instance's, but never beyond its security profile. */
export const signerWithin = async (
  signerOf: SignerOf,
  instanceId: InstanceId,
  client: { readonly settings: ClientSettings } | null,
  registered: string | null,
): Promise<TokenSigner> => {
  const admitted: readonly string[] | null = client === null ? null : rulesOf(client).signatureAlgorithms;
  const isAdmitted = (alg: string): boolean => admitted === null || admitted.includes(alg);
  if (registered !== null && isAdmitted(registered)) return signerOf(instanceId, registered);
  const active = await signerOf(instanceId);
  return isAdmitted(active.alg) ? active : signerOf(instanceId, admittedByAll);
};
