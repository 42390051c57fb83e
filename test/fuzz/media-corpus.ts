import { keySvc, temporalLayers, writeDependencyDescriptor } from '@muon/wire/rtp/dependency-descriptor.fixture.ts';

/** Candidates as a browser trickles them (RFC 9725 section 4.3.2), and an ICE restart of several media. */
export const iceFragmentCorpus = [
  [
    'a=ice-ufrag:EsAw',
    'a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1',
    'm=audio 9 UDP/TLS/RTP/SAVPF 0',
    'a=mid:0',
    'a=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1',
    'a=candidate:2 1 tcp 1518280447 2001:db8::1 9 typ host tcptype active generation 0',
    'a=end-of-candidates',
  ],
  [
    'a=group:BUNDLE 0 1',
    'a=ice-options:trickle ice2',
    'a=ice-ufrag:ysXw',
    'a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k',
    'm=audio 9 UDP/TLS/RTP/SAVPF 0',
    'a=mid:0',
    'm=video 9 UDP/TLS/RTP/SAVPF 0',
    'a=mid:1',
    '',
  ],
].map((lines) => Buffer.from(lines.join('\r\n')));

/** Keyframes that bring their structure, and frames that refer to it in each way there is. */
export const dependencyDescriptorCorpus = [
  { structure: keySvc, template: 0, frameNumber: 65_535, attached: true, endsFrame: false },
  { structure: temporalLayers, template: 0, frameNumber: 1, attached: true, active: 0b011 },
  { structure: keySvc, template: 5, frameNumber: 2 },
  { structure: keySvc, template: 4, frameNumber: 3, active: 0b0011, customTargets: '--S-', customDependencies: [200] },
  { structure: keySvc, template: 1, frameNumber: 4, startsFrame: false, customDependencies: [1, 16, 256] },
].map((fixture) => writeDependencyDescriptor(fixture));

/** All fields and a keyframe of 320x240, short picture ids, layers alone (RFC 7741). */
export const vp8Corpus = [
  hex('90f0810207630000009d012a4001f000'),
  hex('9080050000009d012a4001f000'),
  hex('90306101'),
  hex('1001'),
];

/** Layers, references of flexible mode, and a scalability structure (RFC 9628). */
export const vp9Corpus = [hex('e98102 54c801'), hex('f40500030209'), hex('0a38014000b40280016800'), hex('8a81ff')];

/** A picture, parameter sets among others, and a picture in parts (RFC 6184). */
export const h264Corpus = [
  hex('65888400'),
  hex('780001090002670100 0168'),
  hex('7c85888400'),
  hex('7c4501'),
  hex('41'),
];

/** The beginning of a sequence, an element that goes on, and elements with their lengths (AV1 RTP, section 4.4). */
export const av1Corpus = [hex('180a0b00000004'), hex('903200'), hex('080301020332'), hex('48')];

/** Sound alone, with one block of what came before, and with two (RFC 2198). */
export const redCorpus = [
  hex('6ff8fffe'),
  hex('efe100046ff8fffef8fffe01'),
  hex('ef2d0003ef1680026f 010203 0405 060708'),
];

function hex(digits: string): Uint8Array {
  return Buffer.from(digits.replaceAll(' ', ''), 'hex');
}
