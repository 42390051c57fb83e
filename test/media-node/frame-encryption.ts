import type { Page } from 'playwright-core';

/** How frames of a codec are encrypted, so that browsers can still packetize them. */
export interface FrameEncryption {
  readonly codec: 'VP8' | 'VP9' | 'AV1';
}

/** What a worker is given with each stream of frames that it is to change (WebRTC encoded transform). */
interface Transformer {
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
  readonly options: FrameEncryption & { readonly encrypts: boolean };
}

interface EncodedFrame {
  readonly type: 'key' | 'delta';
  data: ArrayBuffer;
}

/**
 * Encrypts or decrypts frames with AES-GCM. The nonce comes with the frame: of what else a receiver knows of it, a node
 * changes the timestamp, the sequence numbers and the frame number.
 */
function cryptographer(): void {
  const NONCE_BYTES = 12;
  const key = crypto.subtle.importKey('raw', new Uint8Array(16).fill(7), 'AES-GCM', false, ['encrypt', 'decrypt']);

  async function change(bytes: Uint8Array<ArrayBuffer>, encrypts: boolean): Promise<Uint8Array> {
    if (encrypts) {
      const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await key, bytes);
      return joined([iv, new Uint8Array(sealed)]);
    }
    const iv = bytes.slice(0, NONCE_BYTES);
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await key, bytes.slice(NONCE_BYTES)));
  }

  function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** VP8: all but what its packets are told apart by; VP9: all, since its packets say what they are beside it. */
  async function changeFrame(
    bytes: Uint8Array<ArrayBuffer>,
    clearBytes: number,
    encrypts: boolean,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return joined([bytes.subarray(0, clearBytes), await change(bytes.slice(clearBytes), encrypts)]);
  }

  /** AV1: the content of each unit, since packets are made of units (AV1 bitstream specification, section 5.3). */
  async function changeUnits(bytes: Uint8Array<ArrayBuffer>, encrypts: boolean): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const first = bytes[at]!;
      const headerBytes = first & 4 ? 2 : 1;
      const header = bytes.slice(at, at + headerBytes);
      header[0]! |= 2;
      at += headerBytes;
      let length = bytes.length - at;
      if (first & 2) {
        length = 0;
        for (let shift = 0, more = true; more; shift += 7) {
          const byte = bytes[at++]!;
          length |= (byte & 0x7f) << shift;
          more = byte >= 0x80;
        }
      }
      const content = bytes.slice(at, at + length);
      at += length;
      const sealed = length === 0 ? content : await change(content, encrypts);
      const size: number[] = [];
      for (let left = sealed.length; ; left >>>= 7) {
        size.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
        if (left <= 0x7f) break;
      }
      parts.push(header, Uint8Array.from(size), sealed);
    }
    return joined(parts);
  }

  function changed(frame: EncodedFrame, { codec, encrypts }: Transformer['options']): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(frame.data);
    if (codec === 'AV1') return changeUnits(bytes, encrypts);
    const vp8HeaderBytes = frame.type === 'key' ? 10 : 3;
    return changeFrame(bytes, codec === 'VP8' ? vp8HeaderBytes : 0, encrypts);
  }

  addEventListener('rtctransform', (event) => {
    const { readable, writable, options } = (event as Event & { transformer: Transformer }).transformer;
    const transform = new TransformStream<EncodedFrame, EncodedFrame>({
      async transform(frame, controller) {
        frame.data = (await changed(frame, options)).buffer;
        controller.enqueue(frame);
      },
    });
    void readable.pipeThrough(transform).pipeTo(writable);
  });
}

const script = `(${String(cryptographer)})()`;

/** Encrypts what the page sends over connections that are still to be made, and decrypts what it receives. */
export async function encryptFrames(page: Page, encryption: FrameEncryption): Promise<void> {
  await page.evaluate(
    ([source, options]) => {
      const worker = new Worker(URL.createObjectURL(new Blob([source])));
      const transform = (encrypts: boolean) => new RTCRtpScriptTransform(worker, { ...options, encrypts });
      const Native = window.RTCPeerConnection;
      window.RTCPeerConnection = class extends Native {
        constructor(configuration?: RTCConfiguration) {
          super(configuration);
          this.addEventListener('track', ({ receiver }) => (receiver.transform = transform(false)));
        }

        /** A browser does without a transform that it is not given at once. */
        override addTransceiver(...args: Parameters<RTCPeerConnection['addTransceiver']>): RTCRtpTransceiver {
          const transceiver = super.addTransceiver(...args);
          transceiver.sender.transform = transform(true);
          return transceiver;
        }
      };
    },
    [script, encryption] as const,
  );
}
