/** Bodies of FLV tags, which are RTMP messages too (Adobe Flash Video File Format 10.1, annex E.4). */

const AVC = 7;
const KEYFRAME = 1 << 4;
const INTERFRAME = 2 << 4;

/** AAC; the rate, size and channels that follow it are fixed by the specification. */
const AAC = 0xaf;

/** Body of a video tag that carries the AVCDecoderConfigurationRecord. */
export function avcSequenceHeader(configuration: Uint8Array): Uint8Array {
  return prefixed([KEYFRAME | AVC, 0, 0, 0, 0], configuration);
}

/** Body of a video tag that carries one frame as AVCC without B-frames: decoded and shown at the same time. */
export function avcFrame(data: Uint8Array, keyframe: boolean): Uint8Array {
  return prefixed([(keyframe ? KEYFRAME : INTERFRAME) | AVC, 1, 0, 0, 0], data);
}

/** Body of an audio tag that carries the AudioSpecificConfig. */
export function aacSequenceHeader(configuration: Uint8Array): Uint8Array {
  return prefixed([AAC, 0], configuration);
}

/** Body of an audio tag that carries one raw AAC frame. */
export function aacFrame(data: Uint8Array): Uint8Array {
  return prefixed([AAC, 1], data);
}

function prefixed(prefix: readonly number[], data: Uint8Array): Uint8Array {
  const body = new Uint8Array(prefix.length + data.length);
  body.set(prefix);
  body.set(data, prefix.length);
  return body;
}
