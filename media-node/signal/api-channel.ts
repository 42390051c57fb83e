import type { SubscriptionState, SubscriptionWish } from '@muon/contract/subscription.ts';
import * as z from 'zod';
import type { Room } from '../room.ts';
import type { Track } from '../track.ts';

/** The layers as ion-sfu names them, lowest first. */
const layers = ['low', 'medium', 'high'] as const;

const layerName = z.enum(['', ...layers]);

/** What a subscriber wants of a stream, as ion-sfu's data channel says it. */
const wishSchema = z.object({
  streamId: z.string().max(256),
  video: z.enum(['none', ...layerName.options]).optional(),
  audio: z.boolean().optional(),
  framerate: layerName.optional(),
});

/** Which of its own layers a publisher sends, which the same channel carries; nodes see that by themselves. */
const layersSchema = z.object({ streamId: z.string().max(256), layers: z.array(z.string().max(16)).max(16) });

export interface StreamWish {
  readonly streamId: string;
  /** How each kind of track is wanted; absent where nothing is said. */
  readonly video: SubscriptionWish | undefined;
  readonly audio: SubscriptionWish | undefined;
}

/** The largest message that the API channel may carry. */
const MAX_TEXT_LENGTH = 4096;

/** Reads a message of the API channel; `malformed` when it is none, `undefined` when it asks for nothing. */
export function parseApiMessage(data: string | Uint8Array): StreamWish | 'malformed' | undefined {
  const message = parseJson(data);
  if (layersSchema.safeParse(message).success) return undefined;
  const wish = wishSchema.safeParse(message);
  if (!wish.success) return 'malformed';
  const { streamId, video, audio, framerate } = wish.data;
  return {
    streamId,
    video: video ? toVideoWish(video, framerate) : undefined,
    audio: audio === undefined ? undefined : { paused: !audio },
  };
}

function toVideoWish(
  video: 'none' | (typeof layers)[number],
  framerate: z.infer<typeof layerName> | undefined,
): SubscriptionWish {
  if (video === 'none') return { paused: true };
  const temporal = framerate && framerate !== 'high' ? layers.indexOf(framerate) : undefined;
  if (video === 'high' && temporal === undefined) return { paused: false, maxLayer: null };
  // Above the highest spatial layer there is none, so that only the frame rate is limited.
  return {
    paused: false,
    maxLayer: { spatial: layers.indexOf(video), ...(temporal === undefined ? {} : { temporal }) },
  };
}

/** Whose streams are heard, loudest first, as ion-sfu tells it. */
export function audioLevels(
  speakers: readonly { readonly identity: string }[],
  { tracks }: Pick<Room, 'tracks'>,
): string {
  const voices = [...tracks].filter(({ kind }) => kind === 'audio');
  const streams = speakers.flatMap(({ identity }) =>
    voices.filter((track) => track.identity === identity).map(({ streamId }) => streamId),
  );
  return JSON.stringify({ method: 'audioLevels', params: [...new Set(streams)] });
}

/** Which layer of a video is sent and which there are, as ion-sfu tells it; undefined where it has nothing to tell. */
export function activeLayer(
  { state, spatial }: SubscriptionState,
  track: Pick<Track, 'kind' | 'streamId' | 'layers'>,
): string | undefined {
  if (track.kind !== 'video' || (state === 'active' && spatial === undefined)) return undefined;
  const present = new Set(track.layers().map((layer) => layer.spatial));
  const params = {
    streamId: track.streamId,
    activeLayer: state === 'paused' ? 'none' : layers[Math.min(spatial ?? 0, layers.length - 1)],
    availableLayers: layers.filter((_, at) => present.has(at)),
  };
  return JSON.stringify({ method: 'activeLayer', params });
}

function parseJson(data: string | Uint8Array): unknown {
  if (data.length > MAX_TEXT_LENGTH) return undefined;
  try {
    return JSON.parse(typeof data === 'string' ? data : Buffer.from(data).toString());
  } catch {
    return undefined;
  }
}
