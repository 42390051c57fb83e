import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { Engine } from './engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'muon-durability-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes two items a transaction, for ever, and prints each number once its transaction is acknowledged. */
const writer = `
  import { Engine } from ${JSON.stringify(join(import.meta.dirname, 'engine.ts'))};
  const engine = new Engine(process.argv[2]);
  for (let n = Number(process.argv[3]); ; n += 1) {
    const put = (half) => ({ Put: { TableName: 'things', Item: { pk: { S: half }, sk: { S: String(n) } } } });
    engine.execute('TransactWriteItems', { TransactItems: [put('left'), put('right')] });
    process.stdout.write(n + '\\n');
    await new Promise(setImmediate);
  }
`;

test('a process that is killed loses no write that it acknowledged, and leaves none half done', async () => {
  const [script, database] = [join(folder, 'writer.mjs'), join(folder, 'db.sqlite')];
  writeFileSync(script, writer);
  const setUp = new Engine(database);
  setUp.execute('CreateTable', {
    TableName: 'things',
    AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  });
  setUp.close();

  let acknowledged = -1;
  for (const wanted of [5, 50, 120]) {
    const child = spawn(process.execPath, [script, database, String(acknowledged + 1)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged >= wanted) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const engine = new Engine(database);
    const [left, right] = ['left', 'right'].map((half) => countOf(engine, half));
    engine.close();
    expect(left).toBeGreaterThanOrEqual(acknowledged + 1);
    expect(right).toBe(left);
    acknowledged = left! - 1;
  }
});

function countOf(engine: Engine, half: string): number {
  const { Count } = engine.execute('Query', {
    TableName: 'things',
    KeyConditionExpression: 'pk = :half',
    ExpressionAttributeValues: { ':half': { S: half } },
  });
  return Number(Count);
}
