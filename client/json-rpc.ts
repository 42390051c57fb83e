/** A request that the other side refused. */
export class JsonRpcError extends Error {
  override readonly name = 'JsonRpcError';
  /** JSON-RPC's or HTTP's number. */
  readonly number: number;
  /** The stable code in `data.code`, where the other side gave one. */
  readonly code: string | undefined;

  constructor(number: number, message: string, code?: string) {
    super(message);
    this.number = number;
    this.code = code;
  }
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** One end of a JSON-RPC 2.0 conversation over text messages, whatever carries them. */
export class JsonRpcPeer {
  readonly #send: (text: string) => void;
  readonly #noticed: (method: string, params: unknown) => void;
  readonly #waiting = new Map<number, Waiting>();
  #requests = 0;
  #closed: Error | undefined;

  /** `noticed` hears each notification of the other side. */
  constructor(send: (text: string) => void, noticed: (method: string, params: unknown) => void) {
    this.#send = send;
    this.#noticed = noticed;
  }

  /** @throws JsonRpcError when it is refused, or what the conversation was closed with. */
  request(method: string, params: unknown): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = ++this.#requests;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  notify(method: string, params: unknown): void {
    if (!this.#closed) this.#send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  /** Takes a message of the other side; one that is no JSON-RPC, or answers nothing, changes nothing. */
  receive(text: string): void {
    const message = parse(text);
    if (!message) return;
    if (typeof message['method'] === 'string') {
      if (message['id'] === undefined) this.#noticed(message['method'], message['params']);
      return;
    }
    const waiting = this.#waiting.get(message['id'] as number);
    if (!waiting) return;
    this.#waiting.delete(message['id'] as number);
    const { error } = message;
    if (isObject(error)) waiting.reject(toError(error));
    else waiting.resolve(message['result']);
  }

  /** Fails all that waits for an answer. */
  close(error: Error): void {
    this.#closed ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return isObject(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function toError({ code, message, data }: Record<string, unknown>): JsonRpcError {
  const stable = isObject(data) && typeof data['code'] === 'string' ? data['code'] : undefined;
  return new JsonRpcError(typeof code === 'number' ? code : 0, typeof message === 'string' ? message : '', stable);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
