import { Decoder, Encoder } from '@evan/opus';
import type { Codec } from '@muon/contract/link.ts';
import { SAMPLE_RATE } from '../call/frame.ts';

/** RTP timestamps of Opus count at this rate, whatever rate is coded (RFC 7587 section 4.1). */
export const OPUS_CLOCK_RATE = 48_000;

/** How the gateway codes what a phone says. */
export const opusCodec: Codec = {
  mimeType: 'audio/opus',
  clockRate: OPUS_CLOCK_RATE,
  channels: 2,
  payloadType: 111,
  parameters: 'minptime=10;useinbandfec=1',
};

/** Telephone speech has nothing above 4 kHz; this is transparent for it. */
const BITRATE_BPS = 24_000;

/** Half of the best costs a third less time, and cannot be told from it at this bandwidth. */
const COMPLEXITY = 5;

/** Redundancy is added for about so much loss on the way to the listeners. */
const EXPECTED_LOSS_PERCENT = 5;

/**
 * Opus straight from and to the rate of the phone: libopus limits the band and resamples inside, better and cheaper
 * than a filter behind it could.
 */
export function openEncoder(): Encoder {
  const encoder = new Encoder({ channels: 1, sample_rate: SAMPLE_RATE, application: 'voip' });
  encoder.bitrate = BITRATE_BPS;
  encoder.complexity = COMPLEXITY;
  encoder.inband_fec = true;
  encoder.packet_loss = EXPECTED_LOSS_PERCENT;
  return encoder;
}

/** Decodes any Opus, stereo and full band too, to the mono sound of a phone. */
export class OpusDecoder {
  readonly #decoder = new Decoder({ channels: 1, sample_rate: SAMPLE_RATE });

  /** The packet's sound, its own copy; undefined when it is not Opus. */
  decode(packet: Uint8Array): Int16Array | undefined {
    try {
      const bytes = this.#decoder.decode(packet);
      return new Int16Array(bytes.slice().buffer);
    } catch {
      return undefined;
    }
  }
}
