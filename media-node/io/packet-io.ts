import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import type { SrtpMaster, SrtpProfile } from '@muon/wire/srtp/profile.ts';
import type { PacketEdit } from '../forward/packet-edit.ts';
import type { RemoteAddress } from './remote-address.ts';

/** A pair of SRTP contexts, one for each direction, with one client; a small number that the backend gives out. */
export type SessionId = number;

export interface SessionKeys {
  readonly profile: SrtpProfile;
  /** Protects what is sent. */
  readonly local: SrtpMaster;
  /** Protects what is received. */
  readonly remote: SrtpMaster;
}

/** One copy of a packet in a fan-out: whom it goes to, and what is its own in it. Its owner reuses it. */
export interface RtpOutput {
  session: SessionId;
  ssrc: number;
  seq: number;
  timestamp: number;
  payloadType: number;
  marker: boolean;
  /** Numbers within header extension or payload that each subscriber counts for itself, such as VP8's picture id. */
  edit: PacketEdit;
  /** Where the packet has room for it: the number of this copy among all packets of its connection. */
  transportSequence: number | undefined;
}

/** Who gets what the port receives. Bytes are the receiver's to keep. Called in order of arrival. */
export interface PacketIoOwner {
  /** Neither RTP nor RTCP: STUN, DTLS or garbage. */
  datagramReceived(bytes: Uint8Array, from: RemoteAddress): void;
  /** Authentic, not seen before, decrypted; `arrivalMs` on the clock of `performance.now()`. */
  rtpReceived(session: SessionId, packet: Uint8Array, arrivalMs: number): void;
  rtcpReceived(session: SessionId, packet: Uint8Array, arrivalMs: number): void;
  /** Sends a packet, protected where it is RTP or RTCP, to an address that is not reached by UDP. */
  sendOverTcp(packet: Uint8Array, to: RemoteAddress): void;
}

/** What the port has done since it was opened; each only grows. */
export interface PacketIoCounters {
  receivedPackets: number;
  receivedBytes: number;
  sentPackets: number;
  sentBytes: number;
  /** SRTP from an address that no session is bound to. */
  unknownSource: number;
  /** Too short or malformed for SRTP. */
  malformed: number;
  unauthentic: number;
  replayed: number;
  sendErrors: number;
}

/**
 * The UDP port that all clients of a node share, and SRTP on it: the seam between deciding and moving bytes. The
 * TypeScript backend is always there; a native one can take its place, since it passes the same tests.
 */
export interface PacketIo {
  readonly port: number;
  readonly counters: Readonly<PacketIoCounters>;

  openSession(keys: SessionKeys): SessionId;

  /** Takes packets of this session from the address, besides those bound earlier; a later session takes it over. */
  bindAddress(session: SessionId, from: RemoteAddress): void;
  unbindAddress(session: SessionId, from: RemoteAddress): void;

  /** Sends packets of this session to the address from now on. */
  setDestination(session: SessionId, to: RemoteAddress): void;

  /** Keeps the latest `count` packets of a stream that is sent, a power of two, for {@link resend}. */
  keepSent(session: SessionId, ssrc: number, count: number): void;

  /**
   * Sends a packet again as it was, byte by byte: under one index there must never be another (RFC 3711 section 9.1).
   * Does nothing when it is no longer kept.
   */
  resend(session: SessionId, ssrc: number, seq: number): void;

  /** Nothing is sent by this SSRC any more; it must not be used again. */
  endStream(session: SessionId, ssrc: number): void;

  /** Forgets the session and its addresses; closing it again does nothing. */
  closeSession(session: SessionId): void;

  /** Sends a copy of the packet to each of the first `count` outputs. May wait for {@link flush} to do so. */
  fanOut(packet: RtpPacket, outputs: readonly Readonly<RtpOutput>[], count: number): void;

  /** Sends one plain RTP packet as it is, protected. May wait for {@link flush} to do so. */
  sendRtp(session: SessionId, packet: Uint8Array): void;

  /** Sends one plain compound RTCP packet, protected. */
  sendRtcp(session: SessionId, packet: Uint8Array): void;

  /** Takes a packet that came by another way than UDP as if it had come by it. */
  receive(bytes: Uint8Array, from: RemoteAddress): void;

  /** Sends bytes as they are. */
  sendDatagram(bytes: Uint8Array, to: RemoteAddress): void;

  /** Sends what is held back to be sent together. */
  flush(): void;

  close(): Promise<void>;
}

/** Opens a backend: called with the address to bind and who gets what is received; port 0 takes a free one. */
export type OpenPacketIo = (options: { host: string; port: number; owner: PacketIoOwner }) => Promise<PacketIo>;
