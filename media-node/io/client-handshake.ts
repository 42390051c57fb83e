import { readU16, readU24 } from '@muon/wire/bytes.ts';

/** Of a handshake message, or of a fragment of one (RFC 6347 section 4.2.2). */
const HEADER_BYTES = 12;

const CLIENT_HELLO = 1;

/**
 * What a client says before it encrypts, by the number of the message: ClientHello, the same with our cookie, Certificate,
 * ClientKeyExchange, CertificateVerify.
 */
const expectedTypes: readonly number[] = [CLIENT_HELLO, CLIENT_HELLO, 11, 16, 15];

/** A client's certificate has some hundred bytes; a hello with keys for post-quantum algorithms, two thousand. */
const MAX_MESSAGE_BYTES = 8192;

interface Fragment {
  readonly type: number;
  readonly length: number;
  readonly messageSeq: number;
  readonly offset: number;
  readonly body: Uint8Array;
}

/**
 * The unencrypted handshake messages of a DTLS 1.2 client, each whole, once and in its order, however its fragments come
 * (RFC 6347 section 4.2.3). A ClientHello that comes again is given again, so that its answer is repeated, as long as
 * nothing came after it.
 */
export class ClientHandshake {
  readonly #partial = new Map<number, PartialMessage>();
  #next = 0;
  /** The latest hello, while it comes again. */
  #again: PartialMessage | undefined;

  /** Takes the content of a handshake record; gives the messages that are complete with it, header first. */
  take(content: Uint8Array): Buffer[] {
    const complete: Buffer[] = [];
    for (const fragment of readFragments(content)) {
      if (fragment.messageSeq < this.#next) this.#repeat(fragment, complete);
      else this.#add(fragment, complete);
    }
    return complete;
  }

  #add(fragment: Fragment, complete: Buffer[]): void {
    const message = this.#partial.get(fragment.messageSeq) ?? new PartialMessage(fragment);
    this.#partial.set(fragment.messageSeq, message);
    message.add(fragment);
    for (;;) {
      const next = this.#partial.get(this.#next);
      if (!next?.complete) return;
      this.#partial.delete(this.#next++);
      this.#again = undefined;
      complete.push(next.bytes);
    }
  }

  /** The client did not get the answer to its hello, or somebody else sent the first one. */
  #repeat(fragment: Fragment, complete: Buffer[]): void {
    if (fragment.type !== CLIENT_HELLO || fragment.messageSeq !== this.#next - 1) return;
    this.#again ??= new PartialMessage(fragment);
    this.#again.add(fragment);
    if (!this.#again.complete) return;
    complete.push(this.#again.bytes);
    this.#again = undefined;
  }
}

/** A message of which some bytes may be missing. */
class PartialMessage {
  readonly bytes: Buffer;
  readonly #type: number;
  readonly #length: number;
  readonly #has: Uint8Array;
  #missing: number;

  constructor({ type, length, messageSeq }: Fragment) {
    this.#type = type;
    this.#length = length;
    this.#missing = length;
    this.#has = new Uint8Array(length);
    this.bytes = Buffer.alloc(HEADER_BYTES + length);
    this.bytes.writeUInt8(type, 0);
    this.bytes.writeUIntBE(length, 1, 3);
    this.bytes.writeUInt16BE(messageSeq, 4);
    this.bytes.writeUIntBE(length, 9, 3);
  }

  get complete(): boolean {
    return this.#missing === 0;
  }

  add({ type, length, offset, body }: Fragment): void {
    if (type !== this.#type || length !== this.#length) return;
    for (const [at, byte] of body.entries()) {
      if (this.#has[offset + at]) continue;
      this.#has[offset + at] = 1;
      this.#missing--;
      this.bytes[HEADER_BYTES + offset + at] = byte;
    }
  }
}

/** As far as they make sense. */
function* readFragments(content: Uint8Array): Generator<Fragment> {
  for (let at = 0; at + HEADER_BYTES <= content.length;) {
    const type = content[at]!;
    const length = readU24(content, at + 1);
    const offset = readU24(content, at + 6);
    const end = at + HEADER_BYTES + readU24(content, at + 9);
    const body = content.subarray(at + HEADER_BYTES, end);
    const messageSeq = readU16(content, at + 4);
    const fits = end <= content.length && offset + body.length <= length;
    if (!fits || type !== expectedTypes[messageSeq] || length > MAX_MESSAGE_BYTES) return;
    yield { type, length, messageSeq, offset, body };
    at = end;
  }
}
