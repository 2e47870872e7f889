/** Why a connection was not made or not finished. */
export type DialReason =
  | "url" /** malformed, another scheme than http(s), user name in it, a port of another protocol */
  | "address" /** not a public address, and not allowed by the settings */
  | "resolve" /** the name has no address */
  | "connect" /** refused, reset, or TLS failed */
  | "timeout"
  | "too_large"
  | "encoding" /** compressed although nothing was asked for */
  | "redirect"; /** too many, to plain http, or of a request with a body */

const messages = {
  url: "this address cannot be called",
  address: "this host is not public; MUNOT_OUTBOUND_ALLOW can admit its network",
  resolve: "this host is not known",
  connect: "the connection failed",
  timeout: "the answer took too long",
  too_large: "the answer is too large",
  encoding: "the answer is compressed",
  redirect: "the answer is a redirect that is not followed",
} as const satisfies Record<DialReason, string>;

/** An outgoing call that failed. The message names no resolved address: who sets a URL must not learn our network from it. */
export class DialError extends Error {
  override readonly name = "DialError";
  readonly reason: DialReason;

  constructor(reason: DialReason, cause?: unknown) {
    super(messages[reason], cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}
