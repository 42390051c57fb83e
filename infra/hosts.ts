import { Duration, Tags } from 'aws-cdk-lib';
import {
  AutoScalingGroup,
  DefaultResult,
  GroupMetrics,
  LifecycleTransition,
  ScalingEvents,
  TerminationPolicy,
} from 'aws-cdk-lib/aws-autoscaling';
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceType,
  LaunchTemplate,
  MachineImage,
  OperatingSystemType,
  type SecurityGroup,
  UserData,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface HostsProps {
  readonly name: string;
  readonly vpc: IVpc;
  readonly securityGroup: SecurityGroup;
  readonly role: Role;
  readonly instanceType: string;
  readonly userData: string;
  readonly min: number;
  readonly max: number;
  /** How long a host may wait for its rooms to end before it is taken down all the same. */
  readonly endSeconds: number;
  readonly events: Topic;
}

/** What Debian publishes as its newest image of this release. */
const IMAGE = '/aws/service/debian/release/12/latest/amd64';

/** From its start to its first heartbeat: packages, the release, its secrets. */
const START_SECONDS = 900;

export const LAUNCHING_HOOK = 'launching';
export const TERMINATING_HOOK = 'terminating';

/** Hosts of one kind across zones. Each waits to be let into service, and to be let go. */
export class Hosts extends Construct {
  readonly group: AutoScalingGroup;

  constructor(scope: Construct, id: string, props: HostsProps) {
    super(scope, id);
    const launchTemplate = new LaunchTemplate(this, 'Template', {
      machineImage: MachineImage.fromSsmParameter(IMAGE, { os: OperatingSystemType.LINUX }),
      instanceType: new InstanceType(props.instanceType),
      securityGroup: props.securityGroup,
      role: props.role,
      userData: UserData.custom(props.userData),
      requireImdsv2: true,
      httpPutResponseHopLimit: 1,
      detailedMonitoring: true,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          volume: BlockDeviceVolume.ebs(20, { encrypted: true, volumeType: EbsDeviceVolumeType.GP3 }),
        },
      ],
    });
    this.group = new AutoScalingGroup(this, 'Group', {
      autoScalingGroupName: props.name,
      vpc: props.vpc,
      launchTemplate,
      minCapacity: props.min,
      maxCapacity: props.max,
      groupMetrics: [GroupMetrics.all()],
      // The oldest release goes first.
      terminationPolicies: [TerminationPolicy.OLDEST_LAUNCH_TEMPLATE, TerminationPolicy.OLDEST_INSTANCE],
      defaultInstanceWarmup: Duration.seconds(60),
      notifications: [{ topic: props.events, scalingEvents: ScalingEvents.ALL }],
    });
    Tags.of(this.group).add('Name', props.name);
    this.group.addLifecycleHook('Launching', {
      lifecycleHookName: LAUNCHING_HOOK,
      lifecycleTransition: LifecycleTransition.INSTANCE_LAUNCHING,
      defaultResult: DefaultResult.ABANDON,
      heartbeatTimeout: Duration.seconds(START_SECONDS),
    });
    this.group.addLifecycleHook('Terminating', {
      lifecycleHookName: TERMINATING_HOOK,
      lifecycleTransition: LifecycleTransition.INSTANCE_TERMINATING,
      defaultResult: DefaultResult.CONTINUE,
      heartbeatTimeout: Duration.seconds(props.endSeconds),
    });
  }
}
