import type { Node } from 'constructs';
import * as z from 'zod';

const domain = z.string().regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, 'must be a domain name');

const network = z.string().regex(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, 'must be an IPv4 network such as 192.0.2.0/24');

/** What differs from one deployment to another: the context `muon`, in `cdk.json` or by `-c`. */
export const deploymentSettings = z.strictObject({
  /** AWS account. */
  account: z.string().regex(/^\d{12}$/),
  region: z.string(),
  /** In how many availability zones hosts are. */
  zones: z.int().min(2).max(6).default(3),
  /** A public hosted zone of Route 53, and its domain: `api.`, `media.` and `console.` are made below it. */
  hostedZone: z.strictObject({ id: z.string(), name: domain }),
  /** SHA-256 of the release that hosts run, as `infra/host/pack.ts` prints it. */
  release: z.string().regex(/^[0-9a-f]{64}$/),
  media: z.strictObject({
    /** x86-64, one node per vCPU. */
    instanceType: z.string().default('c7a.xlarge'),
    /** As many as the instance type has vCPUs. */
    nodes: z.int().min(1).max(32).default(4),
    minHosts: z.int().min(1).default(2),
    maxHosts: z.int().min(1).default(20),
    /** How much of the capacity may be reserved before hosts are added. */
    reservedPercent: z.int().min(10).max(90).default(60),
    /** How long rooms may go on at a host that is to end. */
    drainSeconds: z.int().min(60).max(7000).default(6600),
  }),
  sip: z.strictObject({
    instanceType: z.string().default('c7a.large'),
    /** Each has an address that stays (EIP). */
    hosts: z.int().min(0).max(20).default(2),
    /** Where carriers call from; nobody else reaches the SIP ports. */
    carriers: z.array(network).min(1),
  }),
  /** Who is told of alarms. */
  alarmEmail: z.email().optional(),
});

export type DeploymentSettings = z.infer<typeof deploymentSettings>;

/** @throws when the context `muon` is missing or does not fit */
export function readDeploymentSettings(node: Node): DeploymentSettings {
  const read = deploymentSettings.safeParse(node.tryGetContext('muon'));
  if (read.success) return read.data;
  throw new Error(`The context "muon" in cdk.json does not fit:\n${z.prettifyError(read.error)}`);
}
