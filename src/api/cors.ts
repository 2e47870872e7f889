import { cors } from "@connectrpc/connect";
import { endResponse, type HttpRequest, type HttpResponse } from "../platform/http/server.ts";

const exposed = [...cors.exposedHeaders, "x-zitadel-orgid"].join(", ");

/**
 * Opens the API to scripts of every origin (Fetch §3.2). Credentials are not allowed: the API knows no cookies, callers
 * send their token themselves. Answers a preflight and returns true; else only adds headers.
 */
export const answerCors = (req: HttpRequest, res: HttpResponse): boolean => {
  const preflight = req.method === "OPTIONS" && req.headers["access-control-request-method"] !== undefined;
  if (req.headers.origin === undefined && !preflight) return false;
  res.setHeader("access-control-allow-origin", "*");
  if (!preflight) {
    res.setHeader("access-control-expose-headers", exposed);
    return false;
  }
  res.setHeader("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE");
  res.setHeader(
    "access-control-allow-headers",
    req.headers["access-control-request-headers"] ?? "authorization, content-type",
  );
  res.setHeader("access-control-max-age", "86400");
  res.setHeader("vary", "access-control-request-headers");
  res.statusCode = 204;
  endResponse(res, "");
  return true;
};
