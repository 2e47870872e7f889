import type { InstanceId, ProjectId } from "../../kernel/ids.ts";
import type { Secret } from "../../platform/crypto/secret.ts";
import type { BrowserCookies } from "../../platform/http/browser-cookie.ts";

/** The instance that a request reached, as the protocol needs it. */
export type OidcInstance = {
  readonly instanceId: InstanceId;
  /** origin of the primary domain, without a trailing slash; never taken from a request header */
  readonly issuer: string;
  /** the instance's own project: what `urn:zitadel:iam:org:project:id:zitadel:aud` stands for */
  readonly ownProjectId: ProjectId | null;
  readonly browsers: BrowserCookies;
  /** what pairwise subjects are made with (OpenID Connect Core 1.0 §8.1) */
  readonly subjectKey: Secret;
  /** languages of the sign-in pages, BCP 47 */
  readonly languages: readonly string[];
};

/** What of an instance stands in its tokens. */
export type TokenInstance = Pick<OidcInstance, "issuer" | "subjectKey">;
