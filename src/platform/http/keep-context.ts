import { AsyncLocalStorage } from "node:async_hooks";
import type { FastifyInstance } from "fastify";

/** Fastify reads bodies by events of the socket, which do not know what they belong to; here the request's own context goes on. */
export const keepContext = (app: FastifyInstance): void => {
  const contexts = new WeakMap<object, (work: () => void) => void>();
  app.addHook("preParsing", (request, _reply, payload, done) => {
    if (request.method !== "GET") contexts.set(request.raw, AsyncLocalStorage.snapshot());
    done(null, payload);
  });
  app.addHook("preValidation", (request, _reply, done) => {
    const within = contexts.get(request.raw);
    if (within === undefined) done();
    else within(done);
  });
};
