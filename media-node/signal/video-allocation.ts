import type { SubscriptionState, SubscriptionWish } from '@muon/contract/subscription.ts';
import { allocate, type Demand } from '../forward/allocation.ts';
import type { LayerInfo } from '../forward/encodings.ts';
import type { OutgoingTransport } from '../io/outgoing-transport.ts';
import type { Track } from '../track.ts';
import type { Subscription } from './subscription.ts';

/** Headers below RTP, as a share of a video's bytes, and as the rate of an audio's 50 packets a second. */
const VIDEO_OVERHEAD = 1.05;
const AUDIO_OVERHEAD_BPS = 18_000;

/** What is lost is sent once more; but where more than this is lost, that would leave nothing. */
const MAX_REPAIR_SHARE = 0.15;

/** A video is paused when its lowest layer has not fitted for this long: a moment's jitter is no reason. */
const PAUSE_AFTER_MS = 5000;

/** Whoever paused so shortly ago may go on speaking. */
const SPEAKING_MS = 3000;

/** A publisher that sends nothing for so long has stopped. */
const SILENT_MS = 2000;

/** A layer that takes this much more than there is would fill the path until another one comes: nothing is better. */
const FAR_TOO_MUCH = 1.6;

/** A layer that can be left at once has been left by then, and an update is due. */
export const LEAVE_MS = 40;

const priorities = { low: 0, medium: 1, high: 2, pinned: 3 } as const;

/** Of one subscribed video. */
interface Share {
  /** The layer that is its target; undefined: it is paused. */
  layer: Pick<LayerInfo, 'spatial' | 'temporal'> | undefined;
  /** Since when not even the lowest layer fits. */
  unfitSinceMs: number | undefined;
  flowedMs: number;
  /** Since when far more is sent than there is room for. */
  excessSinceMs: number | undefined;
  /** Whether it was stopped for that. */
  stopped: boolean;
  told: string;
}

const newShare = { excessSinceMs: undefined, stopped: false, told: '' };

export interface VideoAllocationOptions {
  readonly transport: OutgoingTransport;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  /** Who speaks now. */
  readonly speakers: () => readonly { readonly identity: string }[];
  /** A video is sent in another way than before. */
  readonly changed: (state: SubscriptionState) => void;
}

/** Shares what a client can receive among the videos that it is sent, again and again. */
export class VideoAllocation {
  readonly #options: VideoAllocationOptions;
  readonly #shares = new Map<Subscription, Share>();
  readonly #spokeMs = new Map<string, number>();

  constructor(options: VideoAllocationOptions) {
    this.#options = options;
  }

  /** Looks at everything anew: now and then, and at once when the client can receive less than before. */
  update(nowMs: number): void {
    const { transport, subscriptions } = this.#options;
    this.#listen(nowMs);
    const all = [...subscriptions.values()];
    const videos = all.filter(({ track, agreed, wish }) => track.kind === 'video' && agreed && !wish.paused);
    for (const subscription of this.#shares.keys())
      if (!videos.includes(subscription)) this.#shares.delete(subscription);
    const demands = videos.map((subscription) => this.#demand(subscription, nowMs));
    const estimateBps = transport.estimateBps(nowMs) ?? Infinity;
    const kept = 1 - Math.min(MAX_REPAIR_SHARE, transport.stats(nowMs).lossFraction);
    const audioBps = rateOfAudio(all);
    const roomBps = estimateBps * kept - audioBps;
    const { layers, wantedBps } = allocate(roomBps, demands);
    transport.wantedBps = wantedBps === 0 ? 0 : (wantedBps + audioBps) / kept;
    for (const [index, subscription] of videos.entries()) {
      const demand = demands[index]!;
      if (layers.has(demand.id)) this.#direct(subscription, layers.get(demand.id), demand.layers[0]!, nowMs);
      this.#stopExcess(subscription, demand, roomBps, nowMs);
      this.#tell(subscription, nowMs);
    }
  }

  #demand(subscription: Subscription, nowMs: number): Demand {
    const { track, wish } = subscription;
    const layers = track.layers().map((layer) => ({ ...layer, bitrateBps: VIDEO_OVERHEAD * layer.bitrateBps }));
    const share = this.#shares.get(subscription);
    if (share && layers.length > 0) share.flowedMs = nowMs;
    if (share && subscription.sender.current) share.stopped = false;
    const maxLayer = share?.stopped && layers[0] ? { spatial: layers[0].spatial } : (wish.maxLayer ?? undefined);
    const spoke = nowMs - (this.#spokeMs.get(track.identity) ?? -Infinity) < SPEAKING_MS;
    return {
      id: track.id,
      layers,
      rank: rankOf(wish, spoke),
      maxLayer,
      size: wish.size ?? undefined,
      ...(share ? { current: share.layer } : {}),
    };
  }

  #direct(subscription: Subscription, fitting: LayerInfo | undefined, lowest: LayerInfo, nowMs: number): void {
    const share = this.#shares.get(subscription);
    const unfitSinceMs = fitting ? undefined : (share?.unfitSinceMs ?? nowMs);
    const waits = unfitSinceMs !== undefined && nowMs - unfitSinceMs < PAUSE_AFTER_MS && (!share || share.layer);
    const { spatial, temporal } = fitting ?? lowerOf(share?.layer, lowest);
    const layer = fitting || waits ? { spatial, temporal } : undefined;
    if (!share) this.#shares.set(subscription, { ...newShare, layer, unfitSinceMs, flowedMs: nowMs });
    else Object.assign(share, { layer, unfitSinceMs });
    subscription.sender.setTarget(layer, nowMs);
  }

  /**
   * Sends nothing more of a layer that is far too much, rather than until the lower one has its keyframe; and begins again
   * with the smallest, whose keyframe is the first to be there.
   */
  #stopExcess(subscription: Subscription, { layers }: Demand, roomBps: number, nowMs: number): void {
    const { sender } = subscription;
    const share = this.#shares.get(subscription);
    const { current } = sender;
    if (!share || !current) return;
    const sent = layers.find(({ spatial, temporal }) => spatial === current.spatial && temporal === current.temporal);
    const lower = share.layer && share.layer.spatial < current.spatial;
    const excess = lower && sent && sent.bitrateBps > FAR_TOO_MUCH * roomBps;
    share.excessSinceMs = excess ? (share.excessSinceMs ?? nowMs) : undefined;
    if (share.excessSinceMs === undefined) return;
    if (!sender.leaves && nowMs - share.excessSinceMs < LEAVE_MS) return;
    sender.interrupt();
    share.stopped = true;
    share.layer = layers.findLast(({ spatial }) => spatial === layers[0]!.spatial);
    sender.setTarget(share.layer, nowMs);
  }

  #listen(nowMs: number): void {
    for (const { identity } of this.#options.speakers()) this.#spokeMs.set(identity, nowMs);
    for (const [identity, spokeMs] of this.#spokeMs) if (nowMs - spokeMs > SPEAKING_MS) this.#spokeMs.delete(identity);
  }

  #tell(subscription: Subscription, nowMs: number): void {
    const share = this.#shares.get(subscription);
    const state = share && stateOf(subscription, share, nowMs);
    if (!state) return;
    const told = JSON.stringify(state);
    if (share.told === told) return;
    share.told = told;
    this.#options.changed(state);
  }
}

/** Undefined while nothing can be said: the first picture is on its way. */
function stateOf({ track, sender }: Subscription, share: Share, nowMs: number): SubscriptionState | undefined {
  const trackId = track.id;
  if (!share.layer) return { trackId, state: 'paused', reason: 'bandwidth' };
  if (nowMs - share.flowedMs > SILENT_MS) return { trackId, state: 'paused', reason: 'publisher' };
  return sender.current && { trackId, state: 'active', ...sender.current };
}

/** Of a video that does not fit: a layer that has stopped for a moment is no reason to send a higher one. */
function lowerOf(sent: Share['layer'] | undefined, lowest: NonNullable<Share['layer']>): NonNullable<Share['layer']> {
  return sent && sent.spatial < lowest.spatial ? sent : lowest;
}

/** Pinned before speaking before large; the size counts in doublings. */
function rankOf({ priority, size }: SubscriptionWish, speaks: boolean): number {
  const doublings = size ? Math.min(15, Math.round(Math.log2(Math.max(1, size.width * size.height) / 2 ** 8))) : 0;
  return 100 * priorities[priority ?? 'medium'] + (speaks ? 50 : 0) + Math.max(0, doublings);
}

function rateOfAudio(subscriptions: readonly Subscription[]): number {
  const audio = subscriptions.filter(({ track, agreed }) => track.kind === 'audio' && agreed);
  return audio.reduce((sum, { track }) => sum + rateOf(track), 0);
}

function rateOf(track: Track): number {
  const [layer] = track.layers();
  return layer && layer.bitrateBps > 0 ? layer.bitrateBps + AUDIO_OVERHEAD_BPS : 0;
}
