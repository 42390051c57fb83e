import { ProtocolError } from '@muon/wire/protocol-error.ts';

/** What the daemon says on the control connection. */
export type FromDaemon =
  /** A SIP message: one that came, or (`application`) one that the daemon sent of its own accord. */
  | {
      readonly type: 'sip';
      readonly source: 'network' | 'application';
      readonly transport: string;
      readonly address: string;
      /** What an answer has to name. */
      readonly transaction: string;
      /** The call that it belongs to; empty outside of calls. */
      readonly dialog: string;
      readonly message: Uint8Array;
    }
  /** What became of the command with this id. */
  | { readonly type: 'result'; readonly id: string; readonly ok: boolean; readonly dialog: string }
  /** Something that nobody here waits for. */
  | { readonly type: 'other' };

const CRLF = Buffer.from('\r\n');

/** Fields of the first line, counted from its start. */
const SIP_FIELDS = { source: 2, transport: 4, address: 5, transaction: 8, dialog: 9 } as const;
const RESULT_FIELDS = { id: 2, outcome: 3, dialog: 11 } as const;

/** @throws ProtocolError when it lacks what it needs. */
export function parseControlMessage(frame: Buffer): FromDaemon {
  const end = frame.indexOf(CRLF);
  const fields = frame.toString('utf8', 0, end < 0 ? frame.length : end).split('|');
  switch (fields[1]) {
    case 'sip':
      return parseSipFrame(fields, end < 0 ? new Uint8Array() : frame.subarray(end + CRLF.length));
    case 'response':
      return {
        type: 'result',
        id: fields[RESULT_FIELDS.id] ?? '',
        ok: fields[RESULT_FIELDS.outcome] === 'OK',
        dialog: fields[RESULT_FIELDS.dialog] ?? '',
      };
    default:
      return { type: 'other' };
  }
}

function parseSipFrame(fields: readonly string[], message: Uint8Array): FromDaemon {
  const { source, transport, address, transaction, dialog } = SIP_FIELDS;
  const from = fields[source];
  if ((from !== 'network' && from !== 'application') || !fields[transaction]) {
    throw new ProtocolError('control message without a transaction');
  }
  return {
    type: 'sip',
    source: from,
    transport: fields[transport] ?? '',
    address: fields[address] ?? '',
    transaction: fields[transaction],
    dialog: fields[dialog] ?? '',
    message,
  };
}
