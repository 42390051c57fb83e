import { attributesNamed, type Description } from '@muon/wire/sdp/description.ts';
import { findCodec, type ForwardedCodec } from './codecs.ts';
import { formatParameters, parseRtpMap } from './rtp-map.ts';

/** Which codecs a client decodes, as far as its descriptions have told: those that it named, offered or took. */
export class DecodableCodecs {
  readonly #named = new Set<ForwardedCodec>();
  readonly #refused = new Set<ForwardedCodec>();

  /** Takes in an offer or an answer of the client. */
  learn({ media }: Description): void {
    for (const medium of media) {
      if (medium.port === 0 && !medium.attributes.includes('bundle-only')) continue;
      for (const value of attributesNamed(medium, 'rtpmap')) {
        const map = parseRtpMap(value);
        if (!medium.formats.includes(map.payloadType)) continue;
        const parameters = formatParameters(medium, map.payloadType) ?? '';
        const codec = findCodec({ ...map, mimeType: `${medium.kind}/${map.encoding}`, parameters });
        if (!codec) continue;
        this.#named.add(codec);
        this.#refused.delete(codec);
      }
    }
  }

  /** The client did not take a track of this codec. */
  refused(codec: ForwardedCodec): void {
    if (!this.#named.has(codec)) this.#refused.add(codec);
  }

  decodes(codec: ForwardedCodec): boolean {
    return this.#named.has(codec);
  }

  /** Whether it is known not to: it refused the codec, or named others of its kind without it. */
  lacks(codec: ForwardedCodec): boolean {
    if (this.#named.has(codec)) return false;
    return this.#refused.has(codec) || [...this.#named].some(({ kind }) => kind === codec.kind);
  }
}
