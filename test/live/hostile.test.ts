import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeRtmp } from '../support/ffprobe.ts';
import { descendants } from '../support/process-tree.ts';
import { randomBytesOf } from '../support/random-bytes.ts';
import { until } from '../support/until.ts';
import { messageTypes, RtmpPeer } from './rtmp-peer.ts';
import { EGRESS_ID, LiveStage, PULL_TOKEN } from './stage.ts';

let stage: LiveStage;
let pids: number[];

beforeAll(async () => {
  stage = await LiveStage.start();
  stage.broadcast();
  await until('the program is active', () => stage.plane.status(EGRESS_ID)?.status === 'active', { timeoutMs: 60_000 });
  pids = processes();
});
afterAll(() => stage.close());

/** The gateway's processes: RTMP and one program. */
function processes(): number[] {
  return descendants(stage.gateway.pid!).map(({ pid }) => pid);
}

const tcUrl = 'rtmp://localhost/live';
const connected = { app: 'live', tcUrl };

/** What a stranger sends after the handshake. */
const corpus: Readonly<Record<string, (peer: RtmpPeer) => void>> = {
  'connect without tcUrl': (peer) => peer.command('connect', 1, { app: 'live' }),
  'connect with a tcUrl that is none': (peer) => peer.command('connect', 1, { app: 'live', tcUrl: '%%' }),
  'connect with an object in place of names': (peer) => peer.command('connect', 1, { app: {}, tcUrl: {} }),
  'a chunk size of no bytes': (peer) => peer.send(messageTypes.setChunkSize, new Uint8Array()),
  'a chunk size of zero': (peer) => peer.send(messageTypes.setChunkSize, new Uint8Array(4)),
  'a chunk size of 4 GiB': (peer) => peer.send(messageTypes.setChunkSize, Uint8Array.of(255, 255, 255, 255)),
  'publish without a name': (peer) => {
    peer.command('connect', 1, connected);
    peer.command('publish', 2, null);
  },
  'publish under the name of a program': (peer) => {
    peer.command('connect', 1, connected);
    peer.command('publish', 2, null, `${EGRESS_ID}?token=${PULL_TOKEN}`, 'live');
  },
  'play without a name': (peer) => {
    peer.command('connect', 1, connected);
    peer.command('play', 2, null);
  },
  'play before connect': (peer) => peer.command('play', 2, null, `${EGRESS_ID}?token=${PULL_TOKEN}`),
  'play in another app': (peer) => {
    peer.command('connect', 1, { ...connected, app: 'other' });
    peer.command('play', 2, null, `${EGRESS_ID}?token=${PULL_TOKEN}`);
  },
  'play of an unknown program': (peer) => {
    peer.command('connect', 1, connected);
    peer.command('play', 2, null, `eg_other?token=${PULL_TOKEN}`);
  },
  'play of a path': (peer) => {
    peer.command('connect', 1, connected);
    peer.command('play', 2, null, `../../${EGRESS_ID}?token=${PULL_TOKEN}`);
  },
  'play twice': (peer) => {
    peer.command('connect', 1, connected);
    peer.command('play', 2, null, `${EGRESS_ID}?token=${PULL_TOKEN}`);
    peer.command('play', 3, null, `${EGRESS_ID}?token=${PULL_TOKEN}`);
  },
  'media from a puller': (peer) => {
    peer.command('connect', 1, connected);
    peer.command('play', 2, null, `${EGRESS_ID}?token=${PULL_TOKEN}`);
    peer.send(messageTypes.video, Uint8Array.of(0x17, 0, 0, 0, 0));
  },
  'media from a stranger': (peer) => peer.send(messageTypes.audio, Uint8Array.of(0xaf, 0)),
  'a message of 16 MiB': (peer) => peer.send(messageTypes.command, new Uint8Array(1), { length: 0xffffff }),
  'thousands of chunk streams': (peer) => {
    const headers = Array.from({ length: 4000 }, (_, i) => {
      const header = Buffer.alloc(14);
      header[1] = i % 256;
      header.writeUIntBE(60_000, 5, 3);
      header[8] = messageTypes.command;
      return header;
    });
    peer.socket.write(Buffer.concat(headers));
  },
  'a command that is no AMF': (peer) => peer.send(messageTypes.command, randomBytesOf(1, 500)),
  'objects in objects in objects': (peer) => {
    const deep = Buffer.alloc(60_000, Buffer.from([3, 0, 1, 97]));
    peer.send(messageTypes.command, Buffer.concat([Buffer.from([2, 0, 7]), Buffer.from('connect'), deep]));
  },
  'an array of four thousand million': (peer) =>
    peer.send(
      messageTypes.command,
      Buffer.concat([Buffer.from([2, 0, 7]), Buffer.from('connect'), Buffer.from([10, 255, 255, 255, 255])]),
    ),
};

describe('over RTMP', () => {
  test.each(Object.keys(corpus))('%s ends the connection and nothing else', async (name) => {
    const peer = await RtmpPeer.open(stage.rtmpPort);
    corpus[name]!(peer);
    await peer.closed();
    expect(processes()).toEqual(pids);
  });

  test('garbage instead of a handshake, and after it, ends the connection and nothing else', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const stranger = await RtmpPeer.connect(stage.rtmpPort);
      stranger.socket.end(randomBytesOf(seed, 5000));
      const peer = await RtmpPeer.open(stage.rtmpPort);
      peer.socket.end(randomBytesOf(seed, 20_000));
      await Promise.all([stranger.closed(), peer.closed()]);
    }
    expect(processes()).toEqual(pids);
  });

  test('refusals are counted by reason, and the program is still pulled', async () => {
    await until('they are counted', async () => {
      const reasons = ['malformed', 'unauthorised', 'publish'];
      const counts = await Promise.all(reasons.map((reason) => stage.metric(`muon_rtmp_refused{reason="${reason}"}`)));
      return counts.every((count) => count >= 3);
    });
    await until('nobody is left', async () => (await stage.metric('muon_rtmp_connections')) === 0);
    expect((await probeRtmp(stage.rtmpUrl(PULL_TOKEN)))?.toSorted()).toEqual(['aac', 'h264']);
  });
});

describe('over HTTP', () => {
  test.each([
    ['/hls/../../../../etc/passwd', 404],
    ['/hls/%2e%2e/%2e%2e/etc/passwd', 404],
    [`/hls/${EGRESS_ID}/../../main.ts`, 404],
    [`/hls/${EGRESS_ID}/%00`, 404],
    [`/hls/${EGRESS_ID}/s99999999999999999999.m4s`, 404],
    [`/hls/${EGRESS_ID}/p1.1.m4s`, 404],
    [`/hls/${EGRESS_ID}/live.m3u8?_HLS_msn=-1`, 400],
    [`/hls/${EGRESS_ID}/live.m3u8?_HLS_msn=NaN&_HLS_part=0`, 400],
    [`/hls/${EGRESS_ID}/live.m3u8?_HLS_part=0`, 400],
    [`/hls/${EGRESS_ID}/live.m3u8?_HLS_msn=999999999999`, 400],
    ['/hls/eg_unknown/master.m3u8', 404],
    [`/hls/${EGRESS_ID}/rc_1.mp4`, 403],
    [`/hls/${EGRESS_ID}/rc_1.mp4?token=${'A'.repeat(43)}`, 403],
    [`/hls/${EGRESS_ID}/rc_1.mp4?token=%F0%28&token=x`, 403],
    [`/hls/${EGRESS_ID}/rc_1.mp4?token=${'%C3%A9'.repeat(20)}`, 403],
    [`/hls/${EGRESS_ID}/rc_..%2f..%2fkey.mp4`, 404],
    [`/hls/../recordings/key?token=x`, 404],
    [`/hls/${EGRESS_ID}/rc_${'1'.repeat(65)}.mp4`, 404],
    ['*', 404],
  ])('%s is answered', async (path, status) => {
    expect(await get(path)).toBe(status);
  });

  test('a path of thousands of letters is answered', async () => {
    expect(await get(`/${'a'.repeat(6000)}`)).toBe(404);
    expect(await get(`/${'a'.repeat(60_000)}`)).toBe(400);
  });

  test('only reading is allowed', async () => {
    expect(await get(`/hls/${EGRESS_ID}/master.m3u8`, 'DELETE')).toBe(405);
    expect(await get(`/hls/${EGRESS_ID}/master.m3u8`, 'OPTIONS')).toBe(204);
    expect(await get(`/hls/${EGRESS_ID}/master.m3u8`, 'HEAD')).toBe(200);
  });

  test('bytes that are no HTTP are answered with the end of the connection', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const socket = connect(Number(new URL(stage.hlsUrl).port), '127.0.0.1').on('error', () => {});
      socket.resume().write(randomBytesOf(seed, 3000));
      await once(socket, 'close');
    }
    const refused = await stage.metric('muon_hls_requests_total{status="400"}');
    expect(refused).toBeGreaterThanOrEqual(20);
  });

  test('a crowd that waits for the next part is answered', async () => {
    const playlist = await (await fetch(stage.masterUrl.replace('master', 'live'))).text();
    const [, msn, part] = /PRELOAD-HINT:TYPE=PART,URI="p(\d+)\.(\d+)\.m4s"/.exec(playlist)!;
    const path = `/hls/${EGRESS_ID}/live.m3u8?_HLS_msn=${msn}&_HLS_part=${part}`;
    const answers = await Promise.all(Array.from({ length: 200 }, () => get(path)));
    expect(new Set(answers)).toEqual(new Set([200]));
  });

  test('the gateway is well after all that', async () => {
    expect(await get('/healthz')).toBe(200);
    expect(processes()).toEqual(pids);
    expect(stage.plane.status(EGRESS_ID)?.status).toBe('active');
  });
});

/** The status of an answer; the path is sent as it is. */
function get(path: string, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(stage.hlsUrl);
    const asked = request({ host: '127.0.0.1', port, path, method }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    asked.on('error', reject).end();
  });
}
