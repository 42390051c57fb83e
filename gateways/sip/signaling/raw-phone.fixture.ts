import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  headerOf,
  parseSip,
  writeSip,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '@muon/wire/sip/message.ts';

export const OFFER = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 40000 RTP/AVP 0',
  '',
].join('\r\n');

const DEADLINE_MS = 5000;

let dialogs = 0;

/** A phone that says exactly what a test wants, over UDP. */
export class RawPhone implements AsyncDisposable {
  readonly messages: SipMessage[] = [];
  readonly #socket: Socket;
  readonly #server: number;
  #taken = 0;

  static async start(serverPort: number): Promise<RawPhone> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new RawPhone(socket, serverPort);
  }

  private constructor(socket: Socket, serverPort: number) {
    this.#socket = socket;
    this.#server = serverPort;
    socket.on('message', (bytes) => {
      this.messages.push(parseSip(bytes));
      socket.emit('sip');
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** A new dialog of this phone. */
  dialog(user = 'room'): RawDialog {
    return new RawDialog(this, user, ++dialogs);
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.send(bytes, this.#server, '127.0.0.1');
  }

  /** The next message that has not been taken; waits for it. */
  async next(): Promise<SipMessage> {
    while (this.messages.length === this.#taken) {
      await once(this.#socket, 'sip', { signal: AbortSignal.timeout(DEADLINE_MS) });
    }
    return this.messages[this.#taken++]!;
  }

  /** The status of the next response that is not 100. */
  async status(): Promise<number> {
    return (await this.response()).status;
  }

  /** The next response that is not 100. */
  async response(): Promise<SipResponse> {
    for (;;) {
      const message = await this.next();
      if (message.kind === 'response' && message.status > 100) return message;
    }
  }

  /** The next request. */
  async request(): Promise<SipRequest> {
    for (;;) {
      const message = await this.next();
      if (message.kind === 'request') return message;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

/** One call of a {@link RawPhone}: writes its requests. */
export class RawDialog {
  readonly #phone: RawPhone;
  readonly #user: string;
  readonly #number: number;
  #to: string;
  cseq = 1;

  constructor(phone: RawPhone, user: string, number: number) {
    this.#phone = phone;
    this.#user = user;
    this.#number = number;
    this.#to = `<sip:${user}@127.0.0.1>`;
  }

  /** Goes on in the dialog that a response established. */
  follow(response: SipMessage): void {
    this.#to = headerOf(response, 'to')!;
  }

  /** A request of this call; `branch` tells transactions apart. */
  write(
    method: string,
    {
      branch = `z9hG4bK${method}${this.#number}-${this.cseq}`,
      body = '',
      uri = `sip:${this.#user}@127.0.0.1`,
      extra = [] as readonly (readonly [string, string])[],
    } = {},
  ): string {
    return writeSip(
      `${method} ${uri} SIP/2.0`,
      [
        ['Via', `SIP/2.0/UDP 127.0.0.1:${this.#phone.port};branch=${branch};rport`],
        ['From', `<sip:+4930123467@127.0.0.1>;tag=t${this.#number}`],
        ['To', this.#to],
        ['Call-ID', `call-${this.#number}-${this.#phone.port}`],
        ['CSeq', `${this.cseq} ${method}`],
        ['Contact', `<sip:phone@127.0.0.1:${this.#phone.port}>`],
        ['Max-Forwards', '70'],
        ...extra,
        ...(body === '' ? [] : [['Content-Type', 'application/sdp'] as const]),
      ],
      body,
    );
  }
}

/** Answers a request of the gateway with 200. */
export function writeOk(request: SipRequest): string {
  return writeSip(
    'SIP/2.0 200 OK',
    ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => [name, headerOf(request, name.toLowerCase())!] as const),
  );
}
