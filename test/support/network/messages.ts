import type { BurstLoss, Conditions } from './conditions.ts';
import type { Direction, Flow } from './udp-link.ts';

/** What a network's process is told; each is answered by a {@link NetworkReport} of the same id. */
export type NetworkCommand = { readonly id: number } & NetworkOrder;

export type NetworkOrder =
  | { readonly type: 'attach'; readonly address: string; readonly mediaPort: number; readonly httpPort: number }
  | {
      readonly type: 'conditions';
      readonly direction: Direction;
      readonly conditions: Conditions;
      readonly clientPorts?: readonly number[] | undefined;
    }
  | { readonly type: 'burst'; readonly direction: Direction; readonly burst: BurstLoss }
  | { readonly type: 'rebind'; readonly address: string; readonly clientPorts?: readonly number[] | undefined }
  | { readonly type: 'cut' | 'mend' | 'look' };

/** How the network is once it has obeyed. */
export interface NetworkReport {
  readonly id: number;
  readonly udpPort: number;
  readonly tcpPort: number;
  readonly tcpConnections: number;
  readonly flows: readonly Flow[];
}
