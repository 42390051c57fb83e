/** How full a candidate is, from 0 to 1. */
type Load<Candidate> = (candidate: Candidate) => number;

/**
 * The emptier of two that are drawn at random (Mitzenmacher, "The power of two choices in randomized load balancing"):
 * spreads nearly as well as taking the emptiest, and does not send everybody to the same one.
 *
 * @param random from 0 to 1, without 1
 */
export function chooseOfTwo<Candidate>(
  candidates: readonly Candidate[],
  load: Load<Candidate>,
  random: () => number,
): Candidate | undefined {
  const first = candidates[Math.floor(random() * candidates.length)];
  const second = candidates[Math.floor(random() * candidates.length)];
  if (first === undefined || second === undefined) return undefined;
  return load(first) <= load(second) ? first : second;
}
