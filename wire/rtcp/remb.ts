import { readU32 } from '../bytes.ts';
import { ProtocolError } from '../protocol-error.ts';

/** ASCII "REMB". */
const IDENTIFIER = 0x5245_4d42;

/**
 * What a REMB packet says of the whole connection, in bit/s (draft-alvestrand-rmcat-remb-03 section 2.2); undefined when
 * it is feedback of another application.
 *
 * @throws ProtocolError
 */
export function decodeRemb(bytes: Uint8Array): number | undefined {
  if (bytes.length < 16) throw new ProtocolError('feedback of an application cut short');
  if (readU32(bytes, 12) !== IDENTIFIER) return undefined;
  if (bytes.length < 20 + 4 * (bytes[16] ?? 1)) throw new ProtocolError('REMB cut short');
  if (bytes.length < 24) throw new ProtocolError('REMB of no stream');
  const word = readU32(bytes, 16);
  const exponent = (word >>> 18) & 0x3f;
  return (word & 0x3_ffff) * 2 ** exponent;
}
