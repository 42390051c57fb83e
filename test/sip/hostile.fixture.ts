import { randomBytes } from 'node:crypto';

const head = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\n\r\n`;

const WELL_FORMED = {
  Via: 'SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKhostile',
  From: '<sip:a@b>;tag=1',
  To: '<sip:room@c>',
  'Call-ID': 'hostile',
  CSeq: '1 INVITE',
  Contact: '<sip:a@127.0.0.1:9>',
};

/** An INVITE with headers replaced, left out (undefined) or added. */
function invite(
  changes: Readonly<Record<string, string | undefined>>,
  { uri = 'sip:room@c', method = 'INVITE', body = '' } = {},
) {
  const headers = Object.entries({ ...WELL_FORMED, CSeq: `1 ${method}`, ...changes }).filter(
    ([, value]) => value !== undefined,
  );
  const unique = Math.random().toString(36).slice(2);
  return `${head(`${method} ${uri} SIP/2.0`, ...headers.map(([name, value]) => `${name}: ${value}`))}${body}`.replace(
    'branch=z9hG4bKhostile',
    `branch=z9hG4bK${unique}`,
  );
}

const many = (count: number, line: (index: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => line(index).split(': ') as [string, string]));

/** What should end no process. The first two ended stock sip.js. */
export const hostileDatagrams: readonly (readonly [string, string | Uint8Array])[] = [
  ['a call to a tel: address', invite({}, { uri: 'tel:+1555' })],
  ['a PRACK out of any dialog', invite({ RAck: '1 1 INVITE' }, { method: 'PRACK' })],
  ['a CANCEL of nothing', invite({}, { method: 'CANCEL' })],
  ['an ACK of nothing', invite({ To: '<sip:room@c>;tag=x' }, { method: 'ACK' })],
  ['an INFO, UPDATE and NOTIFY in no dialog', invite({ To: '<sip:room@c>;tag=x' }, { method: 'INFO' })],
  ['a re-INVITE of nothing', invite({ To: '<sip:room@c>;tag=x' })],
  ['an unknown method', invite({}, { method: 'QWERTY' })],
  ['a foreign scheme', invite({}, { uri: 'javascript:alert(1)' })],
  ['an empty address', invite({}, { uri: 'sip:' })],
  ['an address of separators', invite({}, { uri: 'sip:;;;@:::;?=&' })],
  ['a broken escape', invite({}, { uri: 'sip:%zz%@c' })],
  ['a NUL in the room', invite({}, { uri: 'sip:a%00b@c' })],
  ['a path for a room', invite({}, { uri: 'sip:..%2f..%2fetc%2fpasswd@c' })],
  ['a huge room', invite({}, { uri: `sip:${'a'.repeat(900)}@c` })],
  ['no Via', invite({ Via: undefined })],
  ['no From', invite({ From: undefined })],
  ['no To', invite({ To: undefined })],
  ['no Call-ID', invite({ 'Call-ID': undefined })],
  ['no CSeq', invite({ CSeq: undefined })],
  ['no Contact', invite({ Contact: undefined })],
  ['no From tag', invite({ From: '<sip:a@b>' })],
  ['an empty From', invite({ From: '<>' })],
  ['a From that never ends', invite({ From: `"${'x'.repeat(2000)}` })],
  ['a From of brackets', invite({ From: '<'.repeat(1000) })],
  ['a Contact of everything', invite({ Contact: '*' })],
  ['a Contact of nothing', invite({ Contact: '<sip:>' })],
  ['a Via of nonsense', invite({ Via: 'x' })],
  ['a Via with a huge port', invite({ Via: 'SIP/2.0/UDP a:99999;branch=z9hG4bKx' })],
  ['a Via without a branch', invite({ Via: 'SIP/2.0/UDP a' })],
  ['a hundred Vias in one', invite({ Via: Array<string>(40).fill('SIP/2.0/UDP a;branch=z9hG4bKy').join(',') })],
  ['a CSeq of letters', invite({ CSeq: 'x INVITE' })],
  ['a CSeq of another method', invite({ CSeq: '1 BYE' })],
  ['a CSeq beyond 32 bits', invite({ CSeq: '99999999999 INVITE' })],
  ['a negative length', invite({ 'Content-Length': '-1' })],
  ['too long a length', invite({ 'Content-Length': '999999999' })],
  ['two lengths', invite({ 'Content-Length': '0', l: '5' }, { body: 'hello' })],
  ['a header bomb', invite(many(2000, (index) => `X-${index}: y`))],
  ['a long header', invite({ 'X-Long': 'y'.repeat(7000) })],
  ['a thousand routes', invite({ 'Record-Route': Array<string>(150).fill('<sip:p;lr>').join(',') })],
  ['a body of nonsense', invite({ 'Content-Type': 'application/sdp' }, { body: '\0\x01\x02 nonsense' })],
  [
    'a body of many media',
    invite({ 'Content-Type': 'application/sdp' }, { body: `v=0\r\no=-\r\n${'m=audio 1 RTP/AVP 0\r\n'.repeat(500)}` }),
  ],
  [
    'a body with a foreign address',
    invite(
      { 'Content-Type': 'application/sdp' },
      { body: 'v=0\r\no=-\r\nc=IN IP4 999.9.9.9\r\nm=audio 1 RTP/AVP 0\r\n' },
    ),
  ],
  ['a line feed that smuggles a header', invite({ Subject: 'x\nVia: y' })],
  [
    'a response to nothing',
    head('SIP/2.0 200 OK', ...Object.entries(WELL_FORMED).map(([name, value]) => `${name}: ${value}`)),
  ],
  ['a response of status 999', head('SIP/2.0 999 No', 'Via: x')],
  ['HTTP', head('GET / HTTP/1.1', 'Host: x')],
  ['a DNS query', Uint8Array.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 119, 119, 119, 0, 0, 1, 0, 1])],
  ['a STUN request', Uint8Array.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...Array<number>(12).fill(1)])],
  ['nothing', ''],
  ['a keep-alive', '\r\n\r\n'],
  ['zeros', new Uint8Array(1000)],
  ['noise', randomBytes(1400)],
  ['a huge datagram', randomBytes(60_000)],
  ['huge text', `INVITE sip:a@b SIP/2.0\r\n${'A'.repeat(60_000)}`],
];
