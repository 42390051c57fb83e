import type { IncomingMessage } from 'node:http';

/**
 * The access token of a request: `?access_token=`, where browsers can't set headers, or `Authorization: Bearer`. A redirect
 * carries its token in the address, and clients go on sending the header that they had.
 */
export function readToken(request: IncomingMessage): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return readQuery(request, 'access_token') ?? bearer;
}

/** A parameter of the query; undefined when it is absent. */
export function readQuery(request: IncomingMessage, name: string): string | undefined {
  return readUrl(request)?.searchParams.get(name) ?? undefined;
}

/**
 * The path of a request; undefined when it is malformed, or written in another way than it is meant (`/a/../b`): a proxy in
 * front that lets some paths through goes by what is written.
 */
export function readPath(request: IncomingMessage): string | undefined {
  const { url = '' } = request;
  const path = readUrl(request)?.pathname;
  return path === url.split('?', 1)[0] ? path : undefined;
}

function readUrl(request: IncomingMessage): URL | undefined {
  return URL.parse(request.url ?? '', 'http://node') ?? undefined;
}
