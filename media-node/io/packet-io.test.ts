import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { rtpPacket } from '@muon/wire/rtp/packet.fixture.ts';
import { after, edges } from '@muon/wire/rtp/seq.fixture.ts';
import { withTransportSequence } from '@muon/wire/rtp/transport-sequence.ts';
import { encodePli } from '@muon/wire/rtcp/packet.ts';
import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../test/support/until.ts';
import { headerExtensions } from '../negotiation/header-extensions.ts';
import type { OpenPacketIo, PacketIo, RtpOutput, SessionId, SessionKeys } from './packet-io.ts';
import type { RemoteAddress } from './remote-address.ts';
import { SrtpSession } from './srtp-session.ts';
import { TypescriptPacketIo } from './typescript-packet-io.ts';

/** Every backend passes these. */
const backends: readonly { name: string; open: OpenPacketIo }[] = [
  { name: 'TypeScript', open: (options) => TypescriptPacketIo.open(options) },
];

const profiles = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const;

describe.each(backends)('the $name backend', ({ open }) => {
  describe.each(profiles)('with %s', (profile) => {
    let io: PacketIo;
    let client: Socket;
    let here: RemoteAddress;
    /** The client's side of SRTP. */
    let srtp: SrtpSession;
    let session: SessionId;
    let received: RtpPacket[];
    let receivedRtcp: Uint8Array[];
    let datagrams: Uint8Array[];
    let clientReceived: Uint8Array[];
    let sentOverTcp: { packet: Uint8Array; to: RemoteAddress }[];

    beforeEach(async () => {
      received = [];
      receivedRtcp = [];
      datagrams = [];
      clientReceived = [];
      sentOverTcp = [];
      const owner = {
        datagramReceived: (bytes: Uint8Array) => void datagrams.push(bytes),
        rtpReceived: (_: SessionId, packet: Uint8Array) => void received.push(RtpPacket.parse(packet)),
        rtcpReceived: (_: SessionId, packet: Uint8Array) => void receivedRtcp.push(packet),
        sendOverTcp: (packet: Uint8Array, to: RemoteAddress) => void sentOverTcp.push({ packet, to }),
      };
      io = await open({ host: '127.0.0.1', port: 0, owner });
      client = createSocket('udp4').bind(0, '127.0.0.1');
      client.on('message', (bytes) => clientReceived.push(bytes));
      await once(client, 'listening');
      here = client.address();
      const keys = keysOf(profile);
      srtp = new SrtpSession({ profile, local: keys.remote, remote: keys.local });
      session = io.openSession(keys);
      io.bindAddress(session, here);
      io.setDestination(session, here);
    });

    afterEach(async () => {
      client.close();
      await io.close();
    });

    function send(bytes: Uint8Array): void {
      client.send(bytes, io.port, '127.0.0.1');
    }

    /** Sends what ends a test's input, and waits for it. */
    async function settle(): Promise<void> {
      const count = datagrams.length;
      send(Uint8Array.of(0));
      await until('all is received', () => datagrams.length > count, { intervalMs: 2 });
    }

    test('gives what is not SRTP to its owner', async () => {
      send(Uint8Array.of(22, 1, 2));
      await settle();
      expect([...datagrams[0]!]).toEqual([22, 1, 2]);
    });

    test('decrypts RTP and RTCP', async () => {
      const packet = rtpPacket({ ssrc: 9, seq: 5, timestamp: 77 }, [1, 2, 3, 4, 5]);
      send(srtp.protectRtp(packet.bytes)!);
      send(srtp.protectRtcp(encodePli(1, 2)));
      await settle();
      expect([...received[0]!.bytes]).toEqual([...packet.bytes]);
      expect([...receivedRtcp[0]!]).toEqual([...encodePli(1, 2)]);
    });

    test('refuses replayed, forged and malformed packets, and those of unknown sources, and counts them', async () => {
      const first = srtp.protectRtp(rtpPacket({ seq: 1 }).bytes)!;
      const rtcp = srtp.protectRtcp(encodePli(1, 2));
      const forged = Uint8Array.from(srtp.protectRtp(rtpPacket({ seq: 2 }).bytes)!);
      forged[forged.length - 1]! ^= 1;
      const forgedRtcp = Uint8Array.from(srtp.protectRtcp(encodePli(1, 2)));
      forgedRtcp[9]! ^= 1;
      for (const bytes of [first, first, first, rtcp, rtcp, forged, forgedRtcp]) send(bytes);
      send(Uint8Array.of(0x80, 96, 0, 1));
      send(Uint8Array.of(0x80, 200, 0, 1, 0, 0, 0, 1));
      const stranger = createSocket('udp4');
      await new Promise<unknown>((resolve) => {
        stranger.send(first, io.port, '127.0.0.1', resolve);
      });
      await until('the stranger is counted', () => io.counters.unknownSource === 1);
      stranger.close();
      await settle();
      expect(received).toHaveLength(1);
      expect(receivedRtcp).toHaveLength(1);
      expect(io.counters).toMatchObject({ replayed: 3, unauthentic: 2, malformed: 2, unknownSource: 1 });
    });

    test.each(edges)('decrypts on across bursts of 260 lost packets and the wrap, from %i', async (start) => {
      const seqs = Array.from({ length: 300 }, (_, i) => after(start, i * 261));
      for (const seq of seqs) send(srtp.protectRtp(rtpPacket({ seq }).bytes)!);
      await settle();
      expect(received.map(({ seq }) => seq)).toEqual(seqs);
    });

    test('sends each output its own header and the same payload', async () => {
      const packet = rtpPacket({ ssrc: 1, seq: 1, timestamp: 1, marker: true }, [9, 8, 7]);
      const outputs = [
        outputOf(session, { ssrc: 21, seq: 65_535, timestamp: 5, payloadType: 96, marker: true }),
        outputOf(session, { ssrc: 22, seq: 7, timestamp: 0xffff_ffff, payloadType: 111 }),
        outputOf(session, { ssrc: 23, seq: 7, timestamp: 1, payloadType: 111 }),
      ];
      io.fanOut(packet, outputs, 2);
      io.flush();
      await until('both arrive', () => clientReceived.length === 2);
      const plain = clientReceived.map((bytes) => RtpPacket.parse(srtp.unprotectRtp(bytes) as Uint8Array));
      expect(plain).toMatchObject([
        { ssrc: 21, seq: 65_535, timestamp: 5, payloadType: 96, marker: true },
        { ssrc: 22, seq: 7, timestamp: 0xffff_ffff, payloadType: 111, marker: false },
      ]);
      for (const { payload } of plain) expect([...payload]).toEqual([9, 8, 7]);
    });

    test('changes in one copy the numbers that are its own, in header extension or payload, and in no other', async () => {
      const header = [0x90, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
      const extension = [0xbe, 0xde, 0, 1, 0xc2, 1, 2, 3];
      const packet = RtpPacket.parse(Uint8Array.from([...header, ...extension, 10, 11, 12, 13, 14, 15]));
      const before = [...packet.bytes];
      const edits = [
        { offset: 18, length: 2, value: 0xfffe },
        { offset: 21, length: 4, value: 0x8001_02ff },
        { offset: 20, length: 1, value: 99 },
        { offset: 20, length: 0, value: 99 },
      ];
      const outputs = edits.map((edit, at) => outputOf(session, { ssrc: 21 + at, seq: 7, edit }));
      io.fanOut(packet, outputs, outputs.length);
      io.flush();
      await until('all arrive', () => clientReceived.length === edits.length);
      const plain = clientReceived.map((bytes) => [...(srtp.unprotectRtp(bytes) as Uint8Array)].slice(16));
      expect(plain).toEqual([
        [0xc2, 1, 0xff, 0xfe, 10, 11, 12, 13, 14, 15],
        [0xc2, 1, 2, 3, 10, 0x80, 1, 2, 0xff, 15],
        [0xc2, 1, 2, 3, 99, 11, 12, 13, 14, 15],
        [0xc2, 1, 2, 3, 10, 11, 12, 13, 14, 15],
      ]);
      expect([...packet.bytes]).toEqual(before);
    });

    test('takes packets that came over TCP, and gives its owner those to be sent over it', () => {
      const tcp: RemoteAddress = { ...here, protocol: 'tcp' };
      io.receive(srtp.protectRtp(rtpPacket({ seq: 1 }).bytes)!, tcp);
      expect(io.counters.unknownSource).toBe(1);
      io.bindAddress(session, tcp);
      io.receive(srtp.protectRtp(rtpPacket({ seq: 2 }).bytes)!, tcp);
      io.receive(Uint8Array.of(22, 1), tcp);
      expect(received.map(({ seq }) => seq)).toEqual([2]);
      expect(datagrams).toHaveLength(1);
      io.setDestination(session, tcp);
      io.fanOut(rtpPacket({}, [9, 8]), [outputOf(session, { ssrc: 21, seq: 5 })], 1);
      io.sendDatagram(Uint8Array.of(22, 3), tcp);
      io.flush();
      expect(sentOverTcp.map(({ to }) => to)).toEqual([tcp, tcp]);
      const plain = RtpPacket.parse(srtp.unprotectRtp(sentOverTcp[0]!.packet) as Uint8Array);
      expect(plain).toMatchObject({ ssrc: 21, seq: 5 });
      expect([...sentOverTcp[1]!.packet]).toEqual([22, 3]);
    });

    test('numbers each output where the packet has room for it', async () => {
      const packet = withTransportSequence(rtpPacket({}, [9, 8, 7]), headerExtensions.transportSequence.id);
      const numbers = [0xabcd, undefined, 1];
      const outputs = numbers.map((transportSequence, at) => outputOf(session, { ssrc: 21 + at, transportSequence }));
      io.fanOut(packet, outputs, 3);
      io.fanOut(rtpPacket({}, [9, 8, 7]), [outputOf(session, { ssrc: 31, transportSequence: 5 })], 1);
      io.flush();
      await until('all arrive', () => clientReceived.length === 4);
      const plain = clientReceived.map((bytes) => RtpPacket.parse(srtp.unprotectRtp(bytes) as Uint8Array));
      expect(plain.map(({ bytes }) => [...bytes.subarray(17, 19)])).toEqual([[0xab, 0xcd], [0, 0], [0, 1], []]);
      for (const { payload } of plain) expect([...payload]).toEqual([9, 8, 7]);
    });

    test('never sends two packets under one index', async () => {
      const output = outputOf(session, { ssrc: 21, seq: 5 });
      io.fanOut(rtpPacket({}, [1, 1, 1]), [output], 1);
      io.fanOut(rtpPacket({}, [2, 2, 2]), [output], 1);
      io.sendRtp(session, rtpPacket({ ssrc: 22, seq: 5 }).bytes);
      io.sendRtcp(session, encodePli(1, 2));
      io.sendDatagram(Uint8Array.of(1), here);
      io.flush();
      await until('the last arrives', () => clientReceived.at(-1)?.length === 1);
      expect(clientReceived).toHaveLength(4);
    });

    test.each(edges)('sends again as it was what it keeps of a stream, and nothing else, from %i', async (start) => {
      io.keepSent(session, 21, 4);
      const kept = outputOf(session, { ssrc: 21 });
      const other = outputOf(session, { ssrc: 22, seq: start });
      for (let by = 0; by < 6; by++) {
        kept.seq = after(start, by);
        io.fanOut(rtpPacket({}, [by, 1, 1]), [kept], 1);
      }
      io.fanOut(rtpPacket(), [other], 1);
      io.flush();
      await until('all are there', () => clientReceived.length === 7);
      for (const by of [0, 1, 2, 4, 5, 6]) io.resend(session, 21, after(start, by));
      io.resend(session, 22, start);
      io.sendDatagram(Uint8Array.of(1), here);
      await until('the last arrives', () => clientReceived.at(-1)?.length === 1);
      expect(clientReceived.slice(7, -1).map((bytes) => bytes.toString())).toEqual(
        [2, 4, 5].map((by) => clientReceived[by]!.toString()),
      );
    });

    test('sends to where the client went, and forgets a session that is closed', async () => {
      const elsewhere = createSocket('udp4').bind(0, '127.0.0.1');
      await once(elsewhere, 'listening');
      io.bindAddress(session, elsewhere.address());
      io.setDestination(session, elsewhere.address());
      const arrived = once(elsewhere, 'message');
      io.sendRtp(session, rtpPacket({ seq: 1 }).bytes);
      io.flush();
      await arrived;
      elsewhere.close();
      io.closeSession(session);
      io.closeSession(session);
      io.sendRtp(session, rtpPacket({ seq: 2 }).bytes);
      send(srtp.protectRtp(rtpPacket({ seq: 1 }).bytes)!);
      await settle();
      expect(received).toHaveLength(0);
      expect(io.counters.unknownSource).toBe(1);
    });
  });
});

function outputOf(session: SessionId, fields: Partial<RtpOutput>): RtpOutput {
  const edit = { offset: 0, length: 0, value: 0 };
  const fixed = { ssrc: 1, seq: 0, timestamp: 0, payloadType: 96, marker: false, edit, transportSequence: undefined };
  return { session, ...fixed, ...fields };
}

function keysOf(profile: SessionKeys['profile']): SessionKeys {
  const saltBytes = profile === 'AEAD_AES_128_GCM' ? 12 : 14;
  const master = (fill: number): { key: Uint8Array; salt: Uint8Array } => ({
    key: new Uint8Array(16).fill(fill),
    salt: new Uint8Array(saltBytes).fill(fill + 1),
  });
  return { profile, local: master(1), remote: master(3) };
}
