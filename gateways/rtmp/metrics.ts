import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { ProgramTally } from './program/messages.ts';
import type { RtmpTally } from './rtmp/messages.ts';

/** What an operator sees of the gateway at `/metrics`. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #tallied = new Set<string>();
  readonly #requests = this.#counter('muon_hls_requests_total', 'Answers of the HLS origin by status.', ['status']);
  readonly #deaths = this.#counter('muon_program_deaths_total', 'Processes of programs that ended unasked.');
  readonly #program = this.#gauge(
    'muon_program_tally',
    'Counts of each program since its process began: pictures encoded, packets lost or malformed, decode failures, late samples, CPU seconds.',
    ['egress', 'what'],
  );
  readonly #pullers = this.#gauge('muon_rtmp_pullers', 'Pullers of programs over RTMP.');
  readonly #connections = this.#gauge('muon_rtmp_connections', 'Open RTMP connections.');
  readonly #refused = this.#gauge(
    'muon_rtmp_refused',
    'RTMP connections ended by the gateway since its RTMP process began, by reason.',
    ['reason'],
  );

  readonly #recorded = this.#counter('muon_recorded_bytes_total', 'Bytes of recordings handed to the disk.');
  readonly #recordingFailures = this.#counter(
    'muon_recording_failures_total',
    'Recordings that ended before their programs did, by the error code of the operating system, or `slow`.',
    ['code'],
  );

  readonly #uploadFailures = this.#counter(
    'muon_recording_upload_failures_total',
    'Attempts to upload a recording that failed; each is followed by another.',
  );

  readonly #refusedReports = this.#counter(
    'muon_recording_reports_refused_total',
    'Reports of recordings that the control plane does not take, by code.',
    ['code'],
  );

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  hlsAnswered(status: number): void {
    this.#requests.inc({ status });
  }

  programDied(): void {
    this.#deaths.inc();
  }

  program(egress: string, tally: ProgramTally): void {
    for (const [what, count] of Object.entries<number>({ ...tally })) {
      this.#program.set({ egress, what }, count);
      this.#tallied.add(what);
    }
  }

  recorded(bytes: number): void {
    this.#recorded.inc(bytes);
  }

  recordingFailed(code: string): void {
    this.#recordingFailures.inc({ code });
  }

  uploadFailed(): void {
    this.#uploadFailures.inc();
  }

  reportRefused(code: string): void {
    this.#refusedReports.inc({ code });
  }

  /** The program has ended. */
  forget(egress: string): void {
    for (const what of this.#tallied) this.#program.remove({ egress, what });
  }

  rtmp({ pullers, connections, refused }: RtmpTally): void {
    this.#pullers.set(pullers);
    this.#connections.set(connections);
    for (const [reason, count] of Object.entries(refused)) this.#refused.set({ reason }, count);
  }

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}
