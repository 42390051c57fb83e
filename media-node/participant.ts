import { randomUUID } from 'node:crypto';
import type { Participant as Description, RoomEvent, TrackSource } from '@muon/contract/participant.ts';
import type { ParticipantStats } from '@muon/contract/participant-stats.ts';
import type { Permissions } from '@muon/contract/permissions.ts';
import type { signalNotices } from '@muon/contract/signal-notice.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import type * as z from 'zod';
import type { Closing } from './closing.ts';
import type { QualitySample } from './forward/connection-quality.ts';
import type { DecodableCodecs } from './negotiation/decodable-codecs.ts';
import type { IncomingStats } from './io/receiver.ts';
import type { OutgoingStats } from './io/outgoing-transport.ts';
import type { RoomMessage } from './room-message.ts';
import type { Track } from './track.ts';

/** What one participant is told, besides what happens in the room; links have no use for it. */
export type PeerNotice = {
  [Name in 'muted' | 'moved' | 'removed' | 'speakers' | 'quality']: {
    readonly method: Name;
    readonly params: z.output<(typeof signalNotices)[Name]>;
  };
}['muted' | 'moved' | 'removed' | 'speakers' | 'quality'];

/** How a participant fares, on its side of the room. */
export interface PeerStats {
  readonly connection: ParticipantStats['connection'];
  readonly subscriptions: ParticipantStats['subscriptions'];
  /** How its tracks come in, by their ids; absent where nothing is lost on the way. */
  readonly incoming?: ReadonlyMap<string, IncomingStats> | undefined;
  /** How what it is sent reaches it; undefined where nothing is lost on the way. */
  readonly receiving?: OutgoingStats | undefined;
}

/** How a participant is connected: over WebRTC or a link. */
export interface Peer {
  /** What it decodes, as far as it said; absent for those who take everything. */
  readonly codecs?: DecodableCodecs;
  /** Whether it can be told to join another room; it cannot when absent. */
  readonly movable?: boolean;
  /** A change in the room. */
  notify(event: RoomEvent): void;
  tell(notice: PeerNotice): void;
  /** The participant's permissions are others now; its tracks that may not be published are gone. */
  permissionsChanged(permissions: Permissions): void;
  /** How well it is connected; undefined for those of whom nobody needs to know. */
  quality(nowMs: number): QualitySample | undefined;
  /** How it is connected, and what it is sent. */
  stats(nowMs: number): PeerStats;
  /** A message for this participant; a lossy one need not arrive. */
  message(message: RoomMessage, lossy: boolean): void;
  /** A message that somebody sent over a data channel with this label. */
  relay(label: string, data: string | Uint8Array): void;
  /** Ends the connection; the participant is no longer in the room. */
  close(closing: Closing): void;
}

/** Name and attributes: what the others see of a participant. */
export type Profile = Pick<Description, 'name' | 'attributes'>;

/** Somebody in a room, with the tracks that they publish. The room changes it, so that everybody is told. */
export class Participant {
  readonly claims: AccessClaims;
  readonly peer: Peer;
  readonly tracks = new Map<string, Track>();
  /** Of tracks that bring no stream id of their own. */
  readonly streamId: string = randomUUID();
  readonly joinedAt = new Date();
  profile: Profile;
  permissions: Permissions;

  constructor(claims: AccessClaims, peer: Peer, permissions: Permissions) {
    this.claims = claims;
    this.peer = peer;
    this.profile = { name: claims.name ?? claims.sub, attributes: claims.attributes ?? {} };
    this.permissions = permissions;
  }

  get identity(): string {
    return this.claims.sub;
  }

  get name(): string {
    return this.profile.name;
  }

  /** Not shown to the others, and takes no seat. */
  get hidden(): boolean {
    return this.claims.grants.hidden;
  }

  /** Whoever is not seen is not heard either. */
  mayPublish(source: TrackSource): boolean {
    return this.permissions.publish && this.permissions.sources.includes(source) && !this.hidden;
  }

  describe(): Description {
    return {
      identity: this.identity,
      ...this.profile,
      kind: this.claims.kind,
      tracks: [...this.tracks.values()].map((track) => track.describe()),
    };
  }
}
