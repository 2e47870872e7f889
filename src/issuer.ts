import type { Settings } from "./settings.ts";

/** The issuer of an instance, and the origin of its links: its primary domain under the scheme of the external URL. */
export const issuerOf = (
  { externalUrl }: Pick<Settings, "externalUrl">,
  { primaryDomain }: { readonly primaryDomain: string },
): string => `${new URL(externalUrl).protocol}//${primaryDomain}`;
