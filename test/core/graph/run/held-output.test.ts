// Frames of an instance that has not taken effect wait, go out when it does, and are refused when it does not.

import t from 'tap';
import type { Frame, Output } from '../../../../core/contract/plugin.ts';
import { createHeldOutput, MAX_HELD_CAMERAS, MAX_HELD_FRAMES } from '../../../../core/graph/run/held-output.ts';
import { makeFrame } from '../../../../testing/frame.ts';

const data = Buffer.alloc(1);
const frame = (camera: string, seq: number): Frame => makeFrame(camera, seq, { data });

function held(answer: () => Promise<void> = async () => {}) {
  const sent: string[] = [];
  const emit: Output['emit'] = (one, wait) => {
    sent.push(`${one.camera}${one.seq}${wait ? ' waits' : ''}`);
    return answer();
  };
  // Of the output only this is looked at.
  return { ...createHeldOutput({ emit } as Output), sent };
}

t.test('the newest frame of each camera goes out, then those that wait for an answer', async (t) => {
  const { output, open, sent } = held();

  await output.emit(frame('a', 1));
  const answers = [output.emit(frame('a', 2), true), output.emit(frame('b', 1), true)];
  await output.emit(frame('b', 2), false);
  await output.emit(frame('a', 3));
  t.same(sent, []);
  open();
  await Promise.all(answers);
  t.same(sent, ['a3', 'b2', 'a2 waits', 'b1 waits']);
  open();
  await output.emit(frame('a', 4));
  await output.emit(frame('a', 5), true);
  t.same(sent.slice(4), ['a4', 'a5 waits'], 'nothing goes out twice');
});

t.test('the answer is that of those behind', async (t) => {
  const { output, open } = held(() => Promise.reject(new Error('the disk is full')));
  await output.emit(frame('a', 1));
  const answer = output.emit(frame('a', 2), true);

  open();

  await t.rejects(answer, { message: 'the disk is full' });
});

t.test('held frames are refused when the instance never takes effect', async (t) => {
  const { output, open, close, sent } = held();
  await output.emit(frame('a', 1));
  const answer = output.emit(frame('a', 2), true);

  close();

  await t.rejects(answer, { code: 'not-running', blame: 'environment' });
  open();
  t.same(sent, []);
});

t.test('only so much waits', async (t) => {
  const { output, open, sent } = held();
  for (let index = 0; index <= MAX_HELD_CAMERAS; index++) await output.emit(frame(`c${index}-`, 1));
  await output.emit(frame('c0-', 2));
  const answers = Array.from({ length: MAX_HELD_FRAMES }, (_, index) => output.emit(frame('w', index), true));
  await t.rejects(output.emit(frame('w', 1000), true), { code: 'not-running' });

  open();
  await Promise.all(answers);

  t.equal(sent.length, MAX_HELD_CAMERAS + MAX_HELD_FRAMES);
  t.equal(sent[0], 'c0-2');
  t.equal(sent[MAX_HELD_CAMERAS - 1], `c${MAX_HELD_CAMERAS - 1}-1`);
});
