/** Numbers at the edges of what fields can hold. */
const EDGES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

const MAX_BYTES = 4096;

type Random = () => number;

/** An input made of `corpus`, or of nothing: mostly one that is nearly right, since those go furthest. */
export function mutate(corpus: readonly Uint8Array[], random: Random): Uint8Array<ArrayBuffer> {
  if (random() < 0.05) return noise(below(random, 200), random);
  let bytes = Uint8Array.from(pick(corpus, random));
  for (let changes = 1 + below(random, 4); changes > 0; changes--) bytes = change(bytes, corpus, random);
  return bytes.subarray(0, MAX_BYTES);
}

function change(
  bytes: Uint8Array<ArrayBuffer>,
  corpus: readonly Uint8Array[],
  random: Random,
): Uint8Array<ArrayBuffer> {
  const at = below(random, bytes.length);
  const kind = bytes.length === 0 ? 6 : below(random, 9);
  switch (kind) {
    case 0:
      bytes[at]! ^= 1 << below(random, 8);
      return bytes;
    case 1:
      bytes[at] = pick(EDGES, random);
      return bytes;
    case 2:
      // A length or a count, whose bytes go together.
      bytes[at] = pick(EDGES, random);
      if (at + 1 < bytes.length) bytes[at + 1] = pick(EDGES, random);
      return bytes;
    case 3:
      bytes[at] = below(random, 256);
      return bytes;
    case 4:
      return bytes.slice(0, at);
    case 5:
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + below(random, 8))]);
    case 6:
      return Uint8Array.from([...bytes, ...noise(1 + below(random, 40), random)]);
    case 7: {
      const piece = bytes.subarray(at, at + 1 + below(random, 64));
      const place = below(random, bytes.length);
      return Uint8Array.from([...bytes.subarray(0, place), ...piece, ...bytes.subarray(place)]);
    }
    default: {
      const other = pick(corpus, random);
      return Uint8Array.from([...bytes.subarray(0, at), ...other.subarray(below(random, other.length))]);
    }
  }
}

function noise(length: number, random: Random): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, () => below(random, 256));
}

function pick<Value>(values: readonly Value[], random: Random): Value {
  return values[below(random, values.length)]!;
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}
