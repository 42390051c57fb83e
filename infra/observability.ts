import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { ApiStack } from './api.ts';
import { type DataStack, keyAgeMetric, MAX_KEY_AGE_DAYS } from './data.ts';
import { fleetMetric, type MediaStack } from './media.ts';

export interface ObservabilityProps extends StackProps {
  readonly data: DataStack;
  readonly api: ApiStack;
  readonly media: MediaStack;
  readonly alarmEmail?: string | undefined;
}

interface Watched {
  /** Says what is wrong, and where the runbook begins. */
  readonly description: string;
  readonly metric: IMetric;
  /** Wrong when the metric is above it. */
  readonly above: number;
  /** For so many minutes on end; or for so many values of a metric that is told less often. */
  readonly minutes: number;
  /** Whether silence is wrong, too. */
  readonly mustTell?: boolean;
}

/** What an operator looks at, and what wakes one. Each alarm has its page in docs/aws/runbooks.md. */
export class ObservabilityStack extends Stack {
  readonly topic: Topic;
  readonly #props: ObservabilityProps;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id, props);
    this.#props = props;
    this.topic = new Topic(this, 'Alarms', { enforceSSL: true });
    if (props.alarmEmail !== undefined) this.topic.addSubscription(new EmailSubscription(props.alarmEmail));
    const watched = { ...this.#watchApi(), ...this.#watchDelivery(), ...this.#watchFleet(), ...this.#watchKeys() };
    for (const [name, each] of Object.entries(watched)) this.#alarm(name, each);
    this.#draw();
  }

  #watchApi(): Record<string, Watched> {
    const { api, data } = this.#props;
    const { httpApi, functions } = api;
    const failed = Object.values(functions).map((each) => each.metricErrors({ period: Duration.minutes(1) }));
    const throttled = Object.values(functions).map((each) => each.metricThrottles({ period: Duration.minutes(1) }));
    const latency = httpApi.metricLatency({ statistic: 'p99', period: Duration.minutes(1) });
    return {
      ApiFails: {
        description: 'Requests fail on our side: see the errors in the log of the function.',
        metric: httpApi.metricServerError({ period: Duration.minutes(1) }),
        above: 5,
        minutes: 3,
      },
      ApiSlow: { description: 'One request of a hundred takes over 2 s.', metric: latency, above: 2000, minutes: 10 },
      FunctionsFail: { description: 'Functions end with errors.', metric: sum(failed), above: 5, minutes: 3 },
      FunctionsThrottled: {
        description: 'Lambda runs as many as the account may: ask for more.',
        metric: sum(throttled),
        above: 0,
        minutes: 3,
      },
      TableThrottled: {
        description: 'DynamoDB refuses requests: a key is hot, or the account is at its limit.',
        metric: sum(
          ['ReadThrottleEvents', 'WriteThrottleEvents'].map((name) =>
            data.table.metric(name, { statistic: 'Sum', period: Duration.minutes(1) }),
          ),
        ),
        above: 0,
        minutes: 5,
      },
    };
  }

  #watchDelivery(): Record<string, Watched> {
    const { functions, deadLetters } = this.#props.api;
    return {
      EventsLate: {
        description: 'Events wait over a minute for the function behind the stream.',
        metric: functions.stream.metric('IteratorAge', { statistic: 'Maximum', period: Duration.minutes(1) }),
        above: 60_000,
        minutes: 5,
      },
      EventsDropped: {
        description: 'Batches of the stream were given up; the sweeper sends their events, later.',
        metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) }),
        above: 0,
        minutes: 1,
      },
    };
  }

  #watchFleet(): Record<string, Watched> {
    const { fleet } = this.#props.media;
    return {
      NodesLost: {
        description: 'A node of a running host sends no heartbeats: its rooms move, but look why.',
        metric: fleetMetric('lostNodes'),
        above: 0,
        minutes: 3,
      },
      FleetFull: {
        description: 'Capacity is reserved faster than hosts come, or the group is at its greatest size.',
        metric: fleetMetric('reservedPercent'),
        above: 85,
        minutes: 10,
      },
      FleetUntended: {
        description: 'Something that is due to a host fails again and again: the log of the function says what.',
        metric: fleet.metricErrors({ period: Duration.minutes(1) }),
        above: 0,
        minutes: 5,
      },
      FleetSilent: {
        description: 'The function that tends the fleet has told nothing.',
        metric: fleetMetric('nodes'),
        above: 1_000_000,
        minutes: 5,
        mustTell: true,
      },
    };
  }

  /** Nobody waits for a rotation, so nobody would hear that it failed, or that it never began. */
  #watchKeys(): Record<string, Watched> {
    const { rotate } = this.#props.data;
    return {
      RotationFails: {
        description: 'The keys that sign tokens are not rotated; the ones there are go on being used.',
        metric: rotate.metricErrors({ period: Duration.minutes(1) }),
        above: 0,
        minutes: 1,
      },
      RotationOverdue: {
        description: `The keys that sign tokens are older than ${MAX_KEY_AGE_DAYS} days, or nobody tells how old they are.`,
        metric: keyAgeMetric(),
        above: MAX_KEY_AGE_DAYS,
        minutes: 3,
        mustTell: true,
      },
    };
  }

  #alarm(name: string, { description, metric, above, minutes, mustTell = false }: Watched): void {
    const alarm = new Alarm(this, name, {
      alarmDescription: `${description} (docs/aws/runbooks.md)`,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: minutes,
      treatMissingData: mustTell ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
  }

  #draw(): void {
    const { api, data, media } = this.#props;
    const functions = Object.values(api.functions);
    const graph = (title: string, left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 12 });
    const consumed = ['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits'];
    new Dashboard(this, 'Dashboard', { dashboardName: 'Muon' }).addWidgets(
      graph('Participants', [fleetMetric('participants')]),
      graph('Fleet', [fleetMetric('nodes'), fleetMetric('lostNodes'), fleetMetric('reservedPercent')]),
      graph('Requests', [api.httpApi.metricCount(), api.httpApi.metricClientError(), api.httpApi.metricServerError()]),
      graph(
        'Latency',
        ['p50', 'p99'].map((statistic) => api.httpApi.metricLatency({ statistic })),
      ),
      graph(
        'Functions: errors',
        functions.map((each) => each.metricErrors()),
      ),
      graph(
        'Functions: duration',
        functions.map((each) => each.metricDuration({ statistic: 'p99' })),
      ),
      graph(
        'Table',
        consumed.map((name) => data.table.metric(name, { statistic: 'Sum' })),
      ),
      graph('Hosts: network', [hostMetric('NetworkOut', media), hostMetric('NetworkIn', media)]),
      graph('Hosts: CPU', [hostMetric('CPUUtilization', media)]),
    );
  }
}

function sum(metrics: readonly IMetric[]): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  const expression = Object.keys(usingMetrics).join(' + ');
  return new MathExpression({ expression, usingMetrics, period: Duration.minutes(1) });
}

function hostMetric(metricName: string, { media }: MediaStack): Metric {
  const dimensionsMap = { AutoScalingGroupName: media.group.autoScalingGroupName };
  return new Metric({ namespace: 'AWS/EC2', metricName, dimensionsMap, statistic: 'Average' });
}
