import { LayerReader } from '@muon/media-node/forward/layer-reader.ts';
import { startsAv1Sequence } from '@muon/wire/rtp/av1.ts';
import { readDependencyDescriptor, type DependencyDescriptor } from '@muon/wire/rtp/dependency-descriptor.ts';
import { startsH264Keyframe } from '@muon/wire/rtp/h264.ts';
import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { rtpPacket } from '@muon/wire/rtp/packet.fixture.ts';
import { withNumbers, type PictureNumbers } from '@muon/wire/rtp/picture-numbers.ts';
import { previousOf, renumberRed, withoutRedundancy } from '@muon/wire/rtp/red.ts';
import { readVp8 } from '@muon/wire/rtp/vp8.ts';
import { readVp9 } from '@muon/wire/rtp/vp9.ts';
import { parseIceFragment, writeIceFragment } from '@muon/wire/sdp/ice-fragment.ts';
import {
  av1Corpus,
  dependencyDescriptorCorpus,
  h264Corpus,
  iceFragmentCorpus,
  redCorpus,
  vp8Corpus,
  vp9Corpus,
} from './media-corpus.ts';
import type { Target } from './target.ts';

/** What reads the insides of media, and the ICE that WHIP clients trickle. */
export const mediaDecoders: readonly Target[] = [
  { name: 'sdpfrag', corpus: iceFragmentCorpus, take: takeIceFragment },
  { name: 'dependency descriptor', corpus: dependencyDescriptorCorpus, take: takeDependencyDescriptor },
  { name: 'VP8 descriptor', corpus: vp8Corpus, take: takePayload('video/VP8', readVp8) },
  { name: 'VP9 descriptor', corpus: vp9Corpus, take: takePayload('video/VP9', readVp9) },
  { name: 'H.264 payload', corpus: h264Corpus, take: takePayload('video/H264', startsH264Keyframe) },
  { name: 'AV1 aggregation header', corpus: av1Corpus, take: takePayload('video/AV1', startsAv1Sequence) },
  { name: 'RED', corpus: redCorpus, take: takeRed },
];

/** What is read is what is written again. */
function takeIceFragment(input: Uint8Array): void {
  const { ufrag, password } = parseIceFragment(Buffer.from(input).toString());
  const again = parseIceFragment(writeIceFragment([`ice-ufrag:${ufrag}`, `ice-pwd:${password}`]));
  if (again.ufrag !== ufrag || again.password !== password) throw new Error('the fragment is read in another way');
}

function takeDependencyDescriptor(input: Uint8Array): void {
  const [withStructure] = dependencyDescriptorCorpus;
  const { structure } = readDependencyDescriptor(withStructure!, 0, withStructure!.length, undefined)!;
  for (const known of [undefined, structure]) {
    const descriptor = readDependencyDescriptor(input, 0, input.length, known);
    if (descriptor) checkDescriptor(descriptor);
  }
}

function checkDescriptor({ frame, structure, frameNumber }: DependencyDescriptor): void {
  const { templates, targets } = structure;
  if (templates.length > 64 || targets.length > 32 || frameNumber > 0xffff) throw new Error('beyond what can be said');
  const beyond = targets.length === 32 ? 0 : (frame.present | frame.switches) >>> targets.length;
  if (beyond !== 0) throw new Error('a frame of decode targets that there are not');
}

/** Reads a payload alone, and as that of a stream, of which the reader remembers as much for any number of packets. */
function takePayload(
  mimeType: string,
  read: (payload: Uint8Array) => boolean | { readonly numbers: PictureNumbers | undefined },
): Target['take'] {
  const stream = new LayerReader(mimeType);
  let seq = 0;
  return (input) => {
    seq = (seq + 1) & 0xffff;
    stream.read(rtpPacket({ seq, timestamp: seq * 3000, marker: (seq & 1) === 1 }, input));
    const result = read(input);
    if (typeof result === 'object' && result.numbers) checkNumbers(input, result.numbers);
  };
}

/** They lie in the payload, and put back as they were change nothing. */
function checkNumbers(payload: Uint8Array, numbers: PictureNumbers): void {
  const { offset, lengthBytes, value, pictureId, tl0 = 0, keyIndex = 0 } = numbers;
  if (lengthBytes > 4 || offset + lengthBytes > payload.length) throw new Error('numbers beyond the payload');
  if (withNumbers(numbers, pictureId, tl0, keyIndex) !== value) throw new Error('the same numbers make other bytes');
}

/** What is repeated is shorter than what repeats it, so that there is an end to it, whatever is repeated in it again. */
function takePrevious(packet: RtpPacket): void {
  for (let latest = packet, previous = previousOf(packet); previous; previous = previousOf(latest)) {
    if (previous.bytes.length >= latest.bytes.length) throw new Error('what is repeated is no shorter');
    if (previous.seq !== ((latest.seq - 1) & 0xffff)) throw new Error('what is repeated is not the one before');
    latest = previous;
  }
}

function takeRed(input: Uint8Array): void {
  const packet = rtpPacket({ payloadType: 63, marker: true }, input);
  const plain = withoutRedundancy(packet);
  if (plain && plain.bytes.length >= packet.bytes.length) throw new Error('more is left than there was');
  takePrevious(packet);
  const renumbered = Uint8Array.from(packet.bytes);
  if (!renumberRed(renumbered, packet.payloadOffset, packet.payloadEnd, 111)) return;
  const again = withoutRedundancy(RtpPacket.parse(renumbered));
  if (again?.payload.length !== plain?.payload.length) throw new Error('another payload type makes other sound');
}
