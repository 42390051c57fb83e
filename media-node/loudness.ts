import type { Track } from './track.ts';

/** A microphone that is on sends every 20 ms, but for silence. */
const FRESH_MS = 300;

/** How loud each participant is now (RFC 6464: 0, the loudest, to 127), by the loudest of its tracks that are not muted. */
export function loudness(
  tracks: Iterable<Pick<Track, 'identity' | 'kind' | 'muted' | 'mutedByModerator' | 'audioLevel' | 'audioLevelMs'>>,
  nowMs: number,
): Map<string, number> {
  const levels = new Map<string, number>();
  for (const { identity, kind, muted, mutedByModerator, audioLevel, audioLevelMs } of tracks) {
    if (kind !== 'audio' || muted || mutedByModerator) continue;
    if (audioLevel === undefined || nowMs - audioLevelMs > FRESH_MS) continue;
    levels.set(identity, Math.min(audioLevel, levels.get(identity) ?? 127));
  }
  return levels;
}
