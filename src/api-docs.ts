import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { describeApi } from "./api/openapi/document.ts";
import { referenceOf } from "./api/openapi/reference.ts";
import { apiReferenceStylesheet } from "./login/api-reference-style.ts";
import { sendAsset } from "./login/login-routes.ts";
import { renderApiReferencePage } from "./login/pages/api-reference.ts";
import { loginPaths } from "./login/paths.ts";
import { sendPage, textFields } from "./login/respond.ts";
import type { RpcService } from "./platform/http/rpc.ts";
import { endpoints } from "./protocols/oidc/endpoints.ts";

export const apiDocsPaths = { document: "/openapi.json", page: "/docs" } as const;

export type ApiDocsDeps = {
  /** all that is built; asked for when somebody reads about it */
  readonly services: () => Promise<readonly RpcService[]>;
  /** origin of the instance that a request is for; refuses hosts that are none's */
  readonly originOf: (request: FastifyRequest) => Promise<string>;
};

/** The API described, for programs and for people. Nothing is made before somebody asks, and then once per instance. */
export const apiDocsRoutes = (app: FastifyInstance, { services, originOf }: ApiDocsDeps): void => {
  const described = kept(async (withUnbuilt: boolean) =>
    describeApi({ services: await services(), endpoints, withUnbuilt }),
  );
  const builtDocument = kept(async (origin: string) => sent((await described(false))(origin)));
  const wholeDocument = kept(async (origin: string) => sent((await described(true))(origin)));
  const page = kept(async (origin: string) =>
    renderApiReferencePage({
      documentHref: apiDocsPaths.document,
      homeHref: loginPaths.start,
      reference: referenceOf((await described(false))(origin)),
    }),
  );

  app.get(apiDocsPaths.document, async (request, reply) => {
    const documentOf = textFields(request.query)["all"] === "1" ? wholeDocument : builtDocument;
    const { body, etag } = await documentOf(await originOf(request));
    reply.headers({
      etag,
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      // The document is public, and tools on other origins show it.
      "access-control-allow-origin": "*",
    });
    if (request.headers["if-none-match"] === etag) return reply.code(304).send();
    return reply.header("content-type", "application/json; charset=utf-8").send(body);
  });
  app.get(apiDocsPaths.page, async (request, reply) => sendPage(reply, await page(await originOf(request))));
  app.get(apiReferenceStylesheet.path, (request, reply) => sendAsset(apiReferenceStylesheet, request, reply));
};

const sent = (document: object): { readonly body: string; readonly etag: string } => {
  const body = JSON.stringify(document);
  return { body, etag: `"${createHash("sha256").update(body).digest("base64url")}"` };
};

/** More instances than this take turns. */
const keptValues = 16;

/** Makes the value of a key when it is first asked for, and keeps it; a failure is tried again. */
const kept = <Key, Value>(make: (key: Key) => Promise<Value>): ((key: Key) => Promise<Value>) => {
  const values = new Map<Key, Promise<Value>>();
  return (key) => {
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    values.set(key, value);
    value.catch(() => values.delete(key));
    for (const oldest of values.keys()) {
      if (values.size <= keptValues) break;
      values.delete(oldest);
    }
    return value;
  };
};
