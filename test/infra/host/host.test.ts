import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createInternalHandler } from '@muon/functions/handlers/internal.ts';
import { functionSettings } from '@muon/functions/handlers/settings.ts';
import { newSigningKey } from '@muon/functions/http/world.fixture.ts';
import { openTestStore } from '@muon/functions/store/store.fixture.ts';
import type { Store } from '@muon/functions/domain/store.ts';
import { toUserData, type UserData } from '@muon/infra/user-data.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drachtioProgram, NO_DRACHTIO } from '../../support/drachtio.ts';
import { freePortOffset } from '../../support/ports.ts';
import { until } from '../../support/until.ts';
import { DebianRoot } from './debian-root.ts';
import { FakeAws, INSTANCE } from './aws.ts';

const TURN_SECRET = 'a secret of coturn that is only used in tests';
const DOMAIN = 'media.example.com';

/** Of a WebSocket (RFC 6455, 4.1). */
const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'muon.link.v1',
};

/** As HAProxy refuses: a node never heard of it, or it would say so in JSON. */
const REFUSED = { status: 404, body: expect.stringMatching(/^<html>/) as string };

/** A root, its packages and the release: minutes. */
const SET_UP_MS = 900_000;

const folder = mkdtempSync(join(tmpdir(), 'muon-host-'));
const release = { hash: '' };
let root: DebianRoot;
let aws: FakeAws;
let awsUrl: string;
let store: Store;
let offset: number;

beforeAll(async () => {
  release.hash = pack();
  makeCertificate();
  root = new DebianRoot();
  root.install('systemctl', readFileSync(join(import.meta.dirname, 'systemctl.sh'), 'utf8'));
  // The machine's kernel is not the root's own: its settings are left alone.
  root.install('sysctl', '#!/bin/sh\n');
  ({ store } = await openTestStore());
  const settings = functionSettings.parse({
    MUON_SIGNING_KEY: newSigningKey(),
    MUON_INTERNAL_SECRET: 'iam',
    MUON_HEARTBEAT_INTERVAL_MS: '500',
  });
  const internal = createInternalHandler(() => ({ store, settings, log: console }));
  aws = new FakeAws({ folder, internal, turnSecret: TURN_SECRET });
  awsUrl = await aws.start();
}, SET_UP_MS);

afterAll(() => {
  aws?.close();
  root?.[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

test(
  'a release with another hash than was told is not run',
  async () => {
    renameSync(releaseFile(release.hash), releaseFile('0'.repeat(64)));
    await expect(boot({ MUON_RELEASE: '0'.repeat(64) })).rejects.toThrow(/checksum did NOT match/);
    renameSync(releaseFile('0'.repeat(64)), releaseFile(release.hash));
  },
  SET_UP_MS,
);

describe('a media host', () => {
  beforeAll(() => boot({}), SET_UP_MS);
  afterAll(() => root.stop());

  test.each([0, 1])('has a node on core %i, that the control plane knows and clients reach over TLS', async (core) => {
    const health = await untilUp(`node ${core}`, () => ask(7000 + 10 * core, '/healthz'));
    expect(JSON.parse(health.body)).toEqual({ status: 'ok', registered: true });
    const tls = 7000 + 10 * core + offset;
    expect(await store.nodes.get(`nd_${INSTANCE}-${core}`)).toMatchObject({
      region: 'eu-central-1',
      url: `wss://${INSTANCE}.${DOMAIN}:${tls}/ws`,
      linkUrl: `ws://127.0.0.1:${tls + 2}/link`,
    });
  });

  test.each([
    ['/metrics', {}, 200],
    ['/link', UPGRADE, 401],
  ])('shows the world nothing at %s, which the VPC may ask', async (path, headers, status) => {
    expect(await ask(7000, path, headers)).toMatchObject(REFUSED);
    const inside = http.get({ host: '127.0.0.1', port: 7002 + offset, path, headers, agent: false });
    expect(await answerTo(inside)).toMatchObject({ status });
  });

  test.each([
    [7000, '/whip/../metrics', {}],
    [7000, '/whip/./../metrics', {}],
    [7000, '/whip/%2e%2E/metrics', {}],
    [7000, '/whip/.%2e/metrics?a', {}],
    [7000, '/whip/..\\metrics', {}],
    [7000, '/rooms/../link', UPGRADE],
    [8088, '/hls/../metrics', {}],
  ])('hands nothing at all on from port %i that is written as %s', async (port, path, headers) => {
    expect(await ask(port, path, headers)).toMatchObject(REFUSED);
  });

  test('has a gateway for broadcasts, whose HLS is behind TLS', async () => {
    await untilUp('the RTMP gateway', async () => {
      const answer = await fetch(`http://127.0.0.1:${8087 + offset}/healthz`);
      return { status: answer.status, body: await answer.text() };
    });
    const gateways = await until('it is registered', async () => (await store.gateways.list('rtmp'))[0]);
    expect(gateways).toMatchObject({
      id: `gw_${INSTANCE}-rtmp`,
      service: { hlsUrl: `https://console.example.com/hls/${INSTANCE}` },
    });
    expect(await ask(8088, '/metrics')).toMatchObject({ status: 404 });
  });

  test('has a TURN server', async () => {
    await until('coturn answers', () => stunAnswers(3478 + offset));
  });

  test.each([
    ['turnserver.conf', '400 turnserver'],
    ['tls.pem', '400 haproxy'],
  ])('lets one user alone read %s', (name, expected) => {
    expect(root.read('stat', '--format=%a %U', `/run/muon/${name}`)).toBe(expected);
  });

  test('keeps for later starts what it was told, for root alone, and nothing of its environment besides', async () => {
    const kept = (): string => readFileSync(join(root.path, 'etc/muon/boot.env'), 'utf8');
    const told = kept();
    expect(told).toContain('MUON_ROLE=media\n');
    expect(told.match(/^(?!MUON_).+$/gm)).toBeNull();
    expect(root.read('stat', '--format=%a %U', '/etc/muon/boot.env')).toBe('600 root');
    const again = root.run('exec /opt/muon/current/infra/host/set-up.sh\n');
    await expect(again).rejects.toThrow('MUON_ROLE');
    expect(kept()).toBe(told);
  });

  test('ships what its programs log, and goes on from there', async () => {
    const line = { __CURSOR: 'c1', __REALTIME_TIMESTAMP: '1700000000000000', _SYSTEMD_UNIT: 'muon-turn.service' };
    const printed = JSON.stringify({ ...line, MESSAGE: 'hello' });
    root.install('journalctl', `#!/bin/bash\n[[ "$*" == *--after-cursor\\ c1* ]] || echo '${printed}'\n`);
    for (let times = 0; times < 2; times += 1) await root.run(unitCommand('muon-logs.service'), endpoints());
    expect(aws.logged.map(({ message }) => JSON.parse(message) as object)).toEqual([
      { unit: 'muon-turn.service', msg: 'hello' },
    ]);
  });

  test('has units that systemd finds nothing to say about', () => {
    const units = readdirSync(join(root.path, 'etc/systemd/system')).filter((name) => name.startsWith('muon-'));
    expect(units.length).toBeGreaterThan(8);
    const started = units.map((name) => name.replace('@.', '@0.'));
    expect(root.read('systemd-analyze', 'verify', ...started)).toBe('');
  });
});

describe('a host for telephones', () => {
  beforeAll(() => boot({ MUON_ROLE: 'sip', MUON_STATIC_ADDRESSES: '127.0.0.1' }), SET_UP_MS);
  afterAll(() => root.stop());

  test('has a SIP gateway that the control plane knows', async () => {
    await untilUp('the SIP gateway', async () => {
      const answer = await fetch(`http://127.0.0.1:${7060 + offset}/healthz`);
      return { status: answer.status, body: await answer.text() };
    });
    const gateway = await until('it is registered', async () => (await store.gateways.list('sip'))[0]);
    expect(gateway).toMatchObject({ id: `gw_${INSTANCE}-sip` });
  });

  test(`answers SIP${drachtioProgram === undefined ? `; by drachtio-server ${NO_DRACHTIO}` : ' by drachtio-server'}`, async () => {
    const answer = await until('SIP is answered', () => optionsAnswer(5060 + offset));
    expect(answer).toMatch(/^SIP\/2.0 200 OK\r\n/);
    if (drachtioProgram === undefined) return;
    expect(answer).not.toContain('Server: Muon');
    for (const name of ['sip-gateway.env', 'drachtio.env']) {
      expect(root.read('stat', '--format=%a %U', `/run/muon/${name}`)).toBe('400 root');
    }
    const secret = /^DRACHTIO_SECRET=(.+)$/m.exec(root.read('cat', '/run/muon/drachtio.env'))![1]!;
    expect(root.logs()).not.toContain(secret);
  });
});

/** What user data does at an instance's first start. */
async function boot(change: Partial<UserData>): Promise<void> {
  offset = await quietPortOffset();
  const script = toUserData({
    MUON_ROLE: 'media',
    MUON_REGION: 'eu-central-1',
    MUON_API_URL: awsUrl,
    MUON_MEDIA_DOMAIN: DOMAIN,
    MUON_CDN_URL: 'https://console.example.com',
    MUON_NODES: 2,
    MUON_LOG_GROUP: 'hosts',
    MUON_TURN_SECRET_ARN: 'arn:turn',
    MUON_CERTIFICATE_ARN: 'arn:certificate',
    MUON_HOST: '127.0.0.1',
    MUON_PORT_OFFSET: offset,
    MUON_RELEASE: release.hash,
    MUON_RELEASES_URL: `${awsUrl}/releases`,
    ...change,
  });
  await root.run(script, { MUON_METADATA: awsUrl, ...endpoints() });
}

/** Where AWS is, for what runs in the root. */
function endpoints(): Readonly<Record<string, string>> {
  return {
    AWS_EC2_METADATA_SERVICE_ENDPOINT: awsUrl,
    AWS_ENDPOINT_URL_ACM: awsUrl,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: awsUrl,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: awsUrl,
  };
}

/** Below the ports that the system gives to whoever connects: setting a host up takes a while, and they must be free then. */
async function quietPortOffset(): Promise<number> {
  for (;;) {
    const free = await freePortOffset();
    if (free < 24_000) return free;
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Waits for a part that is up, and shows the logs of all when it is not. */
async function untilUp(part: string, askHealth: () => Promise<Answer>): Promise<Answer> {
  const probe = async (): Promise<Answer | undefined> => {
    const answer = await askHealth();
    return answer.status === 200 && !answer.body.includes('"registered":false') ? answer : undefined;
  };
  return until(`${part} is healthy`, probe, { timeoutMs: 60_000 }).catch((error: Error) => {
    throw new Error(`${error.message}\n${root.logs()}`);
  });
}

/** Over TLS, as a client that trusts the certificate and knows the host by its name. */
async function ask(port: number, path: string, headers: http.OutgoingHttpHeaders = {}): Promise<Answer> {
  const ca = readFileSync(join(folder, 'certificate.pem'));
  const servername = `${INSTANCE}.${DOMAIN}`;
  return answerTo(https.get({ host: '127.0.0.1', port: port + offset, path, headers, ca, servername, agent: false }));
}

async function answerTo(request: http.ClientRequest): Promise<Answer> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode!, body: await text(response) };
}

/** Whether a binding request (RFC 8489) is answered. */
async function stunAnswers(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    socket.send(Buffer.from(`000100002112a442${'00'.repeat(12)}`, 'hex'), port, '127.0.0.1');
    const signal = AbortSignal.timeout(1000);
    const [answer] = (await once(socket, 'message', { signal })) as [Buffer];
    return answer.readUInt16BE(0) === 0x0101;
  } finally {
    socket.close();
  }
}

/** What is answered to OPTIONS over UDP; nothing when nobody answers. */
async function optionsAnswer(port: number): Promise<string | undefined> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  try {
    const head = `OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${socket.address().port};rport;branch=z9hG4bK${Math.random()}`;
    const more = [
      'From: <sip:a@b>;tag=1',
      'To: <sip:x@b>',
      `Call-ID: ${Math.random()}`,
      'CSeq: 1 OPTIONS',
      'Max-Forwards: 70',
    ];
    socket.send(`${[head, ...more].join('\r\n')}\r\nContent-Length: 0\r\n\r\n`, port, '127.0.0.1');
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(1000) })) as [Buffer];
    return answer.toString();
  } finally {
    socket.close();
  }
}

/** What systemd runs when a timer says so. */
function unitCommand(name: string): string {
  const unit = readFileSync(join(root.path, 'etc/systemd/system', name), 'utf8');
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)![1]!;
  return `set -a; . ${value('EnvironmentFile')}; cd ${value('WorkingDirectory')}; ${value('ExecStart')}\n`;
}

/** The release that is to be, made as for hosts. */
function pack(): string {
  const script = join(import.meta.dirname, '../../../infra/host/pack.ts');
  const releases = join(folder, 'releases');
  mkdirSync(releases);
  const options = drachtioProgram === undefined ? [] : [drachtioProgram];
  const hash = execFileSync(process.execPath, [script, releases, ...options], { encoding: 'utf8' }).trim();
  expect(readdirSync(releases)).toEqual([`${hash}.tar.gz`]);
  return hash;
}

function releaseFile(hash: string): string {
  return join(folder, 'releases', `${hash}.tar.gz`);
}

function makeCertificate(): void {
  const subject = ['-subj', `/CN=*.${DOMAIN}`, '-addext', `subjectAltName=DNS:*.${DOMAIN}`];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')];
  const options = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files];
  execFileSync('openssl', options, { stdio: ['ignore', 'ignore', 'pipe'] });
}
