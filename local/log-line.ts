const DIM = '\u001B[2m';
const RED = '\u001B[31m';
const YELLOW = '\u001B[33m';
const RESET = '\u001B[0m';

/** Fields that every line has, and that the line's head shows or leaves out. */
const HEAD = new Set(['level', 'time', 'service', 'msg']);

/** A JSON log line as a person reads it: time, service, message, then the rest dimmed. Anything else as it is. */
export function toReadableLine(service: string, line: string, colour: boolean): string {
  const fields = parse(line);
  if (!fields) return `${' '.repeat(9)}${service.padEnd(14)}${line}`;
  const { level, time, msg } = fields;
  const rest = Object.entries(fields).filter(([name]) => !HEAD.has(name));
  const details = rest.map(([name, value]) => `${name}=${show(value)}`).join(' ');
  const clock = typeof time === 'string' ? time.slice(11, 19) : '';
  const tint = !colour ? '' : level === 'error' || level === 'fatal' ? RED : level === 'warn' ? YELLOW : '';
  const dim = colour ? DIM : '';
  const reset = colour ? RESET : '';
  return `${dim}${clock}${reset} ${service.padEnd(14)}${tint}${typeof msg === 'string' ? msg : ''}${reset} ${dim}${details}${reset}`.trimEnd();
}

function show(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'message' in value) return `"${String(value.message)}"`;
  return JSON.stringify(value);
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const fields: unknown = JSON.parse(line);
    return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
