import type { Message } from '@muon/contract/message.ts';
import type { Participant as Description, RoomEvent } from '@muon/contract/participant.ts';
import type { PermissionChanges } from '@muon/contract/permissions.ts';
import type { ConnectionQuality } from '@muon/contract/signal-notice.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import { Bans } from './bans.ts';
import { AttendanceReports } from './attendance-reports.ts';
import { Capacity } from './capacity.ts';
import type { Closing } from './closing.ts';
import { ActiveSpeakers, type Speaker } from './forward/active-speakers.ts';
import { ConnectionQualityTracker } from './forward/connection-quality.ts';
import { loudness } from './loudness.ts';
import { Moderation } from './moderation.ts';
import { thisMoment } from './moment.ts';
import type { ForwardedCodec } from './negotiation/codecs.ts';
import { Participant, type Peer, type PeerNotice, type Profile } from './participant.ts';
import { RoomMessage, type Delivery } from './room-message.ts';
import { Track, type TrackOptions } from './track.ts';
import { UsageMeter } from './usage-meter.ts';

/** Participants who see each other's tracks, under one allocation (`epoch`) of the control plane. */
export class Room {
  readonly id: string;
  readonly name: string;
  readonly epoch: number;
  readonly #participants = new Map<string, Participant>();
  readonly #tracks = new Map<string, Track>();
  readonly #bans: Bans;
  readonly #reports: AttendanceReports;
  readonly #usage: UsageMeter;
  readonly #capacity = new Capacity();
  readonly #moderation = new Moderation();
  readonly #voices = new ActiveSpeakers();
  readonly #qualities = new Map<Participant, ConnectionQualityTracker>();

  /** `bans`, `reports` and `usage` are those of the node. */
  constructor(
    { room, roomName, epoch }: Pick<AccessClaims, 'room' | 'roomName' | 'epoch'>,
    bans = new Bans(),
    reports = new AttendanceReports(),
    usage = new UsageMeter(),
  ) {
    this.#bans = bans;
    this.#reports = reports;
    this.#usage = usage;
    this.id = room;
    this.name = roomName;
    this.epoch = epoch;
  }

  get empty(): boolean {
    return this.#participants.size === 0;
  }

  /** Those who are shown. */
  get visible(): Participant[] {
    return [...this.#participants.values()].filter(({ hidden }) => !hidden);
  }

  /** How many take a seat. */
  get seats(): number {
    return this.visible.length;
  }

  get tracks(): Iterable<Track> {
    return this.#tracks.values();
  }

  /** Whether anybody here is known not to decode the codec. */
  lacks(codec: ForwardedCodec): boolean {
    for (const { peer } of this.#participants.values()) if (peer.codecs?.lacks(codec)) return true;
    return false;
  }

  track(id: string): Track | undefined {
    return this.#tracks.get(id);
  }

  /** One who is shown. */
  participant(identity: string): Participant | undefined {
    const participant = this.#participants.get(identity);
    return participant?.hidden ? undefined : participant;
  }

  /**
   * Takes in a participant; whoever had this identity before is replaced.
   *
   * @throws Refusal `participant-banned`, or `room-full` when there is no room for one more.
   */
  join(claims: AccessClaims, peer: Peer): Participant {
    this.#bans.check(this.id, claims.sub, performance.now());
    const before = this.#participants.get(claims.sub);
    const others = [...this.#participants.values()].filter((participant) => participant !== before);
    const hidden = others.filter((participant) => participant.hidden).length;
    this.#capacity.admit(claims, { shown: others.length - hidden, hidden });
    if (before) this.#remove(before, { code: 'replaced', reason: 'conflict' });
    const participant = new Participant(claims, peer, this.#moderation.permissionsOf(claims));
    this.#participants.set(participant.identity, participant);
    this.#usage.joined(this, participant, thisMoment());
    if (!participant.hidden) {
      this.#tell({ type: 'participantJoined', participant: participant.describe() }, participant);
      this.#reports.joined(this, participant);
    }
    return participant;
  }

  /** Lets a participant go; does nothing when it is not, or no longer, in the room. */
  leave(participant: Participant, reason: Closing['code'] | 'left' = 'left'): void {
    if (this.#participants.get(participant.identity) !== participant) return;
    this.#participants.delete(participant.identity);
    this.#usage.left(participant, thisMoment());
    this.#qualities.delete(participant);
    for (const track of participant.tracks.values()) this.unpublish(track);
    if (participant.hidden) return;
    this.#tell({ type: 'participantLeft', identity: participant.identity }, participant);
    this.#reports.left(this, participant, reason);
  }

  /** Shows a new track to the others; it is muted when a moderator muted another of its source. */
  publish(participant: Participant, options: TrackOptions): Track {
    const track = new Track(participant.identity, options);
    if (this.#moderation.isMuted(track.identity, track.source)) track.mutedByModerator = true;
    participant.tracks.set(track.id, track);
    this.#tracks.set(track.id, track);
    this.#tell({ type: 'trackPublished', identity: track.identity, track: track.describe() }, participant);
    return track;
  }

  unpublish(track: Track): void {
    if (!this.#tracks.delete(track.id)) return;
    const publisher = this.#participants.get(track.identity);
    publisher?.tracks.delete(track.id);
    this.#tell({ type: 'trackUnpublished', identity: track.identity, trackId: track.id }, publisher);
    track.close();
  }

  setMuted(track: Track, muted: boolean): void {
    if (track.muted === muted) return;
    track.muted = muted;
    this.#tellTrackChanged(track);
  }

  /** Shows another name or other attributes; the participant itself is told, too. */
  update(participant: Participant, profile: Profile): void {
    participant.profile = profile;
    const event = { type: 'participantChanged', identity: participant.identity, ...profile } as const;
    if (participant.hidden) participant.peer.notify(event);
    else this.#tell(event, undefined);
  }

  /** Mutes a track for everybody, and all of its source that follow, until it is lifted; or lifts that. */
  muteByModerator(track: Track, muted: boolean): void {
    const { identity, source } = track;
    this.#moderation.setMuted(identity, source, muted);
    const publisher = this.#participants.get(identity);
    for (const other of publisher?.tracks.values() ?? []) {
      if (other.source !== source || other.mutedByModerator === muted) continue;
      other.mutedByModerator = muted;
      this.#tellTrackChanged(other);
      publisher?.peer.tell({ method: 'muted', params: { trackId: other.id, muted } });
    }
  }

  /** Changes what a participant may do; tracks that it may no longer publish vanish. */
  setPermissions(participant: Participant, changes: PermissionChanges): void {
    this.#moderation.change(participant.identity, changes);
    participant.permissions = this.#moderation.permissionsOf(participant.claims);
    for (const track of participant.tracks.values()) {
      if (!participant.mayPublish(track.source)) this.unpublish(track);
    }
    participant.peer.permissionsChanged(participant.permissions);
  }

  /** Refuses an identity for so long, whether it is here or not; for 0 seconds, not. */
  ban(identity: string, seconds: number): void {
    if (seconds > 0) this.#bans.ban(this.id, identity, seconds, performance.now());
  }

  /** Sends a participant away. Its join token goes on to be valid; {@link ban} says for how long it is refused. */
  removeParticipant(participant: Participant, reason: string | undefined): void {
    participant.peer.tell({ method: 'removed', params: reason === undefined ? {} : { reason } });
    this.#remove(participant, { code: 'removed', reason: 'removed' });
  }

  /** Sends a participant to another room, where it joins with `token`. */
  moveParticipant(participant: Participant, room: string, token: string): void {
    participant.peer.tell({ method: 'moved', params: { room, token } });
    this.#remove(participant, { code: 'moved', reason: 'moved' });
  }

  /** Who speaks now, loudest first. */
  get speakers(): Speaker[] {
    return this.#voices.speakers;
  }

  /** Looks who speaks, and tells when others do than before. For every 100 ms or so. */
  pollSpeakers(nowMs: number): void {
    if (!this.#voices.update(loudness(this.#tracks.values(), nowMs), nowMs)) return;
    this.#inform({ method: 'speakers', params: { speakers: this.speakers } });
  }

  /** How well those who are shown are connected, as far as it is known. */
  get qualities(): { readonly identity: string; readonly quality: ConnectionQuality }[] {
    return [...this.#qualities].flatMap(([{ identity, hidden }, { quality }]) =>
      quality === undefined || hidden ? [] : [{ identity, quality }],
    );
  }

  /** Looks how well everybody is connected, and tells what has changed. For every second or two. */
  pollQuality(nowMs: number): void {
    const changed: { identity: string; quality: ConnectionQuality }[] = [];
    for (const participant of this.visible) {
      const sample = participant.peer.quality(nowMs);
      if (!sample) continue;
      const tracker = this.#qualities.get(participant) ?? new ConnectionQualityTracker();
      this.#qualities.set(participant, tracker);
      if (tracker.update(sample)) changed.push({ identity: participant.identity, quality: tracker.quality! });
    }
    if (changed.length > 0) this.#inform({ method: 'quality', params: { participants: changed } });
  }

  /** Brings a message to those that `to` names, or to all but its sender. */
  send(
    message: Message,
    { to, lossy = false }: { readonly to?: readonly string[]; readonly lossy?: boolean },
  ): Delivery {
    const sent = new RoomMessage(message);
    const named = to && new Set(to);
    const recipients = [...this.#participants.values()].filter(({ identity, hidden, permissions }) => {
      if (!permissions.subscribe) return false;
      return named ? named.has(identity) && !hidden : identity !== message.from;
    });
    for (const { peer } of recipients) peer.message(sent, lossy);
    return {
      recipients: recipients.filter(({ hidden }) => !hidden).length,
      missing: named ? [...named].filter((identity) => !this.participant(identity)) : [],
    };
  }

  /** Brings what came over a data channel to all others, as ion-sfu does. */
  relay(from: Participant, label: string, data: string | Uint8Array): void {
    for (const participant of this.#participants.values()) {
      if (participant !== from && participant.permissions.subscribe) participant.peer.relay(label, data);
    }
  }

  /** Those who are shown, but for `except`. */
  describe(except?: Participant): Description[] {
    return this.visible.filter((participant) => participant !== except).map((participant) => participant.describe());
  }

  /** Sends everybody away. */
  close(closing: Closing): void {
    for (const participant of this.#participants.values()) this.#remove(participant, closing);
  }

  #remove(participant: Participant, closing: Closing): void {
    this.leave(participant, closing.code);
    participant.peer.close(closing);
  }

  #tellTrackChanged(track: Track): void {
    const publisher = this.#participants.get(track.identity);
    this.#tell({ type: 'trackChanged', identity: track.identity, track: track.describe() }, publisher);
  }

  #tell(event: RoomEvent, except: Participant | undefined): void {
    for (const participant of this.#participants.values()) {
      if (participant !== except) participant.peer.notify(event);
    }
  }

  #inform(notice: PeerNotice): void {
    for (const { peer } of this.#participants.values()) peer.tell(notice);
  }
}
