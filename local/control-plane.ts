import { resolve } from 'node:path';
import { createApiHandler } from '@muon/functions/handlers/api.ts';
import { createInternalHandler } from '@muon/functions/handlers/internal.ts';
import { createStreamHandler } from '@muon/functions/handlers/stream.ts';
import { createSweeperHandler } from '@muon/functions/handlers/sweeper.ts';
import { KeyRing } from '@muon/functions/operations/key-ring.ts';
import { openStore } from '@muon/functions/store/store.ts';
import { openLog } from '@muon/service/log.ts';
import { logFatalErrors, runProcess, type Service } from '@muon/service/process.ts';
import { readSettings } from '@muon/service/settings.ts';
import { openDatabase } from './control-plane/database.ts';
import { EventSource } from './control-plane/event-source.ts';
import { Front } from './control-plane/front.ts';
import { toPages } from './control-plane/pages.ts';
import { controlPlaneSettings } from './control-plane/settings.ts';

/** Where the API and the console are. */
const PORT = 8080;

const root = resolve(import.meta.dirname, '..');

await runProcess(start);

/** The whole control plane in one process: database, functions, HTTP front, console. */
async function start(): Promise<Service> {
  const settings = readSettings(controlPlaneSettings, process.env);
  const log = openLog('control-plane', settings.MUON_LOG_LEVEL);
  logFatalErrors(log);
  const eventSource = new EventSource({
    stream: createStreamHandler(() => dependencies),
    sweeper: createSweeperHandler(() => dependencies),
    log,
  });
  const database = await openDatabase({
    tableName: settings.MUON_TABLE,
    dataDir: resolve(root, settings.MUON_DATA_DIR),
    endpoint: settings.DYNAMODB_ENDPOINT,
    changed: (changes) => eventSource.note(changes),
  });
  const store = openStore(database.client, settings.MUON_TABLE);
  // What an earlier version has started goes on, and is to end with its room.
  for (const kind of ['rtmp', 'sip'] as const)
    for (const { id } of await store.gateways.list(kind)) await store.gateways.listLive(id);
  if (settings.MUON_BOOTSTRAP_KEY !== undefined)
    await new KeyRing(store.apiKeys, Date.now).ensure(settings.MUON_BOOTSTRAP_KEY, new Date().toISOString());
  const dependencies = { store, settings, log };
  const front = await Front.open({
    host: settings.MUON_HOST,
    port: PORT + settings.MUON_PORT_OFFSET,
    api: createApiHandler(() => dependencies),
    internal: createInternalHandler(() => dependencies),
    consoleDir: resolve(root, 'web/dist'),
    pageAt: toPages(),
    log,
  });
  eventSource.start();
  log.info({ port: front.port }, 'listening');
  return {
    async close() {
      await front.close();
      await eventSource.close();
      database.close();
    },
  };
}
