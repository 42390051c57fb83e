import type { IncomingMessage } from 'node:http';

/** The access token of a request: `Authorization: Bearer`, or `?access_token=` where browsers can't set headers. */
export function readToken(request: IncomingMessage): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return bearer ?? readUrl(request)?.searchParams.get('access_token') ?? undefined;
}

/** The path of a request; undefined when it is malformed. */
export function readPath(request: IncomingMessage): string | undefined {
  return readUrl(request)?.pathname;
}

function readUrl(request: IncomingMessage): URL | undefined {
  return URL.parse(request.url ?? '', 'http://node') ?? undefined;
}
