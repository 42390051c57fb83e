/** A page of the console. */
export type Route =
  | { readonly page: 'rooms' }
  /** A room, entered with the API key. */
  | { readonly page: 'room'; readonly room: string }
  /** The room of a guest link. */
  | { readonly page: 'guest' };

/** What a guest link carries. */
export interface Guest {
  /** A join token. */
  readonly token: string;
  /** The room's name, to be shown before joining. */
  readonly room: string | undefined;
}

/** What somebody opened the console with. Secrets come in the fragment, since no server ever sees that. */
export interface Arrival {
  readonly route: Route;
  readonly key?: string;
  readonly guest?: Guest;
}

/** Reads the part of the address after `#`: `/rooms/NAME`, `key=mk_…`, or `token=…&room=NAME`. */
export function readFragment(hash: string): Arrival {
  const fragment = hash.replace(/^#/, '');
  if (fragment.startsWith('/')) return { route: readPath(fragment) };
  const fields = new URLSearchParams(fragment);
  const token = fields.get('token');
  if (token) return { route: { page: 'guest' }, guest: { token, room: fields.get('room') ?? undefined } };
  const key = fields.get('key');
  return key ? { route: { page: 'rooms' }, key } : { route: { page: 'rooms' } };
}

/** The fragment of a page. */
export function toFragment(route: Route): string {
  if (route.page === 'room') return `#/rooms/${encodeURIComponent(route.room)}`;
  return route.page === 'guest' ? '#/guest' : '#/';
}

/** The address that admits a guest to a room. */
export function toGuestLink(origin: string, { token, room }: Guest): string {
  return `${origin}/#${new URLSearchParams({ token, ...(room === undefined ? {} : { room }) })}`;
}

function readPath(path: string): Route {
  const room = /^\/rooms\/([^/]+)$/.exec(path)?.[1];
  if (room) return { page: 'room', room: decode(room) };
  return path === '/guest' ? { page: 'guest' } : { page: 'rooms' };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
