import { setTimeout } from 'node:timers/promises';
import { openControlPlane } from '@muon/service/open-control-plane.ts';
import { openLog } from '@muon/service/log.ts';
import { logFatalErrors, type Service } from '@muon/service/process.ts';
import { Registration } from '@muon/service/registration.ts';
import { commandsResource } from './commands/resource.ts';
import type { NodeContext } from './context.ts';
import { ClientAddresses } from './http/client-addresses.ts';
import { readQuery } from './http/credentials.ts';
import { MediaPort } from './io/media-port.ts';
import { LinkUpgrade } from './link/upgrade.ts';
import { Metrics } from './metrics.ts';
import { thisMoment } from './moment.ts';
import { Rooms } from './rooms.ts';
import { NodeServer } from './server.ts';
import { Sessions } from './signal/sessions.ts';
import { nodeAddress, type NodeSettings } from './settings.ts';
import { SignalUpgrade } from './signal/upgrade.ts';
import { participantsResource } from './stats/resource.ts';
import { AccessTokens } from './tokens.ts';
import { WhipEndpoint } from './whip/endpoint.ts';
import { Ingest } from './whip/ingest.ts';
import { Player } from './whip/player.ts';

/** Quick enough for a ring around whoever speaks. */
const SPEAKERS_INTERVAL_MS = 100;

/** Slow enough for means that mean something. */
const QUALITY_INTERVAL_MS = 1000;

/** How often the estimates of all subscribers are counted. */
const ESTIMATES_INTERVAL_MS = 10_000;

/** Who comes and goes is told within this, however seldom the heartbeats are. */
const REPORTS_INTERVAL_MS = 1000;

/** A control plane that is away does not hold a node that ends. */
const LAST_WORDS_MS = 1000;

/** The last of all that a node has to tell takes several heartbeats. */
const LAST_BEATS = 10;

/** Starts a media node: its ports, and its heartbeats to the control plane. */
export async function startNode(settings: NodeSettings): Promise<Service> {
  const log = openLog('media-node', settings.MUON_LOG_LEVEL);
  logFatalErrors(log);
  const address = nodeAddress(settings);
  const rooms = new Rooms();
  const mediaPort = await MediaPort.open({
    host: settings.MUON_HOST,
    port: address.mediaPort,
    publicAddresses: settings.MUON_PUBLIC_IP,
    ...(settings.MUON_PUBLIC_MEDIA_PORT === undefined ? {} : { publicPort: settings.MUON_PUBLIC_MEDIA_PORT }),
  });
  const node: NodeContext = {
    rooms,
    sessions: new Sessions(),
    mediaPort,
    addresses: new ClientAddresses(settings.MUON_TRUSTED_PROXIES),
    metrics: new Metrics(rooms, mediaPort),
    log,
  };
  const tokens = new AccessTokens(settings.MUON_NODE_ID);
  const whip = new WhipEndpoint({
    node,
    tokens,
    path: '/whip',
    needs: 'publish',
    role: (connection, { attendance }) => new Ingest(connection, node, attendance),
  });
  const whep = new WhipEndpoint({
    node,
    tokens,
    path: '/whep',
    needs: 'subscribe',
    role: (connection, { request }) => new Player(connection, readQuery(request, 'participant')),
  });
  const signalling = new SignalUpgrade(node, tokens);
  node.metrics.unjoined = () => signalling.unjoined;
  node.metrics.httpSessions = { whip: () => whip.size, whep: () => whep.size };
  const registration = register(settings, node, tokens);
  const server = await NodeServer.listen({
    host: settings.MUON_HOST,
    port: address.httpPort,
    node,
    resources: {
      '/healthz': {
        methods: {
          GET(_request, response) {
            response.setHeader('content-type', 'application/json');
            response.end(JSON.stringify({ status: 'ok', registered: registration.registered }));
          },
        },
      },
      '/metrics': {
        methods: {
          async GET(_request, response) {
            response.setHeader('content-type', node.metrics.registry.contentType);
            response.end(await node.metrics.registry.metrics());
          },
        },
      },
      '/rooms/{room}/participants': participantsResource(rooms, tokens),
      '/rooms/{room}/commands/{command}': commandsResource(rooms, tokens),
      ...whip.resources,
      ...whep.resources,
    },
    upgrades: {
      '/ws': signalling,
      '/link': new LinkUpgrade({ node, tokens, fromAnywhere: settings.MUON_LINK_FROM_ANYWHERE === '1' }),
    },
  });
  const polls = [
    setInterval(() => rooms.pollSpeakers(performance.now()), SPEAKERS_INTERVAL_MS),
    setInterval(() => rooms.pollQuality(performance.now()), QUALITY_INTERVAL_MS),
    setInterval(() => node.metrics.observeEstimates(performance.now()), ESTIMATES_INTERVAL_MS),
    setInterval(() => rooms.reports.waiting && void registration.beat(), REPORTS_INTERVAL_MS),
  ];
  log.info({ id: settings.MUON_NODE_ID, httpPort: address.httpPort, mediaPort: mediaPort.port }, 'the node is up');
  return {
    ready: registration.ready,
    async close() {
      for (const poll of polls) clearInterval(poll);
      rooms.closeAll({ code: 'draining', reason: 'no-node-available' });
      await tellLast(rooms, registration);
      registration.close();
      await server.close();
      await mediaPort.close();
    },
  };
}

/** Tells who is sent away by the end of the node. */
async function tellLast({ reports, usage }: Rooms, registration: Registration): Promise<void> {
  const patience = setTimeout(LAST_WORDS_MS, undefined, { ref: false });
  // A heartbeat that is under way may have begun before.
  for (let count = 0; count < LAST_BEATS && (reports.waiting || usage.waiting); count += 1)
    await Promise.race([registration.beat(), patience]);
}

/** Makes the node known, learns which keys sign tokens, and closes rooms that are no longer its own. */
function register(settings: NodeSettings, { rooms, metrics, log }: NodeContext, tokens: AccessTokens): Registration {
  const { MUON_NODE_ID: id, MUON_REGION: region, MUON_NODE_CAPACITY: capacity } = settings;
  const { url, linkUrl } = nodeAddress(settings);
  const generation = Date.now();
  const controlPlane = openControlPlane(settings);
  return new Registration({
    log,
    async register() {
      const body = { id, generation, region, url, linkUrl, capacity };
      const { tokenKeys, heartbeatIntervalMs } = await controlPlane.call('registerNode', body);
      tokens.trust(tokenKeys);
      return { heartbeatIntervalMs };
    },
    async heartbeat() {
      const attendance = rooms.reports.next;
      const usage = rooms.usage.next(thisMoment());
      const body = { generation, rooms: rooms.describe(), attendance, ...(usage ? { usage } : {}) };
      const answer = await controlPlane.call('nodeHeartbeat', body, { node: id });
      rooms.usage.told(usage);
      const forgotten = rooms.reports.told(attendance.at(-1));
      if (forgotten > 0)
        log.warn({ forgotten }, 'the control plane was away for so long that joins and leaves were not told');
      if (answer.refused.length > 0)
        log.error({ refused: answer.refused }, 'the control plane refused what was told of rooms');
      for (const { code } of answer.refused) metrics.refusedReports.inc({ code });
      tokens.trust(answer.tokenKeys);
      for (const { id: room, reason } of answer.closeRooms) rooms.close(room, { code: 'roomClosed', reason });
    },
  });
}
