import type { Log } from '@muon/service/log.ts';
import type { MediaPort } from './io/media-port.ts';
import type { Metrics } from './metrics.ts';
import type { Rooms } from './rooms.ts';

/** What every connection of this node works with. */
export interface NodeContext {
  readonly rooms: Rooms;
  readonly mediaPort: MediaPort;
  readonly metrics: Metrics;
  readonly log: Log;
}
