// The log lines that are remembered: of each node the newest, and of all nodes within a bound.

import t from 'tap';
import { createLogMemory, MAX_CHARACTERS, MAX_LINE, MAX_LINES } from '../../../core/base/log-memory.ts';

const line = (node: string, msg: string): string => `${JSON.stringify({ level: 'info', node, msg })}\n`;

t.test('of each node the last lines are kept, and listeners get every one', (t) => {
  const memory = createLogMemory();
  const nodes: string[] = [];
  const end = memory.listen((node) => void nodes.push(node));

  for (let count = 0; count < MAX_LINES + 5; count++) memory.add(line('hall', `line ${count}`));
  end();
  memory.add(line('porch', 'unheard'));
  memory.add('{"level":"info","msg":"of no node"}\n');

  t.equal(memory.of('hall').length, MAX_LINES);
  t.match(memory.of('hall')[0], /line 5"/);
  t.equal(nodes.length, MAX_LINES + 5);
  t.strictSame(memory.of('none'), []);
  t.end();
});

t.test('long lines are left out, and the oldest of all nodes go when there are too many characters', (t) => {
  const memory = createLogMemory();
  memory.add(line('first', 'x'));
  memory.add(line('long', 'x'.repeat(MAX_LINE)));
  const large = 'y'.repeat(MAX_LINE / 2);

  for (let count = 0; count <= MAX_CHARACTERS / (MAX_LINE / 2); count++) memory.add(line(`n${count}`, large));

  t.strictSame(memory.of('long'), []);
  t.strictSame(memory.of('first'), []);
  t.equal(memory.of(`n${MAX_CHARACTERS / (MAX_LINE / 2)}`).length, 1);
  t.end();
});
