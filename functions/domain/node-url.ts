/** Where a node answers HTTP at `path`, by the WebSocket address that its clients are given. */
export function toNodeUrl(webSocketUrl: string, path: `/${string}`): URL {
  const url = new URL(webSocketUrl);
  url.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
  url.pathname = url.pathname.replace(/\/ws\/?$/, '') + path;
  return url;
}
