import type { MuonError } from '@muon/client/errors.ts';
import type { LocalTrack } from '@muon/client/local-track.ts';
import { Room, type RoomConnectionState, type TokenSource } from '@muon/client/room.ts';
import type { RemoteParticipant } from '@muon/client/room-events.ts';
import type { Joined } from '@muon/contract/join.ts';
import type { TrackSource } from '@muon/contract/participant.ts';
import { computed, signal } from '@preact/signals';
import type { Device } from '../lobby/device.ts';
import { toTiles, type Self } from './tiles.ts';

/** Being in a room: the SDK's room as signals that views follow, and what its controls do. */
export class Session {
  readonly #room = new Room();
  readonly #camera: Device;
  readonly #microphone: Device;
  readonly state = signal<RoomConnectionState>('connecting');
  /** Why it ended, when it was not by leaving. */
  readonly error = signal<MuonError | undefined>(undefined);
  readonly joined = signal<Joined | undefined>(undefined);
  readonly others = signal<readonly RemoteParticipant[]>([]);
  readonly #speakers = signal<readonly string[]>([]);
  readonly #own = signal<Self['tracks']>([]);

  readonly tiles = computed(() => {
    const { identity = '', name = '' } = this.joined.value?.participant ?? {};
    return toTiles({ identity, name, tracks: this.#own.value }, this.others.value, this.#speakers.value);
  });
  readonly microphoneOn = computed(() => this.#isOn('microphone'));
  readonly cameraOn = computed(() => this.#isOn('camera'));
  readonly sharing = computed(() => this.#isOn('screen'));

  constructor(camera: Device, microphone: Device) {
    this.#camera = camera;
    this.#microphone = microphone;
    this.#follow();
  }

  /** @throws MuonError when the room cannot be joined. */
  async join(token: TokenSource): Promise<void> {
    const devices = [this.#microphone, this.#camera];
    const late = devices.filter(({ opening }) => opening.value);
    // Published before the connection is there, they are part of its first offer.
    for (const device of devices) if (device.media.value) await this.#publish(device);
    await this.#room.connect(token);
    // The browser was still asking, or the device still starting.
    for (const device of late) void device.opened.then((media) => media && this.#publish(device));
  }

  leave(): void {
    this.#room.leave();
  }

  /** Muted, a microphone stays open: talking again must cost no time. */
  async toggleMicrophone(): Promise<void> {
    const track = this.#track('microphone');
    if (!track) return this.#publish(this.#microphone);
    if (track.muted) track.unmute();
    else track.mute();
  }

  /** Turned off, a camera is closed: its light must go out. */
  async toggleCamera(): Promise<void> {
    const track = this.#track('camera');
    if (!track) return this.#publish(this.#camera);
    if (!track.muted) {
      track.mute();
      this.#camera.close();
      return;
    }
    const media = await this.#camera.open();
    if (!media) return;
    await track.replace(media);
    track.unmute();
  }

  /** @throws DOMException where the browser cannot share screens. */
  async toggleScreen(): Promise<void> {
    const shared = [this.#track('screen'), this.#track('screen-audio')].filter((track) => track !== undefined);
    if (shared.length === 0) return this.#shareScreen();
    for (const track of shared) {
      track.media.stop();
      await track.unpublish();
    }
  }

  async #publish(device: Device): Promise<void> {
    const media = device.media.value ?? (await device.open());
    if (media && !this.#track(device.kind)) await this.#room.publish(media, { source: device.kind });
  }

  async #shareScreen(): Promise<void> {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 15 }, audio: true });
    for (const media of stream.getTracks()) {
      // Letters stay sharp, where a camera's picture would rather stay fluent.
      if (media.kind === 'video') media.contentHint = 'detail';
      await this.#room.publish(media, { source: media.kind === 'video' ? 'screen' : 'screen-audio' });
    }
  }

  #closeDevices(): void {
    this.#camera.close();
    this.#microphone.close();
    for (const { media } of this.#room.localTracks) media.stop();
  }

  #follow(): void {
    const room = this.#room;
    const here = (): void => {
      this.joined.value = room.joined;
      this.state.value = room.state;
      this.others.value = room.participants;
    };
    const others = (): void => void (this.others.value = room.participants);
    const own = (): void => void (this.#own.value = room.localTracks.map(toOwnTrack));
    for (const event of ['connected', 'reconnecting', 'reconnected'] as const) room.on(event, here);
    for (const event of ['participantJoined', 'participantChanged', 'participantLeft', 'mediaChanged'] as const) {
      room.on(event, others);
    }
    for (const event of ['trackPublished', 'trackChanged', 'trackUnpublished'] as const) room.on(event, others);
    for (const event of ['localTrackPublished', 'localTrackChanged', 'localTrackUnpublished'] as const) {
      room.on(event, own);
    }
    room.on('speakersChanged', ({ identities }) => (this.#speakers.value = identities));
    room.on('disconnected', ({ error }) => {
      this.error.value = error;
      this.state.value = 'disconnected';
      // Who was refused is still in the lobby, and looks at their picture.
      if (this.joined.value) this.#closeDevices();
    });
  }

  #track(source: TrackSource): LocalTrack | undefined {
    return this.#room.localTracks.find((track) => track.source === source);
  }

  #isOn(source: TrackSource): boolean {
    return this.#own.value.some((track) => track.source === source && !track.muted);
  }
}

/** As of now: a LocalTrack changes, a signal's value must not. */
function toOwnTrack({ source, kind, muted, media }: LocalTrack): Self['tracks'][number] {
  return { source, kind, muted, media };
}
