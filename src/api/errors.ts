import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { CredentialsCheckErrorSchema, ErrorDetailSchema } from "@zitadel/proto/zitadel/message_pb.js";
import { Refusal, type RefusalKind } from "../kernel/refusal.ts";
import type { CallerInfo } from "./caller.ts";

/** gRPC code of each kind of refusal. */
const codes = {
  invalid: Code.InvalidArgument,
  unauthenticated: Code.Unauthenticated,
  forbidden: Code.PermissionDenied,
  not_found: Code.NotFound,
  conflict: Code.AlreadyExists,
  precondition: Code.FailedPrecondition,
  aborted: Code.Aborted,
  limited: Code.ResourceExhausted,
  unavailable: Code.Unavailable,
  unimplemented: Code.Unimplemented,
} as const satisfies Record<RefusalKind, Code>;

const internal = { id: "GEN-5kE0r", message: "An internal error occurred" };

type Detail = { readonly desc: DescMessage; readonly value: Message };

/** An error as every protocol can carry it: code, message that ends in the id, one detail message. */
export type ApiError = { readonly code: Code; readonly message: string; readonly details: readonly Detail[] };

/**
 * Turns whatever was thrown into what the caller may see. Refusals say what they are; errors of the transport keep their
 * code; everything else is a defect, answered in general words and handed to `onError` in full.
 */
export const apiError = (thrown: unknown, onError: (error: unknown) => void): ApiError => {
  if (thrown instanceof Refusal) return refused(thrown);
  if (thrown instanceof ConnectError && thrown.code !== Code.Internal && thrown.code !== Code.Unknown) {
    return { code: thrown.code, message: thrown.rawMessage, details: [] };
  }
  onError(thrown);
  return { code: Code.Internal, message: `${internal.message} (${internal.id})`, details: [errorDetail(internal)] };
};

/** Where whoever is not known finds out how to become so: the value of `www-authenticate` (RFC 9728 §5.1). */
export type Challenge = (caller: CallerInfo) => Promise<string>;

/** The challenge of an answer 401; the caller's host may belong to no instance, and then there is none. */
export const challengeFor = async (
  thrown: unknown,
  caller: CallerInfo,
  challenge: Challenge | undefined,
): Promise<string | null> =>
  challenge !== undefined && thrown instanceof Refusal && thrown.kind === "unauthenticated"
    ? challenge(caller).catch(() => null)
    : null;

/** The same as a `ConnectError`: gRPC, gRPC-web and Connect write it in their own forms. */
export const connectError = (
  thrown: unknown,
  onError: (error: unknown) => void,
  challenge: string | null,
): ConnectError => {
  const { code, message, details } = apiError(thrown, onError);
  return new ConnectError(
    message,
    code,
    challenge === null ? undefined : { "www-authenticate": challenge },
    details.map(({ desc, value }) => ({ desc, value: value as never })),
  );
};

const refused = (refusal: Refusal): ApiError => {
  const { id, message, details } = refusal;
  return {
    code: codes[refusal.kind],
    message: `${message} (${id})`,
    details: [
      details.failedAttempts === undefined
        ? errorDetail({ id, message })
        : {
            desc: CredentialsCheckErrorSchema,
            value: create(CredentialsCheckErrorSchema, { id, message, failedAttempts: details.failedAttempts }),
          },
    ],
  };
};

const errorDetail = (fields: { readonly id: string; readonly message: string }): Detail => ({
  desc: ErrorDetailSchema,
  value: create(ErrorDetailSchema, fields),
});
