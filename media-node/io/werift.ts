import { createHash, randomBytes, timingSafeEqual, verify, X509Certificate } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readU16 } from '@muon/wire/bytes.ts';
import { srtpSizes, type SrtpProfile } from '@muon/wire/srtp/profile.ts';
import {
  CipherContext,
  DtlsServer,
  HashAlgorithm,
  NamedCurveAlgorithm,
  RTCDataChannel,
  RTCDataChannelParameters,
  RTCSctpTransport,
  SignatureAlgorithm,
  type RTCDtlsTransport,
} from 'werift';
import { ClientHandshake } from './client-handshake.ts';
import type { DataChannel, DataChannelEvents } from './data-channel.ts';
import { abandonByTheBook, type SctpParts } from './partial-reliability.ts';
import { handOnInFull, type InboundParts } from './reassembly.ts';
import { keepWindow, type WindowParts } from './receive-window.ts';
import type { SessionKeys } from './packet-io.ts';

/*
 * Everything that werift does for us, DTLS and SCTP, and every touch of what it keeps to itself, but for the faults of its
 * SCTP that are mended beside (`partial-reliability.ts`, `reassembly.ts`, `receive-window.ts`). werift is pinned; the tests beside these files fail when
 * one of these members moves.
 */

const profileIds: Readonly<Record<SrtpProfile, 1 | 7>> = { AES_CM_128_HMAC_SHA1_80: 1, AEAD_AES_128_GCM: 7 };

/** Types of DTLS records and handshake messages (RFC 6347, RFC 5246). */
const recordTypes = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 };
const handshakeTypes = { certificateVerify: 15, finished: 20 };

const RECORD_HEADER_BYTES = 13;

/**
 * The number of the first protected record after the handshake. werift begins at 1 again, and with AES-GCM no number may
 * be used twice with one key: its Finished has that of the last record, one of the first dozens.
 */
const FIRST_DATA_RECORD = 1000;

/** werift's name for the side that answers the handshake, and for the other. */
const CLIENT_SESSION = 1;

/** Signature schemes by their two bytes, hash and algorithm (RFC 5246 section 7.4.1.4.1); no SHA-1. */
const signatureHashes: Readonly<Record<number, string>> = { 4: 'sha256', 5: 'sha384', 6: 'sha512' };

/** Who this node is to its clients. */
export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
  /** SHA-256, upper-case hex with colons. */
  readonly fingerprint: string;
}

/** A new self-signed certificate, ECDSA on P-256 (RFC 8827 section 6.5). */
export async function createCertificate(): Promise<Certificate> {
  const { certPem, keyPem } = await CipherContext.createSelfSignedCertificateWithKey(
    { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
    NamedCurveAlgorithm.secp256r1_23,
  );
  return { certPem, keyPem, fingerprint: new X509Certificate(certPem).fingerprint256 };
}

/** Whether a certificate has a fingerprint as SDP gives it (RFC 8122); only hashes of SHA-2 count. */
export function matchesFingerprint(certificate: Uint8Array, fingerprint: string): boolean {
  const [algorithm = '', value = ''] = fingerprint.trim().split(/\s+/);
  if (!/^sha-(?:256|384|512)$/i.test(algorithm)) return false;
  const digest = createHash(algorithm.toLowerCase().replace('-', '')).update(certificate).digest('hex');
  return digest === value.replaceAll(':', '').toLowerCase();
}

export interface DtlsEvents {
  /** The client has proved to hold the key of {@link Dtls.remoteCertificate}. */
  connected: [];
  /** The client has not proved it. */
  failed: [];
  /** The client said goodbye. */
  closed: [];
  data: [Buffer];
}

/** The passive side of a DTLS 1.2 connection, and the keys for SRTP that it agrees on (RFC 5764). */
export class Dtls extends EventEmitter<DtlsEvents> {
  readonly #server: DtlsServer;
  readonly #handshake = new ClientHandshake();
  /** Whether the client has signed with the key of its certificate; undefined before it says so, … */
  #signed: boolean | undefined;
  /** … and its Finished is right. */
  #finished = false;
  #done = false;
  #connected = false;

  constructor(certificate: Certificate, profiles: readonly SrtpProfile[], send: (datagram: Uint8Array) => void) {
    super();
    this.#server = new DtlsServer({
      cert: certificate.certPem,
      key: certificate.keyPem,
      signatureHash: { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
      srtpProfiles: profiles.map((profile) => profileIds[profile]),
      extendedMasterSecret: true,
      certificateRequest: true,
      transport: {
        type: 'udp',
        address: { address: '', family: 'IPv4', port: 0 },
        closed: false,
        onData: () => {},
        send: (bytes) => Promise.resolve(send(bytes)),
        close: () => Promise.resolve(),
      },
    });
    this.#server.onConnect.subscribe(() => this.#finish('connected'));
    this.#server.onData.subscribe((data) => {
      if (this.#connected) this.emit('data', data);
    });
    this.#checkClientProofs();
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Of the client, as DER. */
  get remoteCertificate(): Uint8Array | undefined {
    return this.#server.remoteCertificate;
  }

  /** A datagram of DTLS records; bytes that are none are passed over. */
  receive(datagram: Buffer): void {
    for (let at = 0; at + RECORD_HEADER_BYTES <= datagram.length;) {
      const end = at + RECORD_HEADER_BYTES + readU16(datagram, at + 11);
      if (end > datagram.length) return;
      this.#receiveRecord(datagram.subarray(at, end));
      at = end;
    }
  }

  /** The keys for SRTP; undefined when the client negotiated none. Once connected. */
  sessionKeys(): SessionKeys | undefined {
    const id = this.#server.srtp.srtpProfile;
    const profile = (Object.keys(profileIds) as SrtpProfile[]).find((name) => profileIds[name] === id);
    if (!profile) return undefined;
    const { keyBytes, saltBytes } = srtpSizes[profile];
    const { localKey, localSalt, remoteKey, remoteSalt } = this.#server.extractSessionKeys(keyBytes, saltBytes);
    return { profile, local: { key: localKey, salt: localSalt }, remote: { key: remoteKey, salt: remoteSalt } };
  }

  send(data: Buffer): void {
    if (this.#connected) this.#server.send(data).catch(() => {});
  }

  /** Ends without a word; nothing is emitted any more. */
  close(): void {
    this.removeAllListeners();
    this.#connected = false;
    this.#done = true;
    // Ends the retransmission of a flight that waits for an answer.
    this.#server.dtls.flight = Infinity;
  }

  #receiveRecord(record: Buffer): void {
    const type = record[0]!;
    const epoch = readU16(record, 3);
    if (type < recordTypes.changeCipherSpec || type > recordTypes.applicationData) return;
    // werift would let unprotected records end, or begin anew, a connection that is up.
    if (this.#connected ? epoch === 0 : type === recordTypes.applicationData) return;
    if (type === recordTypes.alert) this.#receiveAlert(record, epoch);
    else if (type === recordTypes.handshake && epoch === 0) this.#receiveHandshake(record);
    else privateParts(this.#server).udpOnMessage(record);
  }

  /** werift loses its way when messages come again or in pieces that do, as on any network: it gets each once, whole. */
  #receiveHandshake(record: Buffer): void {
    for (const message of this.#handshake.take(record.subarray(RECORD_HEADER_BYTES))) {
      const header = Buffer.from(record.subarray(0, RECORD_HEADER_BYTES));
      header.writeUInt16BE(message.length, RECORD_HEADER_BYTES - 2);
      privateParts(this.#server).udpOnMessage(Buffer.concat([header, message]));
    }
  }

  #receiveAlert(record: Buffer, epoch: number): void {
    if (epoch === 0) return;
    try {
      this.#server.cipher.decryptPacket({
        recordLayerHeader: {
          contentType: record[0]!,
          protocolVersion: { major: record[1]!, minor: record[2]! },
          epoch,
          sequenceNumber: record.readUIntBE(5, 6),
          contentLen: record.length - RECORD_HEADER_BYTES,
        },
        fragment: record.subarray(RECORD_HEADER_BYTES),
      } as Parameters<CipherContext['decryptPacket']>[0]);
    } catch {
      return;
    }
    this.emit('closed');
  }

  #finish(outcome: 'connected' | 'failed'): void {
    if (this.#done) return;
    this.#done = true;
    this.#connected = outcome === 'connected';
    if (this.#connected) this.#server.dtls.recordSequenceNumber = FIRST_DATA_RECORD;
    this.emit(outcome);
  }

  /**
   * werift takes CertificateVerify and Finished unread, so that anybody could show a client's certificate: checked here,
   * before werift handles them.
   */
  #checkClientProofs(): void {
    const handle = this.#server.onHandleHandshakes;
    this.#server.onHandleHandshakes = async (messages) => {
      for (const { msg_type: type, fragment } of messages) if (!this.#accepts(type, fragment)) return;
      // A message that does not fit may be anybody's; whoever cannot finish runs out of time.
      await handle(messages).catch(() => {});
    };
  }

  /** Whether werift may handle a message of the handshake. */
  #accepts(type: number, message: Buffer): boolean {
    // A Finished that comes again asks for ours again (RFC 6347 section 4.2.4); nothing else has a meaning after it.
    if (this.#finished) return type === handshakeTypes.finished;
    if (type === handshakeTypes.certificateVerify) this.#signed = this.#verifySignature(message);
    if (type !== handshakeTypes.finished) return true;
    // What proves it may still be on its way.
    if (this.#signed === undefined) return false;
    this.#finished = this.#signed && this.#verifyFinished(message);
    if (!this.#finished) this.#finish('failed');
    return this.#finished;
  }

  /** RFC 5246 section 7.4.8. */
  #verifySignature(message: Buffer): boolean {
    const certificate = this.#server.remoteCertificate;
    const hash = signatureHashes[message[0]!];
    if (!certificate || !hash || message.length < 4) return false;
    const signature = message.subarray(4, 4 + readU16(message, 2));
    return verify(hash, this.#transcript(), new X509Certificate(certificate).publicKey, signature);
  }

  /** RFC 5246 section 7.4.9. */
  #verifyFinished(message: Buffer): boolean {
    const { masterSecret } = this.#server.cipher;
    const asClient = { sessionType: CLIENT_SESSION, masterSecret };
    const expected = CipherContext.prototype.verifyData.call(asClient as CipherContext, this.#transcript());
    return expected.length === message.length && timingSafeEqual(expected, message);
  }

  /** All handshake messages so far. */
  #transcript(): Buffer {
    return Buffer.concat(this.#server.dtls.sortedHandshakeCache.map((message) => message.serialize()));
  }
}

function privateParts(server: DtlsServer): { udpOnMessage(datagram: Buffer): void } {
  return server as unknown as { udpOnMessage(datagram: Buffer): void };
}

/** What opens a data channel (RFC 8832 section 5.1): the number of its protocol, its type, and the flag of one without order. */
const DCEP = 50;
const DATA_CHANNEL_OPEN = 3;
const UNORDERED = 0x80;

/** Ids of streams that the DTLS server opens are odd (RFC 8832 section 6). */
const FIRST_STREAM = 1;

/** What RTCSctpTransport asks of its transport, in place of werift's own DTLS transport. */
interface SctpLower {
  readonly id: string;
  /** Makes SCTP passive; every client starts the association. */
  readonly iceTransport: { readonly role: 'controlled' };
  readonly onStateChange: { subscribe(): { unSubscribe(): void } };
  dataReceiver: (data: Buffer) => void;
  sendData(data: Buffer): Promise<void>;
}

export interface DataChannelsEvents {
  opened: [DataChannel];
  /** The client sent more than it may have waiting: the association has ended, and all channels with it. */
  overflowed: [];
}

/** The data channels of a connection, over its DTLS (RFC 8831). */
export class DataChannels extends EventEmitter<DataChannelsEvents> {
  readonly #sctp: RTCSctpTransport;
  readonly #lower: SctpLower;
  #nextStream = FIRST_STREAM;
  #started = false;
  #overflowed = false;

  /** `send` takes what goes into DTLS. */
  constructor(send: (data: Buffer) => void) {
    super();
    this.#lower = {
      id: randomBytes(8).toString('hex'),
      iceTransport: { role: 'controlled' },
      onStateChange: { subscribe: () => ({ unSubscribe: () => {} }) },
      dataReceiver: () => {},
      sendData: (data) => Promise.resolve(send(data)),
    };
    this.#sctp = new RTCSctpTransport();
    catchRejections(this.#sctp, 'datachannelReceive');
    catchRejections(this.#sctp, 'dataChannelFlush');
    this.#sctp.setDtlsTransport(this.#lower as unknown as RTCDtlsTransport);
    catchRejections(this.#sctp.sctp, 'handleData');
    abandonByTheBook(this.#sctp.sctp as unknown as SctpParts);
    handOnInFull(this.#sctp.sctp as unknown as InboundParts);
    keepWindow(this.#sctp.sctp as unknown as WindowParts, () => this.#overflow());
    this.#tellOrder();
    this.#sctp.onDataChannel.subscribe((channel) => this.emit('opened', new WeriftDataChannel(channel)));
  }

  /** Answers the association that the client starts. */
  start(remotePort: number, remoteMaxMessageBytes: number): void {
    if (this.#started) return;
    this.#started = true;
    this.#sctp.setRemoteMaxMessageSize(remoteMaxMessageBytes);
    this.#sctp.start(remotePort).catch(() => {});
  }

  /** What came out of DTLS. */
  receive(data: Buffer): void {
    if (this.#started && !this.#overflowed) this.#lower.dataReceiver(data);
  }

  open(label: string, options: { readonly ordered?: boolean; readonly maxRetransmits?: number }): DataChannel {
    const parameters = new RTCDataChannelParameters({ label, ordered: true, ...options, id: this.#nextStream });
    this.#nextStream += 2;
    return new WeriftDataChannel(new RTCDataChannel(this.#sctp, parameters));
  }

  /** werift forgets to tell that a channel of messages that may be lost has no order either. */
  #tellOrder(): void {
    const { sctp } = this.#sctp;
    const send = sctp.send;
    sctp.send = (stream, protocol, data, options) => {
      const opens = protocol === DCEP && data[0] === DATA_CHANNEL_OPEN;
      if (opens && this.#sctp.dataChannels[stream]?.ordered === false) data[1]! |= UNORDERED;
      return send(stream, protocol, data, options);
    };
  }

  #overflow(): void {
    if (this.#overflowed) return;
    this.#overflowed = true;
    this.emit('overflowed');
    this.close();
  }

  close(): void {
    this.removeAllListeners();
    for (const channel of Object.values(this.#sctp.dataChannels)) channel.setReadyState('closed');
    this.#sctp.stop().catch(() => {});
  }
}

class WeriftDataChannel extends EventEmitter<DataChannelEvents> implements DataChannel {
  readonly #channel: RTCDataChannel;

  constructor(channel: RTCDataChannel) {
    super();
    this.#channel = channel;
    channel.onMessage.subscribe((data) => this.emit('message', data));
    channel.stateChanged.subscribe((state) => {
      if (state === 'open') this.emit('opened');
      if (state === 'closed') this.emit('closed');
    });
    channel.bufferedAmountLow.subscribe(() => this.emit('drained'));
  }

  get label(): string {
    return this.#channel.label;
  }

  get open(): boolean {
    return this.#channel.readyState === 'open';
  }

  get bufferedBytes(): number {
    return this.#channel.bufferedAmount;
  }

  send(data: string | Uint8Array): void {
    if (!this.open) return;
    try {
      this.#channel.send(typeof data === 'string' ? data : Buffer.from(data));
    } catch {
      // Larger than the client takes.
    }
  }

  close(): void {
    this.#channel.close();
  }
}

/** Whatever a client sends may make these fail, and nobody waits for their promises: such a failure ends nothing. */
function catchRejections(owner: object, method: string): void {
  const methods = owner as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const original = methods[method]!;
  methods[method] = (...args) => original.apply(owner, args).catch(() => undefined);
}
