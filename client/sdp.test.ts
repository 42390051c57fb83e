import { expect, test } from 'vitest';
import { mediaSections, trackIdOf, withOpusNack, withOpusParameters } from './sdp.ts';

const sdp = [
  'v=0',
  'a=group:BUNDLE 0 1 2',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:0',
  'a=msid:stream-a track-a',
  'a=sendonly',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=msid:stream-a track-b',
  'a=mid:1',
  'a=inactive',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=mid:2',
  '',
].join('\r\n');

test('each section tells its mid, its msid and whether its author sends', () => {
  expect(mediaSections(sdp)).toEqual([
    { mid: '0', msid: 'stream-a track-a', sending: true },
    { mid: '1', msid: 'stream-a track-b', sending: false },
    { mid: '2', msid: undefined, sending: true },
  ]);
});

test('a text that is no SDP has no sections', () => {
  expect(mediaSections('hello')).toEqual([]);
});

test('the track id follows the stream id', () => {
  expect(trackIdOf('stream-a track-a')).toBe('track-a');
});

test('the retransmission of Opus is announced where it is not', () => {
  const lines = ['a=rtpmap:111 opus/48000/2', 'a=rtcp-fb:111 transport-cc', 'a=rtpmap:9 G722/8000', ''];
  const expected = [lines[0], 'a=rtcp-fb:111 nack', ...lines.slice(1)];
  expect(withOpusNack(lines.join('\r\n')).split('\r\n')).toEqual(expected);
  expect(withOpusNack(expected.join('\r\n')).split('\r\n')).toEqual(expected);
});

test('Opus gets the parameters that its section is to have', () => {
  const section = (mid: string, opus: string): string[] => [
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 9',
    `a=mid:${mid}`,
    'a=rtpmap:111 opus/48000/2',
    opus,
    'a=rtpmap:9 G722/8000',
    'a=fmtp:9 x=1',
  ];
  const plain = 'a=fmtp:111 minptime=10';
  const text = (opus: string): string => ['v=0', ...section('0', plain), ...section('1', opus), ''].join('\r\n');
  const parameters = new Map([['1', ['usedtx=1', 'stereo=1']]]);
  expect(withOpusParameters(text(plain), parameters)).toBe(text(`${plain};usedtx=1;stereo=1`));
  expect(withOpusParameters(text(plain), new Map())).toBe(text(plain));
  expect(withOpusParameters('v=0\r\n', parameters)).toBe('v=0\r\n');
});
