/** Tells an event to whoever listens. */
export type Emit<Events> = <Name extends keyof Events>(name: Name, payload: Events[Name]) => void;

/** Typed events: names are past facts, each with one object as payload. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(payload: never) => void>>();

  /** Calls `listener` at every `name` from now on; the function returned ends that. */
  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  protected emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    this.#listeners.get(name)?.forEach((listener) => (listener as (given: Events[Name]) => void)(payload));
  }
}
