import { randomUUID } from 'node:crypto';
import type { Participant as Description, RoomEvent } from '@muon/contract/participant.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import type { Closing } from './closing.ts';
import type { Track } from './track.ts';

/** How a participant is connected: over WebRTC or a link. */
export interface Peer {
  /** A change that the others made. */
  notify(event: RoomEvent): void;
  /** A message that somebody sent over a data channel with this label. */
  relay(label: string, data: string | Uint8Array): void;
  /** Ends the connection; the participant is no longer in the room. */
  close(closing: Closing): void;
}

/** Somebody in a room, with the tracks that they publish. */
export class Participant {
  readonly claims: AccessClaims;
  readonly peer: Peer;
  readonly tracks = new Map<string, Track>();
  /** Of tracks that bring no stream id of their own. */
  readonly streamId: string = randomUUID();

  constructor(claims: AccessClaims, peer: Peer) {
    this.claims = claims;
    this.peer = peer;
  }

  get identity(): string {
    return this.claims.sub;
  }

  get name(): string {
    return this.claims.name ?? this.claims.sub;
  }

  /** Not shown to the others, and takes no seat. */
  get hidden(): boolean {
    return this.claims.grants.hidden;
  }

  /** Whoever is not seen is not heard either. */
  get mayPublish(): boolean {
    return this.claims.grants.publish && !this.hidden;
  }

  describe(): Description {
    return {
      identity: this.identity,
      name: this.name,
      kind: this.claims.kind,
      attributes: this.claims.attributes ?? {},
      tracks: [...this.tracks.values()].map((track) => track.describe()),
    };
  }
}
