// The state of a printer as its port reports it, and the turns derived from it.

import t from 'tap';
import type { PrinterState } from '../../../../core/contract/plugin.ts';
import { type ConditionOptions, createTurns } from '../../../../plugins/kit/printer/condition.ts';
import { createPrinterState } from '../../../../plugins/kit/printer/state.ts';

t.test('listeners are notified of changes until they are released', (t) => {
  const { port, set } = createPrinterState();
  const changes: string[] = [];
  const listener = ({ is, layer }: PrinterState): void => void changes.push(`${is} ${layer}`);
  t.equal(port.state(), undefined);
  const first = port.watch(listener);
  port.watch(listener);
  set({ is: 'ready' });
  set({ is: 'ready' });
  t.same(changes.splice(0), ['ready undefined', 'ready undefined']);
  first();
  first();
  set({ is: 'printing', layer: 1 });
  set({ is: 'printing', layer: 1 });
  set({ is: 'printing', layer: 2 });
  t.same(changes, ['printing 1', 'printing 2']);
  t.same(port.state(), { is: 'printing', layer: 2 });
  t.end();
});

function turns(options: ConditionOptions) {
  let now = 100;
  const made = createTurns(options, { monotonic: () => now });
  return (state: PrinterState | undefined): string => {
    now += 10;
    made.see(state);
    const turn = made.now();
    return typeof turn === 'string' ? turn : `${turn.number} @${turn.since}`;
  };
}

t.test('without layers, the whole time in which the condition holds is one turn', (t) => {
  const see = turns({ when: ['printing', 'paused'] });

  t.equal(createTurns({}, { monotonic: () => 0 }).now(), 'the printer has not answered yet');
  t.equal(see({ is: 'ready' }), 'the printer is ready');
  t.equal(see({ is: 'printing' }), '1 @120');
  t.equal(see({ is: 'paused', layer: 3 }), '1 @120');
  t.equal(see({ is: 'error' }), 'the printer is in error');
  t.equal(see({ is: 'printing' }), '2 @150');
  t.equal(see(undefined), 'the printer has not answered yet');
  t.equal(see({ is: 'off' }), 'the printer is off');
  t.end();
});

t.test('"on" matches every state except off, and no condition matches any state', (t) => {
  const on = turns({ when: 'on' });
  t.equal(on({ is: 'error' }), '1 @110');
  t.equal(on({ is: 'off' }), 'the printer is off');
  const any = turns({});
  t.equal(any({ is: 'off' }), '1 @110');
  t.end();
});

t.test('each n-th layer has a turn, counted from the current layer, and again from the start of a new print', (t) => {
  const see = turns({ when: 'printing', layers: 2 });
  const layer = (number: number) => see({ is: 'printing', layer: number });

  t.equal(see({ is: 'printing' }), 'the printer reports no layer');
  t.equal(layer(5), '1 @120');
  t.equal(layer(6), '1 @120');
  t.equal(layer(7), '2 @140');
  t.equal(layer(7), '2 @140');
  t.equal(layer(10), '3 @160');
  t.equal(see({ is: 'paused', layer: 10 }), 'the printer is paused');
  t.equal(layer(10), '3 @160', 'a layer with a turn has no second one after a pause');
  t.equal(layer(1), '4 @190', 'the next print');
  t.equal(see({ is: 'ready' }), 'the printer is ready');
  t.equal(layer(1), '5 @210');
  t.end();
});
