import { trackSource, type TrackSource } from '@muon/contract/participant.ts';
import type { PermissionChanges, Permissions } from '@muon/contract/permissions.ts';
import type { AccessClaims } from '@muon/contract/token.ts';

/**
 * What moderators decided about the participants of a room, by identity. It outlives their connections and tracks, so
 * that nobody undoes it by joining or publishing again; it ends with the room.
 */
export class Moderation {
  readonly #permissions = new Map<string, PermissionChanges>();
  readonly #muted = new Map<string, ReadonlySet<TrackSource>>();

  /** What the token allows, but for what was decided. */
  permissionsOf({ sub, grants }: Pick<AccessClaims, 'sub' | 'grants'>): Permissions {
    const { publish, subscribe, data, sources = trackSource.options } = grants;
    const decided = this.#permissions.get(sub);
    return {
      publish: decided?.publish ?? publish,
      subscribe: decided?.subscribe ?? subscribe,
      data: decided?.data ?? data,
      sources: [...(decided?.sources ?? sources)],
    };
  }

  change(identity: string, changes: PermissionChanges): void {
    this.#permissions.set(identity, { ...this.#permissions.get(identity), ...changes });
  }

  isMuted(identity: string, source: TrackSource): boolean {
    return this.#muted.get(identity)?.has(source) ?? false;
  }

  setMuted(identity: string, source: TrackSource, muted: boolean): void {
    const sources = new Set(this.#muted.get(identity));
    if (muted) sources.add(source);
    else sources.delete(source);
    if (sources.size > 0) this.#muted.set(identity, sources);
    else this.#muted.delete(identity);
  }
}
