import { isOfInstance } from '../domain/instance.ts';

/** An EC2 instance of one of the Auto Scaling groups. */
export interface Host {
  /** `i-…`; the ids of its nodes and gateways start with it. */
  readonly id: string;
  readonly group: string;
  /** As Auto Scaling names it: `Pending:Wait`, `InService`, `Terminating:Wait` and so on. */
  readonly state: string;
  readonly publicIp?: string | undefined;
}

/** Whether it starts or serves: then it has a name, and an address that stays when its group has such. */
export function isUp({ state }: Host): boolean {
  return state.startsWith('Pending') || state === 'InService';
}

/** Whether it waits to be let into service. */
export function isStarting({ state }: Host): boolean {
  return state === 'Pending:Wait';
}

/** Whether it waits for its rooms to end. Until then it serves, so it keeps its name. */
export function isEnding({ state }: Host): boolean {
  return state === 'Terminating:Wait';
}

/** Whether a node or gateway runs on the host. */
export function runsOn(host: Host, id: string): boolean {
  return isOfInstance(host.id, id);
}
