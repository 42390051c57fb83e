import type { signalParams } from '@muon/contract/signal.ts';
import type { Params } from './signaling.ts';

/** Asks the node of the present connection. */
export type Requester = <Method extends keyof typeof signalParams>(
  method: Method,
  params: Params<Method>,
) => Promise<unknown>;
