import { hostPorts } from './ports.ts';

export interface TlsFront {
  readonly bind: string;
  /** Where the processes behind it listen. */
  readonly local: string;
  readonly nodes: number;
  readonly portOffset: number;
  readonly certificate: string;
}

/** What clients and the control plane may ask of a node from outside; links and metrics are for the VPC alone. */
const NODE_PATHS = ['{ path /ws /healthz }', '{ path_beg /whip /whep /rooms/ }'];

/**
 * A path with `.` or `..` in it, which whoever is behind HAProxy may read as another one (WHATWG URL, "path state"): what
 * starts as what is for everybody could end as what is not.
 */
const RELATIVE_PATH = String.raw`'(^|[/\\])(\.|%2e){1,2}([/\\]|$)'`;

/** HAProxy, which ends TLS and lets through what is meant for everybody. */
export function toHaproxyConfig({ bind, local, nodes, portOffset, certificate }: TlsFront): string {
  const sides = Array.from({ length: nodes }, (_, core) => {
    const { tls, plain } = hostPorts.node(core);
    return toSide({ name: `node-${core}`, tls, plain, paths: NODE_PATHS });
  });
  const hls = toSide({ name: 'hls', ...hostPorts.hls, paths: ['{ path_beg /hls/ }'] });
  return `${GLOBAL}\n${[...sides, hls].join('\n')}`;

  function toSide(side: { name: string; tls: number; plain: number; paths: readonly string[] }): string {
    return [
      `frontend ${side.name}`,
      `  bind ${bind}:${side.tls + portOffset} ssl crt ${certificate} alpn http/1.1`,
      ...side.paths.map((path) => `  acl public ${path.replace(/^\{ | \}$/g, '')}`),
      `  http-request deny deny_status 404 if { path -i -m reg ${RELATIVE_PATH} }`,
      '  http-request deny deny_status 404 unless public',
      '  http-request set-header x-forwarded-for %[src]',
      `  default_backend ${side.name}`,
      `backend ${side.name}`,
      `  server local ${local}:${side.plain + portOffset}`,
      '',
    ].join('\n');
  }
}

/** A WebSocket is quiet for long: the node pings, and ends what is dead. */
const GLOBAL = `global
  maxconn 8000
  log stdout format raw local0 notice
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
defaults
  mode http
  log global
  timeout connect 3s
  timeout client 30s
  timeout server 30s
  timeout http-request 10s
  timeout tunnel 1h
`;
