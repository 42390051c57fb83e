import type { Log } from '@muon/service/log.ts';
import type { ClientAddresses } from './http/client-addresses.ts';
import type { MediaPort } from './io/media-port.ts';
import type { Metrics } from './metrics.ts';
import type { Rooms } from './rooms.ts';
import type { Sessions } from './signal/sessions.ts';

/** What every connection of this node works with. */
export interface NodeContext {
  readonly rooms: Rooms;
  /** Clients whose WebSocket may break without an end of it. */
  readonly sessions: Sessions;
  readonly mediaPort: MediaPort;
  readonly addresses: ClientAddresses;
  readonly metrics: Metrics;
  readonly log: Log;
}
