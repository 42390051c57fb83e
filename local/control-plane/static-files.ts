import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.yaml': 'application/yaml',
};

/** esbuild's content hash in a file name: such a file never changes. */
const HASHED = /-[A-Z0-9]{8}\.\w+$/;

/** The console talks to nodes and players' origins on other ports and hosts, and to nothing else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "connect-src 'self' http: https: ws: wss:",
  "media-src 'self' blob: http: https:",
  "img-src 'self' data: blob:",
  "style-src 'self' 'unsafe-inline'",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const PAGE_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

interface File {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/**
 * Answers with the file of `root` at `pathname`; a path that looks like a page's gets `index.html`, since the console
 * finds its way by itself. False when there is neither.
 */
export async function sendFile(
  root: string,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const inside = toInside(root, pathname);
  const file =
    (inside && (await find(inside))) ?? (extname(pathname) === '' ? await find(join(root, 'index.html')) : undefined);
  if (!file) return false;
  const etag = `"${file.sizeBytes.toString(36)}-${Math.round(file.modifiedMs).toString(36)}"`;
  const headers = {
    ...PAGE_HEADERS,
    'content-type': CONTENT_TYPES[extname(file.path)] ?? 'application/octet-stream',
    'cache-control': HASHED.test(file.path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag,
  };
  if (request.headers['if-none-match'] === etag) response.writeHead(304, headers).end();
  else {
    response.writeHead(200, { ...headers, 'content-length': file.sizeBytes });
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(file.path), response);
  }
  return true;
}

/** Where `pathname` is within `root`; undefined when it leads out of it. */
function toInside(root: string, pathname: string): string | undefined {
  const name = decode(pathname);
  if (name === undefined || name.includes('\0')) return undefined;
  const path = normalize(join(root, name));
  return path.startsWith(root + sep) ? path : undefined;
}

function decode(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
}

async function find(path: string): Promise<File | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? { path, sizeBytes: found.size, modifiedMs: found.mtimeMs } : undefined;
  } catch {
    return undefined;
  }
}
