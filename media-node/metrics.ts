import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MediaPort, MediaPortCounters } from './io/media-port.ts';
import type { Room } from './room.ts';
import type { Rooms } from './rooms.ts';

/** Name and meaning of what the media port counts. */
const mediaTotals: Readonly<Record<keyof MediaPortCounters, readonly [name: string, help: string]>> = {
  receivedPackets: ['muon_media_packets_received_total', 'SRTP and SRTCP packets of clients.'],
  receivedBytes: ['muon_media_bytes_received_total', 'Bytes of packets of clients.'],
  sentPackets: ['muon_media_packets_sent_total', 'SRTP and SRTCP packets to clients.'],
  sentBytes: ['muon_media_bytes_sent_total', 'Bytes of packets to clients.'],
  sendErrors: ['muon_media_send_errors_total', 'Packets that the system did not take.'],
  unknownSource: ['muon_media_unknown_source_total', 'SRTP from an address without a session.'],
  malformed: ['muon_media_malformed_total', 'Too short or malformed for SRTP.'],
  unauthentic: ['muon_media_unauthentic_total', 'SRTP that its key did not make.'],
  replayed: ['muon_media_replayed_total', 'SRTP that came before.'],
  checks: ['muon_stun_checks_total', 'Connectivity checks that were verified and answered.'],
  checksRefused: ['muon_stun_checks_refused_total', 'Connectivity checks that are forged, or for nobody.'],
  checksDeferred: [
    'muon_stun_checks_deferred_total',
    'Connectivity checks not answered, since too many of their address shake hands.',
  ],
  dtlsUnknownSource: ['muon_dtls_unknown_source_total', 'DTLS from an address that no client has checked from.'],
  packetsAskedFor: ['muon_packets_asked_for_total', 'Packets that subscribers missed and asked for (NACK).'],
  packetsRepeated: ['muon_packets_repeated_total', 'Packets sent again to subscribers.'],
  keyframesAskedFor: ['muon_keyframes_asked_for_total', 'Keyframes that subscribers asked for (PLI, FIR).'],
  transportFeedback: ['muon_transport_feedback_total', 'Transport-wide feedback of subscribers.'],
  packetsRequested: ['muon_packets_requested_total', 'Packets that publishers were asked for (NACK).'],
  keyframesRequested: ['muon_keyframes_requested_total', 'Keyframes that publishers were asked for (PLI).'],
  layerSwitches: ['muon_layer_switches_total', 'Times that a subscriber was sent another layer of a video.'],
  tcpAccepted: ['muon_media_tcp_accepted_total', 'TCP connections to the media port.'],
  tcpRefused: ['muon_media_tcp_refused_total', 'TCP connections beyond a limit.'],
  tcpEnded: ['muon_media_tcp_ended_total', 'TCP connections ended: bad framing, no client, or silent.'],
  tcpDropped: ['muon_media_tcp_dropped_total', 'Packets left out for slow TCP connections.'],
  dataOverflows: [
    'muon_data_overflows_total',
    'Clients whose data channels were ended, since they sent more than may wait.',
  ],
  garbage: ['muon_media_garbage_total', 'Datagrams that are no protocol of ours, or break it.'],
};

/** From a voice alone to several videos in full size. */
const ESTIMATE_BUCKETS_BPS = [100_000, 250_000, 500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000];

/** What an operator watches; each name is a line of `/metrics`. */
export class Metrics {
  readonly registry = new Registry();
  /** Counted by the packet, so these are plain numbers until they are read. */
  readonly packets = { linkReceived: 0, linkSent: 0, linkSlow: 0, linkUnknownTrack: 0, linkMalformed: 0 };
  readonly joins = this.#counter('muon_joins_total', 'Participants that joined, by connection.', ['connection']);
  readonly failedJoins = this.#counter(
    'muon_failed_joins_total',
    'Who came to join and could not, by connection and code.',
    ['connection', 'code'],
  );
  readonly leaves = this.#counter('muon_leaves_total', 'Participants that left, by reason.', ['reason']);
  readonly resumes = this.#counter('muon_resumes_total', 'Clients back on a new WebSocket, by outcome.', ['outcome']);
  readonly droppedMessages = this.#counter(
    'muon_messages_dropped_total',
    'Messages that clients read too slowly to get.',
    [],
  );
  readonly refusedTokens = this.#counter('muon_refused_tokens_total', 'Access tokens refused, by code.', ['code']);
  readonly refusedRequests = this.#counter('muon_refused_requests_total', 'Requests refused, by code.', ['code']);
  readonly badRequests = this.#counter(
    'muon_bad_requests_total',
    'What peers sent that breaks their protocol or its limits, by where it came in.',
    ['at'],
  );

  readonly refusedReports = this.#counter(
    'muon_reports_refused_total',
    'Reports of who came and went, and of usage, that the control plane does not take, by code; by room and heartbeat.',
    ['code'],
  );

  /** Set by who keeps the sessions. */
  httpSessions = { whip: () => 0, whep: () => 0 };
  /** Set by who opens the WebSockets. */
  unjoined = (): number => 0;
  readonly #estimates: Histogram;
  readonly #mediaPort: MediaPort;

  constructor(rooms: Rooms, mediaPort: MediaPort) {
    this.#mediaPort = mediaPort;
    collectDefaultMetrics({ register: this.registry });
    this.#gauge('muon_rooms', 'Rooms that somebody is in.', () => [...rooms.all].length);
    this.#gauge('muon_participants', 'Participants who are shown.', () => sum(rooms, ({ seats }) => seats));
    this.#gauge('muon_tracks', 'Published tracks.', () => sum(rooms, ({ tracks }) => [...tracks].length));
    this.#gauge('muon_connections', 'Peer connections, connected or on their way.', () => mediaPort.connections);
    this.#gauge('muon_handshakes', 'Peer connections on their way to be connected.', () => mediaPort.handshakes);
    this.#gauge('muon_websockets_unjoined', 'WebSockets whose client has not joined.', () => this.unjoined());
    this.#gauge('muon_media_tcp_connections', 'TCP connections to the media port.', () => mediaPort.tcpConnections);
    this.#gauge('muon_videos_paused', 'Videos that subscribers are not sent now.', () => mediaPort.pausedVideos);
    this.#gauge('muon_whip_sessions', 'Sessions that publish by WHIP.', () => this.httpSessions.whip());
    this.#gauge('muon_whep_sessions', 'Sessions that play by WHEP.', () => this.httpSessions.whep());
    this.#estimates = new Histogram({
      name: 'muon_subscriber_estimate_bps',
      help: 'What networks of subscribers are thought to bear, in bit/s; each of them every 10 s.',
      buckets: ESTIMATE_BUCKETS_BPS,
      registers: [this.registry],
    });
    for (const [counter, [name, help]] of Object.entries(mediaTotals)) {
      this.#total(name, help, () => mediaPort.counters[counter as keyof MediaPortCounters]);
    }
    const { packets } = this;
    this.#total('muon_link_packets_received_total', 'Packets that links brought.', () => packets.linkReceived);
    this.#total('muon_link_packets_sent_total', 'Packets given to links.', () => packets.linkSent);
    this.#total('muon_link_packets_slow_total', 'Packets left out for slow links.', () => packets.linkSlow);
    this.#total(
      'muon_link_packets_unknown_track_total',
      'Packets of links that are of no track.',
      () => packets.linkUnknownTrack,
    );
    this.#total(
      'muon_link_packets_malformed_total',
      'Packets of links that are not RTP of their track.',
      () => packets.linkMalformed,
    );
  }

  /** Adds what is thought now of all subscribers' networks. For every 10 s. */
  observeEstimates(nowMs: number): void {
    for (const bps of this.#mediaPort.estimatesBps(nowMs)) this.#estimates.observe(bps);
  }

  /** Adds a value that goes up and down, read whenever the page is. */
  #gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.registry], collect: () => gauge.set(read()) });
  }

  /** Adds a value that is counted elsewhere and only grows. */
  #total(name: string, help: string, read: () => number): void {
    const collect = (): void => {
      counter.reset();
      counter.inc(read());
    };
    const counter: Counter = new Counter({ name, help, registers: [this.registry], collect });
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}

function sum(rooms: Rooms, read: (room: Room) => number): number {
  return [...rooms.all].reduce((total, room) => total + read(room), 0);
}
