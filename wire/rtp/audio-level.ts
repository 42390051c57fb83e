import { visitExtensions } from './header-extension.ts';

/** Silence, and as quiet as can be told (RFC 6464 section 3). */
const SILENCE = 127;

/** How loud 16-bit samples are together, from 0, the loudest, to 127, in -dBov (RFC 6465, appendix A). */
export function toAudioLevel(samples: Int16Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  if (energy === 0) return SILENCE;
  const decibels = 10 * Math.log10(energy / samples.length / 32_768 ** 2);
  return Math.min(SILENCE, Math.max(0, Math.round(-decibels)));
}

/** The audio level in a packet, in the header extension element `id` (RFC 6464); undefined when it has none. */
export function readAudioLevel(packet: Uint8Array, id: number): number | undefined {
  let level: number | undefined;
  visitExtensions(packet, (element, offset) => {
    if (element === id) level = packet[offset]! & 0x7f;
  });
  return level;
}
