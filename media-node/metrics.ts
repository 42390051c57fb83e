import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Room } from './room.ts';
import type { Rooms } from './rooms.ts';

/** What an operator watches; each name is a line of `/metrics`. */
export class Metrics {
  readonly registry = new Registry();
  /** Counted by the packet, so these are plain numbers until they are read. */
  readonly packets = { linkReceived: 0, linkSent: 0, linkSlow: 0, linkUnknownTrack: 0, linkMalformed: 0 };
  readonly joins = this.#counter('muon_joins_total', 'Participants that joined, by connection.', ['connection']);
  readonly leaves = this.#counter('muon_leaves_total', 'Participants that left, by reason.', ['reason']);
  readonly refusedTokens = this.#counter('muon_refused_tokens_total', 'Access tokens refused, by code.', ['code']);
  readonly refusedRequests = this.#counter('muon_refused_requests_total', 'Requests refused, by code.', ['code']);
  readonly badRequests = this.#counter(
    'muon_bad_requests_total',
    'What peers sent that breaks their protocol or its limits, by where it came in.',
    ['at'],
  );

  constructor(rooms: Rooms) {
    collectDefaultMetrics({ register: this.registry });
    this.gauge('muon_rooms', 'Rooms that somebody is in.', () => [...rooms.all].length);
    this.gauge('muon_participants', 'Participants who are shown.', () => sum(rooms, ({ seats }) => seats));
    this.gauge('muon_tracks', 'Published tracks.', () => sum(rooms, ({ tracks }) => [...tracks].length));
    const { packets } = this;
    this.total('muon_link_packets_received_total', 'Packets that links brought.', () => packets.linkReceived);
    this.total('muon_link_packets_sent_total', 'Packets given to links.', () => packets.linkSent);
    this.total('muon_link_packets_slow_total', 'Packets left out for slow links.', () => packets.linkSlow);
    this.total('muon_link_packets_unknown_track_total', 'Of no track.', () => packets.linkUnknownTrack);
    this.total('muon_link_packets_malformed_total', 'Not RTP of their track.', () => packets.linkMalformed);
  }

  /** Adds a value that goes up and down, read whenever the page is. */
  gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.registry], collect: () => gauge.set(read()) });
  }

  /** Adds a value that is counted elsewhere and only grows. */
  total(name: string, help: string, read: () => number): void {
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
