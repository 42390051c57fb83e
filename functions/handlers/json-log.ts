import type { ErrorLog } from '../http/app.ts';

/** One JSON object a line on standard output, which is where CloudWatch takes logs from. */
export const jsonLog: ErrorLog = {
  error(fields, message) {
    const line = { level: 'error', time: new Date().toISOString(), ...toJson(fields), msg: message };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  },
};

/** Errors are no plain objects: without this, they would be written as `{}`. */
function toJson(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, toPlain(value)]));
}

function toPlain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { type: name, message, stack, ...(cause === undefined ? {} : { cause: toPlain(cause) }) };
}
