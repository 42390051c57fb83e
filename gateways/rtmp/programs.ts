import type { EgressAssignment, GatewayHeartbeatBody } from '@muon/contract/internal.ts';
import type { Log } from '@muon/service/log.ts';
import type { ProgramRecording } from './recording/program-recording.ts';
import type { Recordings } from './recording/recordings.ts';
import { HlsStream } from './hls/hls-stream.ts';
import type { Metrics } from './metrics.ts';
import { ProgramProcess } from './program/program-process.ts';
import type { LinkAddress } from './program/room-link.ts';
import type { RtmpFront } from './rtmp/rtmp-front.ts';

export interface ProgramsOptions {
  readonly rtmp: RtmpFront;
  readonly recordings: Recordings;
  readonly openLink: (assignment: EgressAssignment) => Promise<LinkAddress>;
  /** A program's status changed, and the control plane should hear of it. */
  readonly onChanged: () => void;
  readonly metrics: Metrics;
  readonly log: Log;
}

interface Running {
  readonly process: ProgramProcess;
  readonly outputs: Outputs;
}

interface Outputs {
  readonly hls: HlsStream | undefined;
  readonly recording: ProgramRecording | undefined;
}

/** How long a program that has ended can still be played to its end. */
const KEPT_AFTER_END_MS = 60_000;

/** What this gateway runs, kept as the control plane wants it. */
export class Programs {
  readonly #options: ProgramsOptions;
  readonly #running = new Map<string, Running>();
  readonly #streams = new Map<string, HlsStream>();

  constructor(options: ProgramsOptions) {
    this.#options = options;
  }

  /** Of each program that runs or has failed. */
  get statuses(): GatewayHeartbeatBody['egresses'] {
    return [...this.#running].map(([id, { process }]) => ({ id, ...process.state }));
  }

  stream(egressId: string): HlsStream | undefined {
    return this.#streams.get(egressId);
  }

  /** Starts what is new, changes what is other, and ends what is not wanted any more. */
  apply(assignments: readonly EgressAssignment[]): void {
    const wanted = new Set(assignments.map(({ id }) => id));
    for (const id of this.#running.keys()) if (!wanted.has(id)) this.#end(id);
    for (const assignment of assignments) {
      const running = this.#running.get(assignment.id);
      if (running) running.process.setLayout(assignment.layout);
      else this.#start(assignment);
    }
  }

  close(): void {
    for (const { process, outputs } of this.#running.values()) {
      process.close();
      outputs.recording?.end();
    }
  }

  #start(assignment: EgressAssignment): void {
    const { rtmp, recordings, metrics, openLink, onChanged } = this.#options;
    const { id, outputs, record } = assignment;
    const log = this.#options.log.child({ egress: id, room: assignment.room.id });
    const epochMs = Date.now();
    const hls = outputs.some(({ type }) => type === 'hls') ? new HlsStream(epochMs) : undefined;
    const tokens = outputs.flatMap(({ type, token }) => (type === 'rtmp-pull' && token ? [token] : []));
    const process = new ProgramProcess({ assignment, epochMs, log, openLink: () => openLink(assignment) });
    const recording = record ? recordings.begin(id) : undefined;
    // Where there is nothing else to do, nothing is composed for it any more.
    if (outputs.length === 0) recording?.on('failed', (reason) => process.fail(reason));
    process.on('opened', (tracks) => {
      hls?.open(tracks);
      recording?.open(tracks);
      if (tokens.length > 0) rtmp.open(id, tokens, tracks);
    });
    process.on('video', (sample) => {
      hls?.video(sample);
      recording?.video(sample);
      rtmp.media('video', id, sample);
    });
    process.on('audio', (sample) => {
      hls?.audio(sample);
      recording?.audio(sample);
      rtmp.media('audio', id, sample);
    });
    process.on('tally', (tally) => metrics.program(id, tally));
    process.on('died', () => metrics.programDied());
    process.on('changed', (state) => {
      log.info(state, 'program');
      if (state.status === 'failed') this.#endOutputs(id, { hls, recording });
      onChanged();
    });
    this.#running.set(id, { process, outputs: { hls, recording } });
    if (hls) this.#streams.set(id, hls);
    log.info('program starts');
  }

  #end(id: string): void {
    const running = this.#running.get(id);
    this.#running.delete(id);
    running?.process.close();
    if (running) this.#endOutputs(id, running.outputs);
    this.#options.metrics.forget(id);
    this.#options.log.info({ egress: id }, 'program ended');
  }

  #endOutputs(id: string, { hls, recording }: Outputs): void {
    this.#options.rtmp.closeProgram(id);
    hls?.end();
    recording?.end();
    const forget = (): void => {
      if (this.#streams.get(id) === hls) this.#streams.delete(id);
    };
    setTimeout(forget, KEPT_AFTER_END_MS).unref();
  }
}
