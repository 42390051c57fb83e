import { writeJoinCost } from '@muon/bench/capacity/sheet.ts';
import { expect, test } from 'vitest';

test('docs/aws/join-cost.md is what a metered room says', async () => {
  await expect(await writeJoinCost()).toMatchFileSnapshot('../../docs/aws/join-cost.md');
});
