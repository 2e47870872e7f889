/** Every limit of the product, in one place. Sizes in bytes or characters, times in the unit that ends the name. */
export const limits = {
  /** ids given by callers and made by us */
  idChars: 200,
  /** names, titles and other single-line texts */
  nameChars: 200,
  /** free texts and URLs */
  textChars: 2_000,
  /** a password before hashing; longer input is refused, not cut */
  passwordChars: 200,
  /** OAuth `state`, `nonce` and other opaque values we only hand back */
  opaqueChars: 2_048,
  /** redirect, post-logout and origin URIs of one application */
  urisPerApplication: 50,
  /** the configuration of one application as JSON: it is part of its state */
  applicationConfigBytes: 14_000,
  /** keys and bytes of session and user metadata */
  metadataKeyChars: 200,
  metadataValueBytes: 50_000,
  metadataEntries: 50,
  /** domains of one organization: they are part of its state */
  domainsPerOrganization: 40,
  /** a PEM public key of a service account */
  publicKeyChars: 4_000,
  /** wrong tries and life of a code that proves an e-mail address or a phone number */
  codeAttempts: 5,
  codeSeconds: 3_600,
  /** keys and base64 values of one session's metadata together: they are part of its state */
  sessionMetadataChars: 8_000,
  /** how long a session may live at most, when a lifetime is asked for */
  sessionLifetimeSeconds: 315_360_000,
  /** how long a login may take from the authorization request to its end */
  authRequestSeconds: 3_600,
  /** all that a client asks for in one authorization request, as JSON */
  authRequestBytes: 15_000,
  /** after every `tarpitEvery` wrong passwords in a row the answer to the next ones takes one second more */
  tarpitEvery: 5,
  tarpitMaxSeconds: 10,
  /** `limit` of a list: default and maximum; above it the request is refused */
  pageDefault: 100,
  pageMax: 1_000,
  /** nesting and number of filters in one search */
  filterDepth: 8,
  filterNodes: 50,
  /** a request body on any endpoint (gRPC, Connect, REST, forms) */
  bodyBytes: 1_048_576,
  /** folded decision state of one stream, as canonical JSON */
  stateBytes: 16_384,
  /** rows that one event may write through its projection */
  statementsPerEvent: 12,
  /** how long a command retries after version conflicts before it answers `aborted` */
  commandDeadlineMs: 10_000,
  /** password hashes waiting for a worker, in a burst; beyond it the answer is 429 */
  passwordQueue: 50,
} as const;
