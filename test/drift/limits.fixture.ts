/** A limit of a media node on what strangers and clients may do. */
export interface Limit {
  readonly what: string;
  readonly limit: string;
  /** The code that a refusal has, or the metric that counts what is dropped. */
  readonly beyond: string;
  readonly more?: string;
  /** Where it is, and how it reads there. */
  readonly source: readonly [file: string, text: string];
}

const handshakes = 'media-node/io/handshakes.ts';
const unjoined = 'media-node/signal/unjoined.ts';
const tcp = 'media-node/io/tcp-port.ts';

/** By who meets it first. */
export const limits: readonly Limit[] = [
  {
    what: 'participants of a room',
    limit: '`maxParticipants` of the room, as its newest access token says',
    beyond: 'room-full',
    source: ['media-node/capacity.ts', 'others.shown >= this.#max'],
  },
  {
    what: 'hidden participants of a room',
    limit: '100',
    beyond: 'room-full',
    source: ['media-node/capacity.ts', 'const MAX_HIDDEN = 100;'],
  },
  {
    what: 'connections on their way to be connected',
    limit: '500 of a node',
    beyond: 'no-node-available',
    source: [handshakes, 'const MAX_HANDSHAKES = 500;'],
  },
  {
    what: 'those that one address (of IPv6, one /64) has asked for',
    limit: '250',
    beyond: 'too-many-handshakes',
    source: [handshakes, 'const MAX_HANDSHAKES_OF_ADDRESS = 250;'],
  },
  {
    what: 'those that are at one address, by their checks',
    limit: '250',
    beyond: 'muon_stun_checks_deferred_total',
    more: 'further ones wait until others are connected or given up',
    source: [handshakes, 'const MAX_HANDSHAKES_OF_ADDRESS = 250;'],
  },
  {
    what: 'time until a connection is connected',
    limit: '30 s',
    beyond: 'muon_leaves_total',
    more: 'reason `handshake-timeout`',
    source: ['media-node/io/media-port.ts', 'options.handshakeTimeoutMs ?? 30_000'],
  },
  {
    what: 'time without a check of the client',
    limit: '30 s',
    beyond: 'muon_leaves_total',
    more: 'reason `consent-expired`',
    source: ['media-node/io/media-port.ts', 'options.consentTimeoutMs ?? 30_000'],
  },
  {
    what: 'tracks that a client publishes',
    limit: '16',
    beyond: 'muon_bad_requests_total',
    more: '`at="tracks"`; further ones are not shown',
    source: ['media-node/signal/publisher.ts', 'const MAX_TRACKS = 16;'],
  },
  {
    what: 'tracks that a client is sent',
    limit: '256',
    beyond: 'too-many-tracks',
    source: ['media-node/signal/subscribing.ts', 'const MAX_SUBSCRIPTIONS = 256;'],
  },
  {
    what: 'media of an offer',
    limit: '64',
    beyond: 'invalid-request',
    source: ['media-node/negotiation/answer.ts', 'const MAX_MEDIA = 64;'],
  },
  {
    what: 'RTP streams of a connection',
    limit: '64',
    beyond: '',
    more: 'further ones are not taken',
    source: ['media-node/io/incoming-streams.ts', 'const MAX_STREAMS = 64;'],
  },
  {
    what: 'requests of a client',
    limit: '50 a second, bursts of 200',
    beyond: 'tooManyRequests',
    more: 'the WebSocket is closed',
    source: ['media-node/signal/rpc-socket.ts', 'const REQUEST_RATE = { perSecond: 50, burst: 200 };'],
  },
  {
    what: 'messages of a client that make no sense',
    limit: '32',
    beyond: 'invalidRequest',
    more: 'the WebSocket is closed',
    source: ['media-node/signal/rpc-socket.ts', 'const MAX_BAD_MESSAGES = 32;'],
  },
  {
    what: 'size of a request',
    limit: '512 KB',
    beyond: '',
    more: 'the WebSocket is closed with 1009',
    source: ['contract/signal.ts', 'const MAX_SIGNAL_BYTES = 512 * 1024;'],
  },
  {
    what: 'size of a room message',
    limit: '64 KB',
    beyond: 'message-too-large',
    source: ['contract/message.ts', 'const MAX_MESSAGE_BYTES = 64 * 1024;'],
  },
  {
    what: 'room messages of a participant',
    limit: '100 a second, bursts of 200',
    beyond: 'too-many-messages',
    source: ['media-node/message-budget.ts', 'const MESSAGES = { perSecond: 100, burst: 200 };'],
  },
  {
    what: 'messages that wait for a slow reader',
    limit: '1 MB',
    beyond: 'muon_messages_dropped_total',
    source: ['media-node/signal/message-channels.ts', 'const MAX_WAITING_BYTES = 1024 * 1024;'],
  },
  {
    what: 'time to join, once the WebSocket is open',
    limit: '30 s',
    beyond: 'invalidRequest',
    more: 'the WebSocket is closed; reason `join-timeout`',
    source: ['media-node/signal/entrance.ts', 'const JOIN_TIMEOUT_MS = 30_000;'],
  },
  {
    what: 'WebSockets that have not joined',
    limit: '2000 of a node',
    beyond: 'no-node-available',
    more: 'the upgrade is refused with 503',
    source: [unjoined, 'const MAX_UNJOINED = 2000;'],
  },
  {
    what: 'those of one address (of IPv6, one /64)',
    limit: '250',
    beyond: 'too-many-connections',
    more: 'the upgrade is refused with 429',
    source: [unjoined, 'const MAX_UNJOINED_OF_ADDRESS = 250;'],
  },
  {
    what: 'those of one participant',
    limit: '8',
    beyond: 'too-many-connections',
    more: 'the upgrade is refused with 429',
    source: [unjoined, 'const MAX_UNJOINED_OF_IDENTITY = 8;'],
  },
  {
    what: 'tracks that a link publishes',
    limit: '64',
    beyond: 'too-many-tracks',
    source: ['media-node/link/publications.ts', 'const MAX_TRACKS = 64;'],
  },
  {
    what: 'tracks that a link is sent',
    limit: '1024',
    beyond: 'too-many-tracks',
    source: ['media-node/link/subscriptions.ts', 'const MAX_TRACKS = 1024;'],
  },
  {
    what: 'requests of a link',
    limit: '100 a second, bursts of 2000',
    beyond: 'protocolError',
    more: 'the WebSocket is closed',
    source: ['media-node/link/session.ts', 'const REQUEST_RATE = { perSecond: 100, burst: 2000 };'],
  },
  {
    what: 'SDP of WHIP and WHEP',
    limit: '64 KB',
    beyond: 'body-too-large',
    source: ['media-node/whip/endpoint.ts', 'const MAX_BODY_BYTES = 64 * 1024;'],
  },
  {
    what: 'sessions of WHIP, and of WHEP',
    limit: '2000 of a node',
    beyond: 'no-node-available',
    source: ['media-node/whip/endpoint.ts', 'const MAX_SESSIONS = 2000;'],
  },
  {
    what: 'changes of a WHIP or WHEP session',
    limit: '10 a second, bursts of 50',
    beyond: 'rate-limited',
    source: ['media-node/whip/endpoint.ts', 'const PATCH_RATE = { perSecond: 10, burst: 50 };'],
  },
  {
    what: 'time to send a request over HTTP',
    limit: '15 s',
    beyond: '',
    more: 'the connection is ended with 408',
    source: ['media-node/server.ts', 'const REQUEST_TIMEOUT_MS = 15_000;'],
  },
  {
    what: 'size of a packet of media',
    limit: '2048 bytes',
    beyond: 'muon_media_malformed_total',
    source: ['media-node/io/typescript-packet-io.ts', 'const MAX_DATAGRAM_BYTES = 2048;'],
  },
  {
    what: 'addresses of a client',
    limit: '16',
    beyond: '',
    more: 'the one that was silent longest is forgotten',
    source: ['media-node/io/client-paths.ts', 'const MAX_PATHS = 16;'],
  },
  {
    what: 'TCP connections to the media port',
    limit: '4096',
    beyond: 'muon_media_tcp_refused_total',
    source: [tcp, 'const MAX_CONNECTIONS = 4096;'],
  },
  {
    what: 'those without a verified check',
    limit: '512',
    beyond: 'muon_media_tcp_refused_total',
    source: [tcp, 'const MAX_UNVERIFIED = 512;'],
  },
  {
    what: 'those of one address (of IPv6, one /64)',
    limit: '64',
    beyond: 'muon_media_tcp_refused_total',
    source: [tcp, 'const MAX_UNVERIFIED_OF_ADDRESS = 64;'],
  },
  {
    what: 'time until the first verified check over TCP',
    limit: '10 s',
    beyond: 'muon_media_tcp_ended_total',
    source: [tcp, 'const VERIFY_TIMEOUT_MS = 10_000;'],
  },
  {
    what: 'bytes that wait for a slow client on TCP',
    limit: '256 KB of video, 320 KB in all',
    beyond: 'muon_media_tcp_dropped_total',
    source: [tcp, 'const MAX_QUEUED_BYTES_FOR_VIDEO = 256 * 1024;'],
  },
];
