import { toDrachtioConfig } from './drachtio.ts';
import { toHaproxyConfig } from './haproxy.ts';
import { hostPorts } from './ports.ts';
import type { BootSettings } from './settings.ts';
import { toTurnConfig } from './turnserver.ts';

/** What a host learns when it starts. */
export interface HostFacts {
  readonly instanceId: string;
  readonly publicIp: string;
  readonly privateIp: string;
  /** A host for telephones has neither. */
  readonly certificate?: string | undefined;
  readonly turnSecret?: string | undefined;
  /** Of drachtio-server; absent where the release has none, or the host does without. */
  readonly drachtioSecret?: string | undefined;
}

/** A file of `/run/muon`, for one user to read when it is secret. */
export interface HostFile {
  readonly name: string;
  readonly text: string;
  readonly owner?: 'root' | 'haproxy' | 'turnserver';
}

/** Where they are: in memory, so that nothing secret outlives the host. */
export const RUN = '/run/muon';

/** What the programs of a host read. */
export function toFiles(settings: BootSettings, facts: HostFacts): HostFile[] {
  const common = {
    MUON_HOST: settings.MUON_HOST,
    MUON_PUBLIC_IP: facts.publicIp,
    MUON_REGION: settings.MUON_REGION,
    MUON_API_URL: settings.MUON_API_URL,
    MUON_INTERNAL_SECRET: 'iam',
    MUON_PORT_OFFSET: settings.MUON_PORT_OFFSET,
  };
  return [
    toEnv('common', common),
    ...(settings.MUON_ROLE === 'media' ? toMediaFiles(settings, facts) : toSipFiles(settings, facts)),
  ];
}

function toMediaFiles(settings: BootSettings, { certificate = '', turnSecret = '', ...facts }: HostFacts): HostFile[] {
  const { MUON_HOST: bind, MUON_NODES: nodes, MUON_PORT_OFFSET: portOffset, MUON_MEDIA_DOMAIN: domain } = settings;
  const { instanceId, publicIp, privateIp } = facts;
  const local = bind === '0.0.0.0' ? '127.0.0.1' : bind;
  const pem = `${RUN}/tls.pem`;
  const turn = toTurnConfig({ bind, publicIp, privateIp, realm: domain, secret: turnSecret, portOffset });
  return [
    ...Array.from({ length: nodes }, (_, core) => toNodeFile(settings, facts, core)),
    toEnv('rtmp-gateway', {
      MUON_RTMP_GATEWAY_ID: `gw_${instanceId}-rtmp`,
      MUON_HLS_PORT: hostPorts.hls.plain,
      MUON_HLS_URL: `${settings.MUON_CDN_URL}/hls/${instanceId}`,
      ...(settings.MUON_RECORDINGS_BUCKET === undefined
        ? {}
        : { MUON_RECORDINGS_BUCKET: settings.MUON_RECORDINGS_BUCKET, AWS_REGION: settings.MUON_REGION }),
      MUON_RTMP_CAPACITY: Math.max(1, Math.floor(nodes / 2)),
    }),
    { name: 'tls.pem', text: certificate, owner: 'haproxy' },
    { name: 'haproxy.cfg', text: toHaproxyConfig({ bind, local, nodes, portOffset, certificate: pem }) },
    { name: 'turnserver.conf', text: turn, owner: 'turnserver' },
  ];
}

/** A node tells clients the name of the host, and links its address in the VPC. */
function toNodeFile(settings: BootSettings, { instanceId, privateIp }: HostFacts, core: number): HostFile {
  const { MUON_HOST: bind, MUON_PORT_OFFSET: portOffset, MUON_MEDIA_DOMAIN: domain } = settings;
  const { tls, plain } = hostPorts.node(core);
  return toEnv(`node-${core}`, {
    MUON_NODE_ID: `nd_${instanceId}-${core}`,
    MUON_PORT_OFFSET: portOffset + hostPorts.offsetOf(core),
    MUON_NODE_PORT: hostPorts.node(0).plain,
    MUON_MEDIA_PORT: hostPorts.node(0).media,
    MUON_NODE_URL: `wss://${instanceId}.${domain}:${tls + portOffset}/ws`,
    MUON_NODE_LINK_URL: `ws://${bind === '0.0.0.0' ? privateIp : bind}:${plain + portOffset}/link`,
    MUON_TRUSTED_PROXIES: '127.0.0.1',
  });
}

/** SIP by drachtio-server where there is one, or else by the gateway itself. */
function toSipFiles(
  settings: BootSettings,
  { instanceId, publicIp, privateIp, drachtioSecret }: HostFacts,
): HostFile[] {
  const { MUON_HOST: bind, MUON_PORT_OFFSET: portOffset } = settings;
  const gateway = { MUON_SIP_GATEWAY_ID: `gw_${instanceId}-sip` };
  if (drachtioSecret === undefined) return [toEnv('sip-gateway', gateway)];
  const [sipPort, controlPort] = [hostPorts.sip.plain + portOffset, hostPorts.sip.control + portOffset];
  const address = bind === '0.0.0.0' ? privateIp : bind;
  const connection = { MUON_SIP_DRACHTIO_PORT: controlPort, MUON_SIP_DRACHTIO_SECRET: drachtioSecret };
  return [
    { ...toEnv('sip-gateway', { ...gateway, MUON_SIP_BACKEND: 'drachtio', ...connection }), owner: 'root' },
    { ...toEnv('drachtio', { DRACHTIO_SECRET: drachtioSecret }), owner: 'root' },
    { name: 'drachtio.conf.xml', text: toDrachtioConfig({ address, publicIp, sipPort, controlPort }) },
  ];
}

function toEnv(name: string, settings: Readonly<Record<string, string | number>>): HostFile {
  const lines = Object.entries(settings).map(([setting, value]) => `${setting}=${value}\n`);
  return { name: `${name}.env`, text: lines.join('') };
}
