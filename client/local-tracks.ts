import type { Permissions } from '@muon/contract/permissions.ts';
import type { Connection } from './connection.ts';
import type { Emit } from './emitter.ts';
import { MuonError } from './errors.ts';
import { LocalTrack, type PublishOptions } from './local-track.ts';
import type { RoomEvents } from './room-events.ts';

interface LocalTracksOptions {
  readonly emit: Emit<RoomEvents>;
  /** The present one; a later one is given all tracks when it is made. */
  readonly connection: () => Connection | undefined;
  /** Of the own participant; undefined before the first join. */
  readonly permissions: () => Permissions | undefined;
}

/** The tracks that this client publishes, whatever connection there is. */
export class LocalTracks implements Iterable<LocalTrack> {
  readonly #options: LocalTracksOptions;
  readonly #tracks = new Set<LocalTrack>();

  constructor(options: LocalTracksOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): IterableIterator<LocalTrack> {
    return this.#tracks.values();
  }

  /** @throws MuonError `forbidden` when this participant may not publish such a track. */
  async publish(media: MediaStreamTrack, options: PublishOptions): Promise<LocalTrack> {
    if (!this.#mayPublish(options)) throw new MuonError('forbidden', 'You may not publish this');
    const track = new LocalTrack(media, this.#owner, options);
    this.#tracks.add(track);
    // A screen share that was ended in the browser's own bar.
    media.addEventListener('ended', () => {
      if (track.media === media) void this.#unpublish(track);
    });
    try {
      await this.#options.connection()?.publish(track);
    } catch (error) {
      this.#tracks.delete(track);
      throw error;
    }
    this.#options.emit('localTrackPublished', { track });
    return track;
  }

  /** A moderator muted a track, or lifted that. */
  setMutedByModerator(trackId: string, muted: boolean): void {
    const track = this.#options.connection()?.localTrack(trackId);
    if (!track) return;
    track.mutedByModerator = muted;
    this.#options.emit('localTrackChanged', { track });
  }

  readonly #owner = {
    mutedChanged: (track: LocalTrack): void => {
      this.#options.connection()?.tellMuted(track);
      this.#options.emit('localTrackChanged', { track });
    },
    mediaReplaced: async (track: LocalTrack): Promise<void> => {
      await this.#options.connection()?.replaceMedia(track);
      this.#options.emit('localTrackChanged', { track });
    },
    unpublish: (track: LocalTrack): Promise<void> => this.#unpublish(track),
  };

  #mayPublish({ source }: PublishOptions): boolean {
    const permissions = this.#options.permissions();
    return !permissions || (permissions.publish && permissions.sources.includes(source));
  }

  async #unpublish(track: LocalTrack): Promise<void> {
    if (!this.#tracks.delete(track)) return;
    await this.#options.connection()?.unpublish(track);
    this.#options.emit('localTrackUnpublished', { track });
  }
}
