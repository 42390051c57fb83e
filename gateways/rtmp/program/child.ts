/** A program's process: composes and encodes one room, since a native crash must cost one program and nothing else. */
import { logFatalErrors } from '@muon/service/process.ts';
import { openLog } from '@muon/service/log.ts';
import type { EgressAssignment } from '@muon/contract/internal.ts';
import type { MediaEngine } from './engine.ts';
import type { FromProgram, ToProgram } from './messages.ts';
import { Program } from './program.ts';
import { RoomLink, type LinkAddress } from './room-link.ts';

/** Media that waits for a gateway slower than this will never be in time. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;

const TALLY_INTERVAL_MS = 5000;

const log = openLog('rtmp-program', process.env['MUON_LOG_LEVEL'] ?? 'info');
logFatalErrors(log);

let queuedBytes = 0;
let program: Program | undefined;
/** As it was wanted last, the program may not run yet. */
let layout: EgressAssignment['layout'] | undefined;
let linkWanted: { resolve(address: LinkAddress): void; reject(reason: Error): void } | undefined;

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToProgram) => {
  switch (message.type) {
    case 'start':
      void start(message.assignment, message.epochMs);
      return;
    case 'layout':
      layout = message.layout;
      program?.setLayout(layout);
      return;
    case 'link':
      linkWanted?.resolve(message);
      return;
    case 'linkRefused':
      linkWanted?.reject(new Error(message.reason));
      return;
  }
});

async function start(assignment: EgressAssignment, epochMs: number): Promise<void> {
  const engine = await loadEngine();
  if (!engine) return;
  const room = new RoomLink(wantLink, log);
  const opened = await Program.open({
    assignment,
    epochMs,
    engine,
    room,
    log,
    output: {
      opened: (tracks) => send({ type: 'opened', tracks }),
      video: (sample) => send({ type: 'video', sample }, sample.data.length),
      audio: (sample) => send({ type: 'audio', sample }, sample.data.length),
    },
  });
  program = opened;
  if (layout) opened.setLayout(layout);
  setInterval(() => send({ type: 'tally', tally: opened.tally }), TALLY_INTERVAL_MS);
  await opened.run();
}

/** The engine is an optional dependency, for its size and its licence. */
async function loadEngine(): Promise<MediaEngine | undefined> {
  try {
    return (await import('./node-av-engine.ts')).nodeAvEngine;
  } catch (error) {
    log.error({ err: error }, 'the media engine cannot be loaded');
    send({ type: 'failed', reason: 'The media engine is not installed on the gateway (npm package node-av).' });
    return undefined;
  }
}

function wantLink(): Promise<LinkAddress> {
  send({ type: 'linkWanted' });
  return new Promise((resolve, reject) => {
    linkWanted = { resolve, reject };
  });
}

function send(message: FromProgram, sizeBytes = 0): void {
  if (queuedBytes > MAX_QUEUED_BYTES) {
    log.fatal('the gateway takes no media; ending');
    process.exit(1);
  }
  queuedBytes += sizeBytes;
  process.send?.(message, undefined, {}, () => {
    queuedBytes -= sizeBytes;
  });
}
