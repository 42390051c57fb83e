import { expect, test } from 'vitest';
import { Sessions } from './sessions.ts';

const session = () => ({ resume: () => undefined });

test('a session is found by its token, by the last one alone, and not after its end', () => {
  const sessions = new Sessions();
  const [ada, bob] = [session(), session()];
  const first = sessions.issueToken(ada);
  const bobs = sessions.issueToken(bob);
  expect(sessions.find(first)).toBe(ada);
  const second = sessions.issueToken(ada);
  expect(sessions.find(first)).toBeUndefined();
  expect(sessions.find(second)).toBe(ada);
  expect(sessions.find(bobs)).toBe(bob);
  sessions.end(ada);
  sessions.end(ada);
  expect(sessions.find(second)).toBeUndefined();
  expect(sessions.find('')).toBeUndefined();
});
