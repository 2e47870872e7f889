/** A file that pages refer to: its path names its content, so it may be cached for ever. */
export type Asset = {
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
  readonly etag: string;
  readonly cacheControl: string;
};

/** FNV-1a, 64 bit: tells one build's file from another's; it protects nothing. */
function fingerprint(body: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(body)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(36);
}

const contentTypes = {
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml; charset=utf-8",
  js: "text/javascript; charset=utf-8",
} as const;

export function asset(name: string, extension: keyof typeof contentTypes, body: string): Asset {
  const version = fingerprint(body);
  return {
    path: `/ui/assets/${name}.${version}.${extension}`,
    contentType: contentTypes[extension],
    body,
    etag: `"${version}"`,
    cacheControl: "public, max-age=31536000, immutable",
  };
}
