import type { Joined } from '@muon/contract/join.ts';
import type { Participant, Track } from '@muon/contract/participant.ts';
import type { Permissions } from '@muon/contract/permissions.ts';
import type { ConnectionQuality } from '@muon/contract/signal-notice.ts';
import type { SubscriptionState } from '@muon/contract/subscription.ts';
import type { ReceivedMessage } from './data-channels.ts';
import type { MuonError } from './errors.ts';
import type { LocalTrack } from './local-track.ts';

/** A track of another participant. */
export interface RemoteTrack extends Track {
  /** To be put into a media element; absent until it arrives. */
  readonly media: MediaStreamTrack | undefined;
}

/** Another participant, as of now. */
export interface RemoteParticipant extends Omit<Participant, 'tracks'> {
  readonly tracks: readonly RemoteTrack[];
}

/** The own participant, as of now. */
export interface LocalParticipant extends Pick<Participant, 'identity' | 'name' | 'attributes'> {
  readonly permissions: Permissions;
}

/** Somebody who speaks; `level` is how loud, from 0 to 1. */
export interface Speaker {
  readonly identity: string;
  readonly level: number;
}

export interface RoomEvents {
  /** In the room for the first time. */
  connected: Pick<Joined, 'room' | 'participant' | 'node'>;
  /** Signalling broke while media goes on; it comes back by itself. */
  interrupted: object;
  /** Signalling is back; what changed meanwhile came as events. */
  resumed: object;
  /** The connection was lost; the room joins again by itself. */
  reconnecting: { readonly cause: MuonError };
  /** Back, on the same or another node; what changed meanwhile came as events. */
  reconnected: Pick<Joined, 'room' | 'participant' | 'node'>;
  /** A moderator sent this participant to another room; `reconnecting` and `reconnected` follow. */
  moved: { readonly room: string };
  /** Out of the room for good; `error` is absent after `Room.leave`. */
  disconnected: { readonly error: MuonError | undefined };
  participantJoined: { readonly participant: RemoteParticipant };
  /** Another name or other attributes. */
  participantChanged: { readonly participant: RemoteParticipant };
  participantLeft: { readonly identity: string };
  /** The own name, attributes or permissions are others. */
  localParticipantChanged: { readonly participant: LocalParticipant };
  trackPublished: { readonly identity: string; readonly track: RemoteTrack };
  /** Muted, unmuted, or sent otherwise. */
  trackChanged: { readonly identity: string; readonly track: RemoteTrack };
  trackUnpublished: { readonly identity: string; readonly trackId: string };
  /** Media of remote tracks has come or gone. */
  mediaChanged: object;
  /** A subscribed track is sent otherwise: paused, or in another layer. */
  subscriptionChanged: SubscriptionState;
  localTrackPublished: { readonly track: LocalTrack };
  localTrackChanged: { readonly track: LocalTrack };
  localTrackUnpublished: { readonly track: LocalTrack };
  /** Who speaks, loudest first, the own identity included; only when it has changed. */
  speakersChanged: { readonly identities: readonly string[]; readonly speakers: readonly Speaker[] };
  /** Somebody is better or worse connected, perhaps the own identity. */
  qualityChanged: { readonly identity: string; readonly quality: ConnectionQuality };
  messageReceived: ReceivedMessage;
}
