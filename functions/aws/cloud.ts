import {
  AutoScalingClient,
  AutoScalingServiceException,
  CompleteLifecycleActionCommand,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import {
  AssociateAddressCommand,
  DescribeAddressesCommand,
  EC2Client,
  paginateDescribeInstances,
} from '@aws-sdk/client-ec2';
import {
  ChangeResourceRecordSetsCommand,
  type Change,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsRequest,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { type Host, isEnding } from '../fleet/host.ts';
import type { Name, NameChanges } from '../fleet/names.ts';
import type { Cloud, StaticAddress } from '../fleet/tend.ts';

export interface AwsCloudOptions {
  readonly groups: readonly string[];
  readonly zoneId: string;
  /** EIPs by their allocation. */
  readonly addressIds: readonly string[];
  readonly hooks: { readonly launching: string; readonly terminating: string };
  /** After so long without an answer, a call is made again. */
  readonly callTimeoutMs?: number;
}

/** The function that asks runs for less than a minute: what hangs must leave time for the rest. */
const CALL_TIMEOUT_MS = 5000;

/** EC2 takes no more values of one filter. */
const MAX_FILTER_VALUES = 200;

/** Route 53 takes a thousand records in one request, and counts those that are put twice. */
const MAX_CHANGES = 500;

/** How long others may keep a name that is gone. */
const TTL_SECONDS = 60;

/** The fleet as AWS has it. */
export class AwsCloud implements Cloud {
  readonly #options: AwsCloudOptions;
  readonly #scaling: AutoScalingClient;
  readonly #ec2: EC2Client;
  readonly #dns: Route53Client;

  constructor(options: AwsCloudOptions) {
    this.#options = options;
    const { callTimeoutMs = CALL_TIMEOUT_MS } = options;
    const requestHandler = {
      connectionTimeout: callTimeoutMs,
      requestTimeout: callTimeoutMs,
      throwOnRequestTimeout: true,
    };
    this.#scaling = new AutoScalingClient({ requestHandler });
    this.#ec2 = new EC2Client({ requestHandler });
    this.#dns = new Route53Client({ requestHandler });
  }

  async hosts(): Promise<readonly Host[]> {
    const found: Host[] = [];
    const request = { AutoScalingGroupNames: [...this.#options.groups] };
    for await (const page of paginateDescribeAutoScalingGroups({ client: this.#scaling }, request))
      for (const { AutoScalingGroupName, Instances = [] } of page.AutoScalingGroups ?? [])
        for (const { InstanceId, LifecycleState } of Instances)
          found.push({ id: InstanceId!, group: AutoScalingGroupName!, state: LifecycleState! });
    const addresses = await this.#publicAddresses(found.map(({ id }) => id));
    return found.map((host) => ({ ...host, publicIp: addresses.get(host.id) }));
  }

  async #publicAddresses(ids: readonly string[]): Promise<Map<string, string | undefined>> {
    const found = new Map<string, string | undefined>();
    for (const some of inParts(ids, MAX_FILTER_VALUES)) {
      // By filter: an id that EC2 does not know yet, or any more, is then no error.
      const request = { Filters: [{ Name: 'instance-id', Values: some }] };
      for await (const { Reservations = [] } of paginateDescribeInstances({ client: this.#ec2 }, request))
        for (const { InstanceId, PublicIpAddress } of Reservations.flatMap(({ Instances = [] }) => Instances))
          found.set(InstanceId!, PublicIpAddress);
    }
    return found;
  }

  async staticAddresses(): Promise<readonly StaticAddress[]> {
    const hosts = new Map<string, string | undefined>();
    for (const some of inParts(this.#options.addressIds, MAX_FILTER_VALUES)) {
      // By filter: asked for by id, one that somebody has released would keep all others from being told.
      const request = { Filters: [{ Name: 'allocation-id', Values: some }] };
      const { Addresses = [] } = await this.#ec2.send(new DescribeAddressesCommand(request));
      for (const { AllocationId, InstanceId } of Addresses) hosts.set(AllocationId!, InstanceId || undefined);
    }
    return this.#options.addressIds.map((id) => ({ id, host: hosts.get(id), missing: !hosts.has(id) }));
  }

  async associate({ id }: StaticAddress, host: Host): Promise<void> {
    const request = { AllocationId: id, InstanceId: host.id, AllowReassociation: false };
    await this.#ec2.send(new AssociateAddressCommand(request));
  }

  async names(): Promise<readonly Name[]> {
    const found: Name[] = [];
    for await (const { Name: name, Type, SetIdentifier, ResourceRecords } of this.#records())
      if (Type === 'A' && ResourceRecords?.[0])
        found.push({ name: name!.replace(/\.$/, ''), address: ResourceRecords[0].Value!, member: SetIdentifier });
    return found;
  }

  async *#records(): AsyncGenerator<ResourceRecordSet> {
    let start: Partial<ListResourceRecordSetsRequest> = {};
    for (;;) {
      const request = { HostedZoneId: this.#options.zoneId, ...start };
      const page = await this.#dns.send(new ListResourceRecordSetsCommand(request));
      yield* page.ResourceRecordSets ?? [];
      if (!page.IsTruncated) return;
      start = {
        StartRecordName: page.NextRecordName,
        StartRecordType: page.NextRecordType,
        StartRecordIdentifier: page.NextRecordIdentifier,
      };
    }
  }

  async change({ put, remove }: NameChanges): Promise<void> {
    const changes = [...put.map((name) => toChange('UPSERT', name)), ...remove.map((name) => toChange('DELETE', name))];
    for (const Changes of inParts(changes, MAX_CHANGES)) {
      const request = { HostedZoneId: this.#options.zoneId, ChangeBatch: { Changes } };
      await this.#dns.send(new ChangeResourceRecordSetsCommand(request));
    }
  }

  async release(host: Host): Promise<void> {
    const { launching, terminating } = this.#options.hooks;
    const request = {
      AutoScalingGroupName: host.group,
      LifecycleHookName: isEnding(host) ? terminating : launching,
      InstanceId: host.id,
      LifecycleActionResult: 'CONTINUE',
    };
    await this.#scaling.send(new CompleteLifecycleActionCommand(request)).catch((error: unknown) => {
      if (!isReleased(error)) throw error;
    });
  }
}

/** Auto Scaling goes on listing a host as waiting for a moment after it was let go, and tells so in the message alone. */
function isReleased(error: unknown): boolean {
  return error instanceof AutoScalingServiceException && error.message.startsWith('No active Lifecycle Action found');
}

function inParts<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

function toChange(Action: 'UPSERT' | 'DELETE', { name, address, member }: Name): Change {
  const set = { Name: name, Type: 'A' as const, TTL: TTL_SECONDS, ResourceRecords: [{ Value: address }] };
  return {
    Action,
    ResourceRecordSet: { ...set, ...(member === undefined ? {} : { SetIdentifier: member, MultiValueAnswer: true }) },
  };
}
