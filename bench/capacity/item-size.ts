/** Bytes of an item as DynamoDB counts them (developer guide, "Item sizes and formats"): names and values. */
export function sizeOfItem(item: Readonly<Record<string, unknown>>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);
}

/** What a list or map takes besides its elements, and for each of those. */
const CONTAINER_BYTES = 3;
const ELEMENT_BYTES = 1;

function sizeOf(value: unknown): number {
  const [type, content] = Object.entries(value as Record<string, unknown>)[0]!;
  switch (type) {
    case 'S':
      return Buffer.byteLength(content as string);
    case 'N':
      // Two digits a byte, and one for the exponent.
      return Math.ceil((content as string).replace(/\D/g, '').length / 2) + 1;
    case 'BOOL':
    case 'NULL':
      return 1;
    case 'L':
      return (content as unknown[]).reduce<number>((sum, each) => sum + sizeOf(each) + ELEMENT_BYTES, CONTAINER_BYTES);
    case 'M': {
      const members = content as Record<string, unknown>;
      return sizeOfItem(members) + CONTAINER_BYTES + ELEMENT_BYTES * Object.keys(members).length;
    }
    default:
      throw new Error(`Nothing says how large ${type} is`);
  }
}
