/** Whether a node or gateway is one of an EC2 instance, after which it is named: `nd_i-0123456789abcdef0-1`. */
export function isOfInstance(instance: string, id: string): boolean {
  const name = id.slice(id.indexOf('_') + 1);
  return name === instance || name.startsWith(`${instance}-`);
}
