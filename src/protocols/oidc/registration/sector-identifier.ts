import { z } from "zod";
import type { Dialer } from "../../../platform/dial/dialer.ts";
import { parseJson } from "../../../platform/keys/verifying.ts";
import { OAuthError } from "../errors.ts";
import type { ReadMetadata } from "./client-metadata.ts";

const fetching = { timeoutMs: 5_000, maxBytes: 65_536, maxRedirects: 0, httpsOnly: true };
const sector = z.array(z.string()).max(1_000);

/** OpenID Connect Dynamic Client Registration 1.0 §5: the file at `sector_identifier_uri` must list every redirect URI. */
export const checkSector = async (dialer: Pick<Dialer, "fetch">, { config, settings }: ReadMetadata): Promise<void> => {
  const uri = settings["sectorIdentifierUri"];
  if (uri === undefined) return;
  const refuse = (detail: string) =>
    new OAuthError("invalid_client_metadata", {
      description: "sector_identifier_uri must be an https address of a JSON list of all redirect_uris",
      detail,
    });
  if (typeof uri !== "string") throw refuse("no text");
  const answer = await dialer.fetch(uri, fetching).catch((error: unknown) => {
    throw refuse(String(error));
  });
  const listed = answer.status === 200 ? sector.safeParse(parseJson(answer.body)) : null;
  if (!listed?.success) throw refuse(`status ${answer.status}`);
  if (!config.redirectUris.every((one) => listed.data.includes(one))) throw refuse("a redirect URI is not listed");
};
