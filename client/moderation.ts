import type { PermissionChanges } from '@muon/contract/permissions.ts';
import type { Requester } from './requester.ts';

/** What moderators do to others, those whose token has the grant `admin`; everybody else gets `forbidden`. */
export class Moderation {
  readonly #request: Requester;

  constructor(request: Requester) {
    this.#request = request;
  }

  /** Mutes a track for everybody until it is lifted, and whatever its publisher sends of the same source meanwhile. */
  async muteTrack(trackId: string, muted: boolean): Promise<void> {
    await this.#request('muteTrack', { trackId, muted });
  }

  /** Changes what somebody may do; tracks that they may no longer publish end. */
  async setPermissions(identity: string, permissions: PermissionChanges): Promise<void> {
    await this.#request('setPermissions', { identity, permissions });
  }

  /** Sends somebody away, and with `banSeconds` (a day at most) refuses that identity for so long, whatever its token. */
  async removeParticipant(
    identity: string,
    reason?: string,
    { banSeconds }: { readonly banSeconds?: number } = {},
  ): Promise<void> {
    await this.#request('removeParticipant', {
      identity,
      ...(reason === undefined ? {} : { reason }),
      ...(banSeconds === undefined ? {} : { banSeconds }),
    });
  }

  /** Sends somebody to another room; `token` is a join token of theirs for it, which a back end mints. */
  async moveParticipant(identity: string, room: string, token: string): Promise<void> {
    await this.#request('moveParticipant', { identity, room, token });
  }
}
