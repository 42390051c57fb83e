import { readFile, writeFile } from 'node:fs/promises';

/** Mono sound in 16 bits. */
export interface Sound {
  readonly sampleRate: number;
  readonly samples: Int16Array;
}

export interface ToneOptions {
  readonly sampleRate?: number;
  readonly seconds?: number;
  /** Of 1; the default leaves room for others to be mixed in. */
  readonly amplitude?: number;
  /** Sample number at which it begins, for tones made in pieces. */
  readonly from?: number;
}

/** A sine of `frequencyHz`. */
export function makeTone(
  frequencyHz: number,
  { sampleRate = 8000, seconds = 1, amplitude = 0.3, from = 0 }: ToneOptions = {},
): Sound {
  const samples = new Int16Array(Math.round(sampleRate * seconds));
  const step = (2 * Math.PI * frequencyHz) / sampleRate;
  for (let i = 0; i < samples.length; i++) samples[i] = 32_767 * amplitude * Math.sin(step * (from + i));
  return { sampleRate, samples };
}

/**
 * How much of the sound's energy is at `frequencyHz`, from 0 to 1 (Goertzel): 1 for a pure tone, near 0 when that
 * frequency is not in it, and 0 for silence.
 */
export function toneShare({ sampleRate, samples }: Sound, frequencyHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRate);
  let previous = 0;
  let beforePrevious = 0;
  let energy = 0;
  for (const sample of samples) {
    const next = sample + coefficient * previous - beforePrevious;
    beforePrevious = previous;
    previous = next;
    energy += sample * sample;
  }
  const power = previous ** 2 + beforePrevious ** 2 - coefficient * previous * beforePrevious;
  return energy === 0 ? 0 : Math.min(1, (2 * power) / (samples.length * energy));
}

/** The frequency of the tone that most of the sound is, by its rising zero crossings; 0 for silence. Gaps do not count. */
export function measureFrequencyHz({ sampleRate, samples }: Sound): number {
  const periods: number[] = [];
  let lastCrossing = -Infinity;
  for (let i = 1; i < samples.length; i++) {
    const before = samples[i - 1]!;
    const after = samples[i]!;
    if (before >= 0 || after < 0) continue;
    const crossing = i - after / (after - before);
    if (lastCrossing >= 0) periods.push(crossing - lastCrossing);
    lastCrossing = crossing;
  }
  const median = periods.toSorted((a, b) => a - b)[periods.length >> 1] ?? Infinity;
  const usual = periods.filter((period) => Math.abs(period - median) < median / 5);
  return usual.length === 0 ? 0 : (sampleRate * usual.length) / usual.reduce((sum, period) => sum + period, 0);
}

/** Root mean square, of 1. */
export function loudness({ samples }: Sound): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(energy / samples.length) / 32_768;
}

/** The last `seconds` of a sound. */
export function lastSeconds(sound: Sound, seconds: number): Sound {
  return { ...sound, samples: sound.samples.slice(-Math.round(seconds * sound.sampleRate)) };
}

const WAV_HEADER_BYTES = 44;

/** Writes a sound as a WAV file. */
export async function writeWav(path: string, { sampleRate, samples }: Sound): Promise<void> {
  const wav = Buffer.alloc(WAV_HEADER_BYTES + samples.byteLength);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE(sampleRate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples.byteLength, 40);
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).copy(wav, WAV_HEADER_BYTES);
  await writeFile(path, wav);
}

/** Reads a mono 16-bit WAV file, even while its writer has not yet put the lengths into it. */
export async function readWav(path: string): Promise<Sound> {
  const wav = await readFile(path);
  const data = wav.indexOf('data', 12, 'latin1') + 8;
  const length = (wav.length - data) & ~1;
  const samples = Int16Array.from({ length: length / 2 }, (_, i) => wav.readInt16LE(data + 2 * i));
  return { sampleRate: wav.readUInt32LE(24), samples };
}
