import { ProtocolError } from '../protocol-error.ts';

/** What `application/trickle-ice-sdpfrag` says of the ICE of one side (RFC 8840 section 9). */
export interface IceFragment {
  readonly ufrag: string;
  readonly password: string;
}

const MAX_BYTES = 16 * 1024;

/** As RFC 8839 section 5.4 limits them. */
const UFRAG = /^[\w+/]{4,256}$/;
const PASSWORD = /^[\w+/]{22,256}$/;

/**
 * Reads whose candidates a fragment has; the candidates themselves are left.
 *
 * @throws ProtocolError when it names nobody, or is huge.
 */
export function parseIceFragment(text: string): IceFragment {
  if (text.length > MAX_BYTES) throw new ProtocolError(`SDP fragment of ${text.length} characters`);
  const ufrag = /^a=ice-ufrag:(\S+)\s*$/m.exec(text)?.[1];
  const password = /^a=ice-pwd:(\S+)\s*$/m.exec(text)?.[1];
  if (ufrag === undefined || !UFRAG.test(ufrag)) throw new ProtocolError('SDP fragment without an ice-ufrag');
  if (password === undefined || !PASSWORD.test(password)) throw new ProtocolError('SDP fragment without an ice-pwd');
  return { ufrag, password };
}

/** Writes a fragment of the side of these attributes, as they stand after `a=`. */
export function writeIceFragment(attributes: readonly string[]): string {
  return ['ice-lite', ...attributes].map((attribute) => `a=${attribute}\r\n`).join('');
}
