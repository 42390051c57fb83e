/** Where a packet came from or goes to. */
export interface RemoteAddress {
  readonly address: string;
  readonly port: number;
  /** UDP when absent. A TCP address is one connection that the client opened. */
  readonly protocol?: 'tcp';
}

/** Whether all that is sent there arrives, however late. */
export function isReliable({ protocol }: RemoteAddress): boolean {
  return protocol === 'tcp';
}

/** Tells addresses apart. */
export function addressKey({ address, port, protocol }: RemoteAddress): string {
  return protocol === undefined ? `${address}:${port}` : `${protocol} ${address}:${port}`;
}
