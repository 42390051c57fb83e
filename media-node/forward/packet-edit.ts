/** Bytes of a plain packet that one copy of it has different. */
export interface PacketEdit {
  /** From the beginning of the packet; must not reach from the header into the payload. */
  offset: number;
  /** 0 to 4; 0 for none. */
  length: number;
  /** In network order, in the lowest bytes. */
  value: number;
}

/** Makes the edit in a copy of the packet. */
export function writeEdit(copy: Uint8Array, { offset, length, value }: Readonly<PacketEdit>): void {
  let rest = value;
  for (let at = offset + length - 1; at >= offset; at--) {
    copy[at] = rest;
    rest >>>= 8;
  }
}
