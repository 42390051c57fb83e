import { randomBytes } from 'node:crypto';
import { stalenessMs } from '../domain/liveness.ts';
import { toTargetCheck } from '../delivery/target.ts';
import type { Store } from '../domain/store.ts';
import type { ErrorLog } from '../http/app.ts';
import type { Context } from '../operations/context.ts';
import { CursorSeal } from '../operations/cursor.ts';
import { Fleet } from '../operations/fleet.ts';
import { KeyRing } from '../operations/key-ring.ts';
import type { NodeClient } from '../operations/node-client.ts';
import { RateLimit } from '../operations/rate-limit.ts';
import { Seal } from '../operations/seal.ts';
import { Signer } from '../operations/signer.ts';
import { HttpNodeClient } from './http-node-client.ts';
import { type FunctionSettings, toSealingKey } from './settings.ts';

/** After a pause, a back end may catch up with so many seconds of requests. */
const BURST_SECONDS = 5;

/** Under which use of the signing key answers and the webhooks' secrets are sealed. */
export const ANSWER_SEAL = 'muon answer';

/** One participant, who joins again when a connection is lost. */
const JOIN_RATE = { perSecond: 1, burst: 20 };

/** What a function is made of; on one machine, both are made of the same. */
export interface Dependencies {
  readonly store: Store;
  readonly settings: Omit<FunctionSettings, 'MUON_TABLE'>;
  readonly log: ErrorLog;
  /** Over HTTP when absent. */
  readonly nodeClient?: NodeClient;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

/** The world as the operations see it. */
export async function openContext({
  nodeClient,
  store,
  settings,
  log,
  clock = Date.now,
}: Dependencies): Promise<Context> {
  const heartbeatIntervalMs = settings.MUON_HEARTBEAT_INTERVAL_MS;
  return {
    store,
    fleet: new Fleet(store, stalenessMs(heartbeatIntervalMs), clock),
    keyRing: new KeyRing(store.apiKeys, clock),
    nodeClient: nodeClient ?? new HttpNodeClient(),
    signer: await Signer.open(settings.MUON_SIGNING_KEY, clock),
    cursors: new CursorSeal(toSealingKey(settings), randomBytes),
    seal: new Seal(toSealingKey(settings), ANSWER_SEAL, randomBytes),
    limits: {
      key: new RateLimit({ perSecond: settings.MUON_API_RATE, burst: BURST_SECONDS * settings.MUON_API_RATE }),
      join: new RateLimit(JOIN_RATE),
    },
    clock,
    log,
    random: randomBytes,
    heartbeatIntervalMs,
    longPollMs: settings.MUON_LONG_POLL_MS,
    checkTarget: toTargetCheck(settings.MUON_WEBHOOK_TARGETS),
    turn: { urls: settings.MUON_TURN_URLS, secret: settings.MUON_TURN_SECRET },
  };
}
