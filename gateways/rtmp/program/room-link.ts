import { EventEmitter } from 'node:events';
import type { Codec, LinkNotice } from '@muon/contract/link.ts';
import type { Participant } from '@muon/contract/participant.ts';
import { Link } from '@muon/service/link-client.ts';
import type { Log } from '@muon/service/log.ts';
import type { LinkPacket } from '@muon/wire/link/frame.ts';
import { afterEvent, type Participants } from '../layout/participants.ts';

export interface RoomLinkEvents {
  /** Somebody came, left or changed. */
  changed: [Participants];
  subscribed: [{ readonly trackId: string; readonly identity: string; readonly codec: Codec }];
  unsubscribed: [{ readonly trackId: string }];
  /** RTP or RTCP of a subscribed track; valid until the handler returns. */
  packet: [{ readonly trackId: string; readonly packet: Uint8Array }];
}

/** Where a link leads, and what admits it. */
export interface LinkAddress {
  readonly url: string;
  readonly accessToken: string;
}

/** The first wait before a lost link is opened again; it doubles up to the last. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5000;

/** A room as a program sees it: all its audio and video, over a link that is opened again whenever it ends. */
export class RoomLink extends EventEmitter<RoomLinkEvents> {
  readonly #open: () => Promise<LinkAddress>;
  readonly #log: Log;
  readonly #trackIds = new Map<number, string>();
  #participants: Participants = new Map();
  #link: Link | undefined;
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param open asks for an address; rejects when there is none now. */
  constructor(open: () => Promise<LinkAddress>, log: Log) {
    super();
    this.#open = open;
    this.#log = log;
  }

  /** Joins; from now on, events come. */
  start(): void {
    void this.#connect();
  }

  requestKeyframe(trackId: string): void {
    this.#link?.request({ type: 'requestKeyframe', trackId });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#link?.close();
  }

  async #connect(): Promise<void> {
    try {
      const { url, accessToken } = await this.#open();
      if (this.#closed) return;
      const link = new Link(url, accessToken);
      this.#link = link;
      link.on('notice', (notice) => this.#onNotice(notice));
      link.on('packets', (packets) => this.#onPackets(packets));
      link.on('closed', ({ code, reason }) => this.#onClosed(code, reason));
    } catch (error) {
      this.#onClosed(undefined, error instanceof Error ? error.message : String(error));
    }
  }

  /** What was seen last stays until the room is seen again. */
  #onClosed(code: number | undefined, reason: string): void {
    if (this.#closed) return;
    this.#log.warn({ code, reason, retryMs: this.#retryMs }, 'no link to the room; opening it again');
    this.#retry = setTimeout(() => void this.#connect(), this.#retryMs);
    this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2);
  }

  #onNotice(notice: LinkNotice): void {
    switch (notice.type) {
      case 'joined':
        return this.#onJoined(notice.participants);
      case 'event':
        return this.#see(afterEvent(this.#participants, notice.event));
      case 'subscribed':
        return this.#onSubscribed(notice);
      case 'unsubscribed':
        this.#trackIds.delete(notice.number);
        this.emit('unsubscribed', { trackId: notice.trackId });
        return;
      case 'refused':
        this.#log.warn({ request: notice.request, code: notice.code }, 'the node refused a request');
        return;
      case 'published':
      case 'keyframeRequested':
      case 'message':
        // A program publishes nothing, and shows no text.
        return;
    }
  }

  #onJoined(participants: readonly Participant[]): void {
    this.#retryMs = FIRST_RETRY_MS;
    for (const trackId of this.#trackIds.values()) this.emit('unsubscribed', { trackId });
    this.#trackIds.clear();
    this.#participants = new Map();
    this.#see(new Map(participants.map((participant) => [participant.identity, participant])));
  }

  /** Asks for tracks that are new; those that are gone end with `unsubscribed`. */
  #see(participants: Participants): void {
    const known = new Set(trackIds(this.#participants));
    this.#participants = participants;
    for (const trackId of trackIds(participants)) {
      if (!known.has(trackId)) this.#link?.request({ type: 'subscribe', trackId });
    }
    this.emit('changed', participants);
  }

  #onSubscribed({ trackId, number, codec }: LinkNotice & { type: 'subscribed' }): void {
    const owner = [...this.#participants.values()].find(({ tracks }) => tracks.some(({ id }) => id === trackId));
    if (!owner) return;
    this.#trackIds.set(number, trackId);
    this.emit('subscribed', { trackId, identity: owner.identity, codec });
  }

  #onPackets(packets: readonly LinkPacket[]): void {
    for (const { number, packet } of packets) {
      const trackId = this.#trackIds.get(number);
      if (trackId !== undefined) this.emit('packet', { trackId, packet });
    }
  }
}

function trackIds(participants: Participants): string[] {
  return [...participants.values()].flatMap(({ tracks }) => tracks.map(({ id }) => id));
}
