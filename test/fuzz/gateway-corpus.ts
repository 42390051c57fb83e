const text = (value: string): Uint8Array => Buffer.from(value);

/** An INVITE with a list and a folded line, short names, and an answer. */
export const sipCorpus = [
  [
    'INVITE sip:lesson@192.0.2.1:5060 SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK776;rport, SIP/2.0/TCP [2001:db8::1];branch=z9hG4bK1',
    'Max-Forwards: 70',
    'From: "Ada" <sip:ada@example.org>;tag=1',
    'To: <sip:lesson@192.0.2.1>',
    'Call-ID: a84b4c76e66710@pc33',
    'CSeq: 314159 INVITE',
    'Contact: <sip:ada@192.0.2.7>;expires=60',
    'Subject: a lesson',
    '  of two lines',
    'Content-Type: application/sdp',
    'Content-Length: 4',
    '',
    'v=0\n',
  ],
  [
    'BYE sip:a SIP/2.0',
    'v:SIP/2.0/TLS h;branch=z9',
    'f:<sip:a>',
    't:<sip:b>;tag=2',
    'i:1',
    'CSeq:2 BYE',
    'l:0',
    '',
    '',
  ],
  ['SIP/2.0 200 OK', 'Via: SIP/2.0/UDP h:1;received=192.0.2.1;branch=z9hG4bK', 'Content-Length: 0', '', ''],
].map((lines) => text(lines.join('\r\n')));

const sip = Buffer.from(sipCorpus[0]!).toString();
const frame = (message: string): string => `${Buffer.byteLength(message)}#${message}`;

/** What drachtio-server says on its control connection. */
export const controlCorpus = [
  `id|sip|network|${sip.length}|udp|192.0.2.7|5060|12:00:00|transaction|dialog|\r\n${sip}`,
  'x|response|hello|OK|udp/192.0.2.1:5060|v0.9.4',
  `x|response|7|OK|application|9|udp|192.0.2.7|5060|12:00:00|transaction|dialog-transaction||\r\n`,
  'x|response|7|NO|unknown transaction',
].flatMap((message, at, all) => [text(frame(message)), text(frame(message) + frame(all[(at + 1) % all.length]!))]);

/** What players and CDNs ask of the origin. */
export const requestTargetCorpus = [
  '/hls/eg_0123456789abcdefghjkmnpqrs/index.m3u8?_HLS_msn=7&_HLS_part=2',
  '/hls/eg_0123456789abcdefghjkmnpqrs/segment-12.3.m4s',
  '/hls/eg_0123456789abcdefghjkmnpqrs/rc_0123456789abcdefghjkmnpqrs.mp4?token=dGhlIHRva2Vu',
  '/hls/../recordings/eg_a/rc_b.mp4',
  '/hls/eg_a/%2e%2e%2fsecret',
  '/healthz',
].map(text);

export const rangeCorpus = ['bytes=0-', 'bytes=0-499', 'bytes=-500', 'bytes=9500-', 'bytes=0-0,-1'].map(text);
