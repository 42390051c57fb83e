import type { SubscriptionWish } from '@muon/contract/subscription.ts';
import type { Sender } from '../io/sender.ts';
import type { Track } from '../track.ts';

/** A track that one client is sent. */
export interface Subscription {
  readonly track: Track;
  readonly sender: Sender;
  wish: SubscriptionWish;
  /** Whether the client answered an offer that has it; before, it would not know whose packets these are. */
  agreed: boolean;
}
