import type { MediaKind, TrackSource } from '@muon/contract/participant.ts';

/** What a local track asks of the room that it was published in. */
export interface LocalTrackOwner {
  mutedChanged(track: LocalTrack): void;
  mediaReplaced(track: LocalTrack): Promise<void>;
  unpublish(track: LocalTrack): Promise<void>;
}

export interface PublishOptions {
  readonly source: TrackSource;
  /** What the others are told that it is called. */
  readonly name?: string;
  /** Starts muted. */
  readonly muted?: boolean;
  /** Sends video in several sizes, so that each viewer gets the one that suits; for cameras unless told. */
  readonly simulcast?: boolean;
  /** Sends each piece of sound twice, so that a packet may be lost and nothing is missed; for microphones unless told. */
  readonly redundancy?: boolean;
  /** Sends next to nothing while nobody speaks. */
  readonly dtx?: boolean;
  /** Sends sound with two channels. */
  readonly stereo?: boolean;
}

/** A track that this participant publishes. It outlives connections: after a reconnect it is published again. */
export class LocalTrack {
  readonly source: TrackSource;
  readonly kind: MediaKind;
  readonly name: string | undefined;
  readonly simulcast: boolean;
  readonly redundancy: boolean;
  readonly dtx: boolean;
  readonly stereo: boolean;
  /** A moderator muted it: the others get nothing of it, whatever is sent. */
  mutedByModerator = false;
  readonly #owner: LocalTrackOwner;
  #media: MediaStreamTrack;
  #muted: boolean;

  constructor(media: MediaStreamTrack, owner: LocalTrackOwner, options: PublishOptions) {
    const { source, name, muted } = options;
    this.source = source;
    this.kind = media.kind as MediaKind;
    this.name = name;
    this.simulcast = options.simulcast ?? source === 'camera';
    this.redundancy = options.redundancy ?? source === 'microphone';
    this.dtx = options.dtx ?? false;
    this.stereo = options.stereo ?? false;
    this.#owner = owner;
    this.#media = media;
    this.#muted = muted ?? false;
    this.#applyMuted();
  }

  get media(): MediaStreamTrack {
    return this.#media;
  }

  get muted(): boolean {
    return this.#muted;
  }

  /** Sends silence or black, and tells the others. The device stays open; stop `media` to close it. */
  mute(): void {
    this.#setMuted(true);
  }

  unmute(): void {
    this.#setMuted(false);
  }

  /** Sends another device's track of the same kind from now on. */
  async replace(media: MediaStreamTrack): Promise<void> {
    this.#media = media;
    this.#applyMuted();
    await this.#owner.mediaReplaced(this);
  }

  /** Takes the track out of the room; `media` is left to its owner. */
  async unpublish(): Promise<void> {
    await this.#owner.unpublish(this);
  }

  #setMuted(muted: boolean): void {
    if (muted === this.#muted) return;
    this.#muted = muted;
    this.#applyMuted();
    this.#owner.mutedChanged(this);
  }

  #applyMuted(): void {
    this.#media.enabled = !this.#muted;
  }
}
