import * as z from 'zod';

/** A line of the journal as `journalctl --output=json` writes it. Bytes that are no text come as numbers. */
const journalLine = z.object({
  __CURSOR: z.string(),
  __REALTIME_TIMESTAMP: z.coerce.number(),
  _SYSTEMD_UNIT: z.string().default(''),
  MESSAGE: z.union([z.string(), z.array(z.number()).transform((bytes) => Buffer.from(bytes).toString())]).catch(''),
});

/** What CloudWatch Logs takes. */
export interface LogEvent {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly message: string;
}

export interface LogShipping {
  readonly lines: AsyncIterable<string>;
  readonly put: (events: readonly LogEvent[]) => Promise<void>;
  /** Remembers up to where all is shipped. */
  readonly keepCursor: (cursor: string) => Promise<void>;
}

/** CloudWatch Logs takes so much at once, with 26 bytes for each event besides its text, of no more than a day. */
const MAX_BATCH = { events: 10_000, bytes: 1_048_576, spanMs: 24 * 3_600_000 };
const EVENT_BYTES = 26;

/** No event may be larger; what is longer is cut. */
const MAX_MESSAGE_CHARACTERS = 60_000;

/** Ships lines of the journal in their order. What was not taken is shipped again next time, so some may come twice. */
export async function shipLogs({ lines, put, keepCursor }: LogShipping): Promise<void> {
  let batch: LogEvent[] = [];
  let bytes = 0;
  let earliestMs = Infinity;
  let latestMs = -Infinity;
  let cursor: string | undefined;
  const flush = async (): Promise<void> => {
    if (cursor === undefined || batch.length === 0) return;
    await put(batch.toSorted((a, b) => a.timestamp - b.timestamp));
    await keepCursor(cursor);
    batch = [];
    bytes = 0;
    earliestMs = Infinity;
    latestMs = -Infinity;
  };
  for await (const text of lines) {
    const line = journalLine.parse(JSON.parse(text));
    const event = toEvent(line);
    const size = Buffer.byteLength(event.message) + EVENT_BYTES;
    // The clock of a host may be set back.
    const spanMs = Math.max(latestMs, event.timestamp) - Math.min(earliestMs, event.timestamp);
    if (batch.length === MAX_BATCH.events || bytes + size > MAX_BATCH.bytes || spanMs > MAX_BATCH.spanMs) await flush();
    batch.push(event);
    bytes += size;
    earliestMs = Math.min(earliestMs, event.timestamp);
    latestMs = Math.max(latestMs, event.timestamp);
    cursor = line['__CURSOR'];
  }
  await flush();
}

/** Our programs write JSON, which is kept; what else runs beside them is made such. */
function toEvent({ MESSAGE, ...line }: z.infer<typeof journalLine>): LogEvent {
  const text = MESSAGE.slice(0, MAX_MESSAGE_CHARACTERS);
  const unit = line['_SYSTEMD_UNIT'];
  const timestamp = Math.floor(line['__REALTIME_TIMESTAMP'] / 1000);
  return { timestamp, message: JSON.stringify({ unit, ...(parseObject(text) ?? { msg: text }) }) };
}

function parseObject(text: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
