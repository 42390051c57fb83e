import { ProtocolError } from '../protocol-error.ts';

/** One hop of a request (RFC 3261 section 20.42). */
export interface Via {
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly branch: string;
  /** Whether the sender wants its answer at the port it sent from (RFC 3581). */
  readonly wantsPort: boolean;
  /** The parameters as they came, without `received` and `rport`. */
  readonly parameters: readonly string[];
}

const VIA =
  /^SIP\s*\/\s*2\.0\s*\/\s*([A-Za-z]{1,8})\s+([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?:\s*:\s*(\d{1,5}))?\s*((?:;.*)?)$/;

/** @throws ProtocolError when it is no Via, or has no branch. */
export function parseVia(value: string): Via {
  const [, transport, host, port, rest] = VIA.exec(value) ?? [];
  if (transport === undefined || host === undefined) throw new ProtocolError('malformed Via');
  const parameters = rest!
    .split(';')
    .map((parameter) => parameter.trim())
    .filter((parameter) => parameter !== '');
  const branch = parameters.find((parameter) => /^branch\s*=/i.test(parameter));
  const token = /^branch\s*=\s*([\w.!%*+`'~-]{1,256})$/i.exec(branch ?? '')?.[1];
  if (token === undefined) throw new ProtocolError('Via without a branch');
  return {
    transport: transport.toUpperCase(),
    host,
    port: port === undefined ? undefined : Math.min(Number(port), 65_535),
    branch: token,
    wantsPort: parameters.some((parameter) => /^rport\s*(=|$)/i.test(parameter)),
    parameters: parameters.filter((parameter) => !/^(rport|received)\s*(=|$)/i.test(parameter)),
  };
}

/** A Via as its answers carry it: with where the request really came from. */
export function writeVia(via: Via, from: { readonly address: string; readonly port: number }): string {
  const sentBy = via.port === undefined ? via.host : `${via.host}:${via.port}`;
  const seen = [`received=${from.address}`, ...(via.wantsPort ? [`rport=${from.port}`] : [])];
  return [`SIP/2.0/${via.transport} ${sentBy}`, ...via.parameters, ...seen].join(';');
}
