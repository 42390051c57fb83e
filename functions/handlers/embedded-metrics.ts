/** CloudWatch takes metrics from log lines of this form (embedded metric format). */
export function toEmbeddedMetrics<Name extends string>(
  units: Readonly<Record<Name, 'Count' | 'Percent' | 'None'>>,
  values: Readonly<Record<NoInfer<Name>, number>>,
  nowMs: number,
): string {
  const Metrics = Object.entries(units).map(([Name, Unit]) => ({ Name, Unit }));
  const CloudWatchMetrics = [{ Namespace: 'Muon', Dimensions: [[]], Metrics }];
  return JSON.stringify({ _aws: { Timestamp: nowMs, CloudWatchMetrics }, ...values });
}
