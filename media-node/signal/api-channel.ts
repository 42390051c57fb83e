import * as z from 'zod';
import type { Room } from '../room.ts';

/**
 * What a subscriber wants of a stream, as ion-sfu's data channel says it. `none` and `false` stop the packets; the
 * layers in between and the frame rate are all the same while streams have one layer.
 */
const wishSchema = z.object({
  streamId: z.string().max(256),
  video: z.enum(['none', 'low', 'medium', 'high', '']).optional(),
  audio: z.boolean().optional(),
});

/** A publisher's choice of its own layers, which the same channel carries. */
const layersSchema = z.object({ streamId: z.string().max(256), layers: z.array(z.string().max(16)).max(16) });

export interface StreamWish {
  readonly streamId: string;
  /** Absent where nothing is said. */
  readonly video: boolean | undefined;
  readonly audio: boolean | undefined;
}

/** The largest message that the API channel may carry. */
const MAX_TEXT_LENGTH = 4096;

/** Reads a message of the API channel; `malformed` when it is none, `undefined` when it asks for nothing. */
export function parseApiMessage(data: string | Uint8Array): StreamWish | 'malformed' | undefined {
  const message = parseJson(data);
  if (layersSchema.safeParse(message).success) return undefined;
  const wish = wishSchema.safeParse(message);
  if (!wish.success) return 'malformed';
  const { streamId, video, audio } = wish.data;
  return { streamId, video: video ? video !== 'none' : undefined, audio };
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

function parseJson(data: string | Uint8Array): unknown {
  if (data.length > MAX_TEXT_LENGTH) return undefined;
  try {
    return JSON.parse(typeof data === 'string' ? data : Buffer.from(data).toString());
  } catch {
    return undefined;
  }
}
