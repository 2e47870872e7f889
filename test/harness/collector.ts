import { createServer, type IncomingHttpHeaders } from "node:http";
import { z } from "zod";

/** A span as it was exported, its attributes by name. */
export type ReceivedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly from: bigint;
  readonly to: bigint;
  readonly attributes: Readonly<Record<string, string>>;
};

export type Received = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

const value = z.union([
  z.object({ stringValue: z.string() }).transform((one) => one.stringValue),
  z.object({ intValue: z.union([z.string(), z.number()]) }).transform((one) => String(one.intValue)),
  z.object({ doubleValue: z.number() }).transform((one) => String(one.doubleValue)),
]);
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .transform((list) => Object.fromEntries(list.map((one) => [one.key, one.value])));

/** OTLP/HTTP with JSON (opentelemetry-proto, trace/v1): ids in hexadecimal, 64-bit numbers as text. */
const exportRequest = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string().regex(/^[\da-f]{32}$/),
              spanId: z.string().regex(/^[\da-f]{16}$/),
              parentSpanId: z.string().optional(),
              name: z.string(),
              startTimeUnixNano: z.string().transform(BigInt),
              endTimeUnixNano: z.string().transform(BigInt),
              attributes,
            }),
          ),
        }),
      ),
    }),
  ),
});

/** A collector of OpenTelemetry traces on loopback, which keeps what it is sent. */
export const startCollector = async () => {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) });
      response.writeHead(200, { "content-type": request.headers["content-type"] ?? "" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const exports = () => received.map(({ body }) => exportRequest.parse(JSON.parse(body.toString())));
  return {
    url: `http://127.0.0.1:${port}`,
    received: (): readonly Received[] => received,
    resources: () => exports().flatMap(({ resourceSpans }) => resourceSpans.map((one) => one.resource.attributes)),
    /** what came as JSON */
    spans: (): readonly ReceivedSpan[] =>
      exports().flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap(({ scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) =>
            spans.map(({ parentSpanId = "", startTimeUnixNano: from, endTimeUnixNano: to, ...span }) => ({
              ...span,
              from,
              to,
              parentSpanId: parentSpanId === "" ? null : parentSpanId,
            })),
          ),
        ),
      ),
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

export type Collector = Awaited<ReturnType<typeof startCollector>>;
