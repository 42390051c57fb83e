/** What a request to the origin is for. */
export type RequestTarget =
  /** A file that was recorded, for whoever has its token. */
  | { readonly type: 'recording'; readonly egressId: string; readonly recordingId: string; readonly token: string }
  /** A file of a stream. */
  | { readonly type: 'file'; readonly egressId: string; readonly name: string; readonly query: URLSearchParams }
  | { readonly type: 'health' | 'metrics' };

/** Neither part leaves room for a path. */
const FILE = /^\/hls\/(eg_[a-z0-9-]{1,64})\/([A-Za-z0-9.-]{1,64})$/;
const RECORDING = /^\/hls\/(eg_[a-z0-9-]{1,64})\/(rc_[a-z0-9-]{1,64})\.mp4$/;

/** Reads path and query of a request; undefined when there is nothing at this path. */
export function parseRequestTarget(url: string): RequestTarget | undefined {
  const [path = '', search = ''] = url.split('?', 2);
  if (path === '/healthz') return { type: 'health' };
  if (path === '/metrics') return { type: 'metrics' };
  const query = new URLSearchParams(search);
  const [, of = '', recordingId] = RECORDING.exec(path) ?? [];
  if (recordingId !== undefined)
    return { type: 'recording', egressId: of, recordingId, token: query.get('token') ?? '' };
  const [, egressId = '', name] = FILE.exec(path) ?? [];
  return name === undefined ? undefined : { type: 'file', egressId, name, query };
}
