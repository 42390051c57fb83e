/** The two companding laws of ITU-T G.711. */
export type G711Law = 'PCMU' | 'PCMA';

/** Lifts every magnitude so that the exponent is the place of its highest bit. */
const MU_BIAS = 0x84;
/** The largest magnitude that it can lift. */
const MU_CLIP = 32_635;

/** A-law codes have every other bit inverted. */
const A_TOGGLE = 0x55;

interface Tables {
  /** From a code to a sample. */
  readonly decode: Int16Array;
  /** From a sample, as unsigned 16 bits, to its code. */
  readonly encode: Uint8Array;
}

const tables: Readonly<Record<G711Law, Tables>> = {
  PCMU: build(decodeMu, encodeMu),
  PCMA: build(decodeA, encodeA),
};

export function decodeG711(law: G711Law, codes: Uint8Array): Int16Array {
  const { decode } = tables[law];
  const samples = new Int16Array(codes.length);
  for (let i = 0; i < codes.length; i++) samples[i] = decode[codes[i]!]!;
  return samples;
}

export function encodeG711(law: G711Law, samples: Int16Array): Uint8Array {
  const { encode } = tables[law];
  const codes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) codes[i] = encode[samples[i]! & 0xffff]!;
  return codes;
}

function build(decode: (code: number) => number, encode: (sample: number) => number): Tables {
  return {
    decode: Int16Array.from({ length: 256 }, (_, code) => decode(code)),
    encode: Uint8Array.from({ length: 65_536 }, (_, bits) => encode((bits << 16) >> 16)),
  };
}

function decodeMu(code: number): number {
  const inverted = ~code & 0xff;
  const exponent = (inverted >> 4) & 7;
  const magnitude = ((((inverted & 15) << 3) + MU_BIAS) << exponent) - MU_BIAS;
  return inverted & 0x80 ? -magnitude : magnitude;
}

function encodeMu(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), MU_CLIP) + MU_BIAS;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 15;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

function decodeA(code: number): number {
  const toggled = code ^ A_TOGGLE;
  const exponent = (toggled >> 4) & 7;
  const mantissa = ((toggled & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
}

function encodeA(sample: number): number {
  const magnitude = sample < 0 ? -sample - 1 : sample;
  const exponent = Math.max(0, 24 - Math.clz32(magnitude));
  const mantissa = (magnitude >> (exponent === 0 ? 4 : exponent + 3)) & 15;
  return ((sample < 0 ? 0 : 0x80) | (exponent << 4) | mantissa) ^ A_TOGGLE;
}
