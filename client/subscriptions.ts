import type { SubscriptionState, SubscriptionWish } from '@muon/contract/subscription.ts';
import type { Requester } from './requester.ts';

/** Which tracks of others this client gets, and how. Wishes outlive connections. */
export class Subscriptions {
  readonly #request: Requester;
  readonly #wishes = new Map<string, SubscriptionWish>();
  readonly #asked = new Set<string>();
  readonly #refused = new Set<string>();
  readonly #states = new Map<string, SubscriptionState>();

  constructor(request: Requester) {
    this.#request = request;
  }

  /** Asks for tracks; without need while all are sent anyway (`autoSubscribe`). */
  async subscribe(trackIds: string[]): Promise<void> {
    for (const trackId of trackIds) {
      this.#asked.add(trackId);
      this.#refused.delete(trackId);
    }
    await this.#request('subscribe', { trackIds });
  }

  async unsubscribe(trackIds: string[]): Promise<void> {
    for (const trackId of trackIds) {
      this.#asked.delete(trackId);
      this.#refused.add(trackId);
      this.#wishes.delete(trackId);
      this.#states.delete(trackId);
    }
    await this.#request('unsubscribe', { trackIds });
  }

  /**
   * Says how a track is wanted: its `priority`, the highest layer or the `size` (in physical pixels) that are of use, or
   * that it is `paused`. What is left out stays; null takes a wish back.
   */
  async set(trackId: string, wish: SubscriptionWish): Promise<void> {
    this.#wishes.set(trackId, { ...this.#wishes.get(trackId), ...wish });
    await this.#request('setSubscription', { trackId, ...wish });
  }

  /** How a track is sent, as the node told last. */
  state(trackId: string): SubscriptionState | undefined {
    return this.#states.get(trackId);
  }

  /** For the room: what the node tells. */
  changed(state: SubscriptionState): void {
    this.#states.set(state.trackId, state);
  }

  /** For the room: asks a new connection for all that was asked for, as far as it is still there. */
  async restore(present: ReadonlySet<string>): Promise<void> {
    const known = (trackId: string): boolean => present.has(trackId);
    for (const table of [this.#wishes, this.#states]) for (const id of table.keys()) if (!known(id)) table.delete(id);
    const refused = [...this.#refused].filter(known);
    if (refused.length > 0) await this.#request('unsubscribe', { trackIds: refused });
    const asked = [...this.#asked].filter(known);
    if (asked.length > 0) await this.#request('subscribe', { trackIds: asked });
    for (const [trackId, wish] of this.#wishes) await this.#request('setSubscription', { trackId, ...wish });
  }
}
