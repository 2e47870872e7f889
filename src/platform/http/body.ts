import type { HttpRequest } from "./server.ts";

/** The body is larger than allowed. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/** The client went away before its request was complete. */
export class RequestAborted extends Error {
  override readonly name = "RequestAborted";
}

/**
 * Reads a request's body as bytes. Rejects with {@link BodyTooLarge} as soon as it is known to be too large, with
 * {@link RequestAborted} when it does not come to its end.
 */
export const readBody = async (req: HttpRequest, maxBytes: number): Promise<Buffer> => {
  if (Number(req.headers["content-length"] ?? 0) > maxBytes) throw new BodyTooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Left alive when it is too large: destroying the request would take the answer with it.
    for await (const chunk of req.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size > maxBytes) throw new BodyTooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof BodyTooLarge ? error : new RequestAborted();
  }
  return Buffer.concat(chunks);
};
