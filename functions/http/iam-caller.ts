import { isOfInstance } from '../domain/instance.ts';
import { Refusal } from '../domain/refusal.ts';

/** The session of a role that EC2 gives an instance is named after the instance. */
const INSTANCE_ARN = /^arn:[\w-]+:sts::\d{12}:assumed-role\/[\w+=,.@-]+\/(i-[0-9a-f]{8,17})$/;

/** What an internal request says of itself; each names the node or gateway that it is from. */
interface InternalInput {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/**
 * The instance that signed a request, by the ARN that API Gateway has verified.
 *
 * @throws Refusal `unauthenticated` when it is no instance's
 */
export function toInstance(callerArn: string | undefined): string {
  const instance = INSTANCE_ARN.exec(callerArn ?? '')?.[1];
  if (instance === undefined) throw new Refusal('unauthenticated', 'Internal requests are signed by an EC2 instance.');
  return instance;
}

/**
 * An instance speaks for its own nodes and gateways alone: their ids start with its own, as `nd_i-0123456789abcdef0-1`.
 *
 * @throws Refusal `forbidden`, also when the request names neither
 */
export function checkSpeaksFor(instance: string, { params, body }: InternalInput): void {
  const { id, gateway } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const named = [params?.['node'], params?.['gateway'], id, gateway].filter((each) => each !== undefined);
  if (named.length === 0 || !named.every((each) => typeof each === 'string' && isOfInstance(instance, each)))
    throw new Refusal('forbidden', `The instance ${instance} speaks for its own nodes and gateways alone.`);
}
