import { Counter, Gauge, Registry } from 'prom-client';
import type { MediaTally } from './media/tally.ts';

export interface MetricsOptions {
  readonly tally: MediaTally;
  readonly calls: () => number;
  readonly signalingCounters: () => Readonly<Record<string, number>>;
}

/** What an operator sees of the gateway on /metrics. */
export class Metrics {
  readonly registry = new Registry();
  readonly #ended: Counter<'reason'>;
  readonly #started: Counter;

  constructor({ tally, calls, signalingCounters }: MetricsOptions) {
    const registers = [this.registry];
    this.#started = new Counter({ name: 'muon_sip_calls_total', help: 'Calls that came in.', registers });
    this.#ended = new Counter({
      name: 'muon_sip_calls_ended_total',
      help: 'Calls that ended or were refused, by reason.',
      labelNames: ['reason'],
      registers,
    });
    const gauges = [
      new Gauge({
        name: 'muon_sip_calls',
        help: 'Calls that are on.',
        registers: [],
        collect() {
          this.set(calls());
        },
      }),
      new Gauge({
        name: 'muon_sip_media_total',
        help: 'Packets and samples (8 kHz) of sound, by what became of them.',
        labelNames: ['what'],
        registers: [],
        collect() {
          setAll(this, { ...tally });
        },
      }),
      new Gauge({
        name: 'muon_sip_signaling_total',
        help: 'SIP messages, by what became of them.',
        labelNames: ['what'],
        registers: [],
        collect() {
          setAll(this, signalingCounters());
        },
      }),
    ];
    for (const gauge of gauges) this.registry.registerMetric(gauge);
  }

  started(): void {
    this.#started.inc();
  }

  ended(reason: string): void {
    this.#ended.inc({ reason });
  }
}

function setAll(gauge: Gauge<'what'>, values: Readonly<Record<string, number>>): void {
  for (const [what, value] of Object.entries(values)) gauge.set({ what }, value);
}
