/** The RTMP process: gives programs to whoever pulls them, by node-media-server; apart, since strangers talk to it. */
import { createServer, type Socket } from 'node:net';
import { openLog } from '@muon/service/log.ts';
import { logFatalErrors } from '@muon/service/process.ts';
import logger from 'node-media-server/src/core/logger.js';
import { Access } from './access.ts';
import { Feed } from './feed.ts';
import { rtmpRefusals, type FromRtmp, type RtmpRefusal, type ToRtmp } from './messages.ts';
import { serve } from './session.ts';

const MAX_CONNECTIONS = 1000;

const TALLY_INTERVAL_MS = 1000;

const log = openLog('rtmp-front', process.env['MUON_LOG_LEVEL'] ?? 'info');
logFatalErrors(log);
// It would write a line for each bad byte of a stranger.
logger.log = () => {};

const access = new Access();
const feeds = new Map<string, Feed>();
const refused = Object.fromEntries(rtmpRefusals.map((refusal) => [refusal, 0])) as Record<RtmpRefusal, number>;
let connections = 0;

const server = createServer(onConnection);

process.on('disconnect', () => process.exit(0));
process.on('message', onMessage);
setInterval(() => {
  const pullers = [...feeds.values()].reduce((sum, feed) => sum + feed.pullers, 0);
  send({ type: 'tally', tally: { connections, pullers, refused } });
}, TALLY_INTERVAL_MS);

function onMessage(message: ToRtmp): void {
  switch (message.type) {
    case 'listen':
      server.listen(message.port, message.host, () => send({ type: 'listening' }));
      return;
    case 'open':
      return open(message);
    case 'video':
      return feeds.get(message.egressId)?.video(message.sample);
    case 'audio':
      return feeds.get(message.egressId)?.audio(message.sample);
    case 'close':
      return close(message.egressId);
  }
}

function open({ egressId, tokens, tracks }: ToRtmp & { type: 'open' }): void {
  const feed = feeds.get(egressId) ?? new Feed(egressId);
  feeds.set(egressId, feed);
  access.set(egressId, tokens);
  feed.open(tracks);
}

function close(egressId: string): void {
  access.delete(egressId);
  feeds.get(egressId)?.close();
  feeds.delete(egressId);
}

function onConnection(socket: Socket): void {
  if (connections >= MAX_CONNECTIONS) {
    refused['too-many'] += 1;
    socket.destroy();
    return;
  }
  connections += 1;
  socket.on('close', () => (connections -= 1));
  serve(socket, {
    admits: (egressId, token) => access.admits(egressId, token),
    onPlay: () => log.info('a puller was admitted'),
    onRefused: (refusal) => {
      refused[refusal] += 1;
    },
  });
}

function send(message: FromRtmp): void {
  process.send?.(message);
}
