import { createHmac, randomBytes, X509Certificate } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createSocket, type Socket } from 'node:dgram';
import { SrtpSession } from './srtp-session.ts';
import {
  decodeStun,
  encodeBindingRequest,
  encodeBindingSuccess,
  stunTypes,
  type StunMessage,
} from '@muon/wire/stun/message.ts';
import { CipherContext, DtlsClient, HashAlgorithm, NamedCurveAlgorithm, SignatureAlgorithm } from 'werift';

const PASSWORD = '0123456789012345678901';

/** As often as browsers look whether their path is still there. */
const CHECK_INTERVAL_MS = 2500;

/** Until something answers. */
const FIRST_CHECKS_INTERVAL_MS = 100;

/** A medium that is published: its codec's SDP lines are the test's. */
export interface WireMedia {
  readonly kind: 'audio' | 'video';
  readonly payloadType: number;
  readonly ssrc: number;
  /** URIs of header extensions by their numbers. */
  readonly extensions?: Readonly<Record<number, string>>;
}

interface ClientCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** One for all: making it costs more than a handshake. */
const certificate: Promise<ClientCertificate> = CipherContext.createSelfSignedCertificateWithKey(
  { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
  NamedCurveAlgorithm.secp256r1_23,
);

const TRANSPORT_SEQUENCE_URI = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';

const codecs = { audio: 'opus/48000/2', video: 'VP8/90000' };

/**
 * A peer connection without a browser, for tests that choose every byte and for many at once: checks, DTLS and SRTP, no
 * data channels. Made by its descriptions.
 */
export class WireConnection extends EventEmitter<{ connected: []; rtp: [Uint8Array]; rtcp: [Uint8Array] }> {
  /** Sees all that is sent before it is. */
  meddle: ((bytes: Uint8Array) => void) | undefined;
  /** The header extension by which packets that come are numbered, where the answered offer has one. */
  transportSequenceId: number | undefined;
  readonly socket: Socket = createSocket('udp4');
  readonly #ufrag = randomBytes(3).toString('hex');
  readonly #fingerprint: string;
  readonly #dtls: DtlsClient;
  #remote: { address: string; port: number; ufrag: string; password: string } | undefined;
  #receiveDtls: (bytes: Buffer) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #srtp: SrtpSession | undefined;
  #started = false;

  private constructor({ certPem, keyPem }: ClientCertificate) {
    super();
    this.#fingerprint = new X509Certificate(certPem).fingerprint256;
    const transport = {
      type: 'udp',
      address: { address: '', family: 'IPv4', port: 0 },
      closed: false,
      onData: (_data: Buffer, _from: readonly [string, number]) => {},
      send: (bytes: Buffer) => Promise.resolve(this.send(bytes)),
      close: () => Promise.resolve(),
    };
    this.#receiveDtls = (bytes) => transport.onData(bytes, ['', 0]);
    this.#dtls = new DtlsClient({
      cert: certPem,
      key: keyPem,
      signatureHash: { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
      srtpProfiles: [7],
      extendedMasterSecret: true,
      transport,
    });
    this.#dtls.onError.subscribe(() => undefined);
    this.#dtls.onConnect.subscribe(() => this.#connect());
    this.socket.on('message', (bytes) => this.#receive(bytes));
    this.socket.on('error', () => undefined);
  }

  static async create(): Promise<WireConnection> {
    return new WireConnection(await certificate);
  }

  /** An offer to publish these. */
  offer(media: readonly WireMedia[]): string {
    const mids = media.map((_, at) => String(at));
    return this.#describe(
      mids,
      media.flatMap(({ kind, payloadType, ssrc, extensions = {} }, at) => [
        `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
        ...this.#transport(String(at)),
        'a=sendonly',
        'a=rtcp-mux',
        `a=msid:wire ${kind}-${ssrc}`,
        `a=rtpmap:${payloadType} ${codecs[kind]}`,
        ...(kind === 'video' ? [`a=rtcp-fb:${payloadType} nack`, `a=rtcp-fb:${payloadType} nack pli`] : []),
        `a=extmap:3 ${TRANSPORT_SEQUENCE_URI}`,
        ...Object.entries(extensions).map(([id, uri]) => `a=extmap:${id} ${uri}`),
        `a=ssrc:${ssrc} cname:wire`,
      ]),
    );
  }

  /** Takes an answer or an offer, and begins to connect; a later one changes nothing. */
  begin(sdp: string): void {
    if (this.#started) return;
    this.#started = true;
    const [, address = '', port = ''] = /a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host/i.exec(sdp) ?? [];
    const read = (name: string): string => new RegExp(`a=${name}:(\\S+)`).exec(sdp)?.[1] ?? '';
    this.#remote = { address, port: Number(port), ufrag: read('ice-ufrag'), password: read('ice-pwd') };
    this.#timer = setInterval(() => this.check(), FIRST_CHECKS_INTERVAL_MS);
    this.check();
  }

  /** Answers an offer: takes all that it sends. */
  answer(offerSdp: string): string {
    const sequenceId = new RegExp(`^a=extmap:(\\d+)\\S* ${TRANSPORT_SEQUENCE_URI}`, 'm').exec(offerSdp)?.[1];
    this.transportSequenceId = sequenceId === undefined ? undefined : Number(sequenceId);
    const sections = offerSdp.split(/^(?=m=)/m).slice(1);
    const mids = sections.map((section) => /^a=mid:(\S+)/m.exec(section)?.[1] ?? '');
    const lines = sections.flatMap((section, at) => {
      const [first = ''] = section.split(/\r?\n/);
      if (/^m=\w+ 0 /.test(first)) return [first, `a=mid:${mids[at]}`, 'a=inactive'];
      const kept = section
        .split(/\r?\n/)
        .filter((line) => /^a=(rtpmap|fmtp|rtcp-fb|sctp-port|max-message|extmap)/.test(line));
      const isData = first.startsWith('m=application');
      return [first, ...this.#transport(mids[at]!), ...(isData ? [] : ['a=recvonly', 'a=rtcp-mux']), ...kept];
    });
    return this.#describe(
      mids.filter((_, at) => !/^m=\w+ 0 /.test(sections[at]!)),
      lines,
    );
  }

  get connected(): boolean {
    return this.#srtp !== undefined;
  }

  /** Sends bytes as they are. */
  send(bytes: Uint8Array): void {
    this.meddle?.(bytes);
    if (this.#remote) this.socket.send(bytes, this.#remote.port, this.#remote.address, () => undefined);
  }

  /** A plain RTP packet as it goes over the wire. */
  protect(packet: Uint8Array): Uint8Array {
    const bytes = this.#srtp?.protectRtp(packet);
    if (!bytes) throw new Error('not connected, or sent before');
    return bytes;
  }

  protectRtcp(packet: Uint8Array): Uint8Array {
    return this.#srtp!.protectRtcp(packet);
  }

  /** Sends a connectivity check now. */
  check(): void {
    const remote = this.#remote;
    if (!remote) return;
    const hmac = (covered: Uint8Array): Uint8Array => createHmac('sha1', remote.password).update(covered).digest();
    const username = `${remote.ufrag}:${this.#ufrag}`;
    this.send(encodeBindingRequest(randomBytes(12), { username, useCandidate: true, hmac }));
  }

  /** Goes without a word. */
  close(): void {
    clearInterval(this.#timer);
    this.#dtls.dtls.flight = Infinity;
    this.removeAllListeners();
    this.socket.close();
  }

  #receive(bytes: Buffer): void {
    const first = bytes[0]!;
    if (first >= 20 && first <= 63) this.#receiveDtls(bytes);
    else if (first >= 128 && this.#srtp) this.#receiveSrtp(bytes, this.#srtp);
    else if (first <= 3) this.#receiveStun(bytes);
  }

  #receiveStun(bytes: Buffer): void {
    const message = decodeStun(bytes);
    // Of a server that checks by itself; Muon's nodes do not.
    if (message.type === stunTypes.bindingRequest) this.#answerCheck(message);
    if (!this.#dtls.connected && this.#dtls.dtls.flight === 0) this.#shakeHands();
  }

  #answerCheck(request: StunMessage): void {
    const hmac = (covered: Uint8Array): Uint8Array => createHmac('sha1', PASSWORD).update(covered).digest();
    this.send(encodeBindingSuccess(request, this.#remote!, hmac));
  }

  #receiveSrtp(bytes: Buffer, srtp: SrtpSession): void {
    const rtcp = bytes[1]! >= 192 && bytes[1]! <= 223;
    const plain = rtcp ? srtp.unprotectRtcp(bytes) : srtp.unprotectRtp(bytes);
    if (typeof plain !== 'string') this.emit(rtcp ? 'rtcp' : 'rtp', plain);
  }

  #shakeHands(): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.check(), CHECK_INTERVAL_MS);
    this.#dtls.connect().catch(() => undefined);
  }

  #connect(): void {
    const { localKey, localSalt, remoteKey, remoteSalt } = this.#dtls.extractSessionKeys(16, 12);
    this.#srtp = new SrtpSession({
      profile: 'AEAD_AES_128_GCM',
      local: { key: localKey, salt: localSalt },
      remote: { key: remoteKey, salt: remoteSalt },
    });
    this.emit('connected');
  }

  #describe(mids: readonly string[], lines: readonly string[]): string {
    const head = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', `a=group:BUNDLE ${mids.join(' ')}`];
    return [...head, ...lines, ''].join('\r\n');
  }

  #transport(mid: string): string[] {
    return [
      'c=IN IP4 0.0.0.0',
      `a=ice-ufrag:${this.#ufrag}`,
      `a=ice-pwd:${PASSWORD}`,
      `a=fingerprint:sha-256 ${this.#fingerprint}`,
      // It knows DTLS as a client alone.
      'a=setup:active',
      `a=mid:${mid}`,
    ];
  }
}
