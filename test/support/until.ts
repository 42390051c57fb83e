/**
 * Waits for a fact: tries until `probe` gives something truthy.
 *
 * @throws Error naming the fact when it has not come after `timeoutMs`.
 */
export async function until<Value>(
  fact: string,
  probe: () => Value | Promise<Value>,
  { timeoutMs = 20_000, intervalMs = 100 } = {},
): Promise<NonNullable<Value>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      last = await probe();
      if (last) return last as NonNullable<Value>;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${fact} (last: ${String(last)})`);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
