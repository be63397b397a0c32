// The pacer: how many bytes may be under way, from the rates and round trips that it has measured.

import t from 'tap';
import { createPacer } from '../../../../plugins/kit/fleet/pacer.ts';

function paced() {
  let now = 1000;
  const pacer = createPacer(() => now);
  /** A parcel that takes so long. */
  const carry = (bytes: number, ms: number): void => {
    pacer.sent('x', bytes);
    now += ms;
    pacer.arrived('x');
  };
  /** The least number of bytes, of which one parcel consists, that leaves no room for another. */
  const room = (): number => {
    let [low, high] = [0, 1 << 30];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      pacer.sent('probe', middle);
      if (pacer.hasRoom()) low = middle + 1;
      else high = middle;
      pacer.lost('probe');
    }
    return low;
  };
  return { pacer, carry, room, pass: (ms: number) => (now += ms) };
}

t.test('what is under way is counted until it arrives or is lost', (t) => {
  const { pacer } = paced();
  t.ok(pacer.hasRoom());
  pacer.sent('a', 100);
  t.equal(pacer.underWay, 100);
  t.notOk(pacer.hasRoom(), 'nothing is known of the line: one picture at a time');
  pacer.sent('b', 50);
  pacer.sent('a', 30);
  t.equal(pacer.underWay, 80, 'a later one takes the place of the one before');
  pacer.arrived('a');
  pacer.arrived('a');
  pacer.arrived('unknown');
  t.equal(pacer.underWay, 50);
  pacer.lost('b');
  pacer.lost('b');
  t.equal(pacer.underWay, 0);
  t.ok(pacer.hasRoom());
  pacer.sent('c', 10);
  pacer.reset();
  t.equal(pacer.underWay, 0);
  t.ok(pacer.hasRoom());
  pacer.arrived('c');
  t.equal(pacer.underWay, 0);
  t.end();
});

t.test('a quarter more than the line holds may be under way', (t) => {
  const { carry, pacer, room } = paced();
  carry(10_000, 100);
  t.equal(room(), 0, 'the round trip is not known');
  pacer.roundTrip(80);
  t.equal(room(), 1.25 * 100 * 80);
  pacer.roundTrip(40);
  t.equal(room(), 1.25 * 100 * 40, 'the shortest counts');
  carry(10_000, 50);
  t.equal(room(), 1.25 * 200 * 40, 'the greatest rate counts');
  carry(10_000, 1000);
  t.equal(room(), 1.25 * 200 * 40);
  t.end();
});

t.test('old measurements are forgotten', (t) => {
  const { carry, pacer, room } = paced();
  carry(1000, 1);
  pacer.roundTrip(10);
  for (let count = 0; count < 9; count++) carry(100, 1);
  t.equal(room(), 1.25 * 1000 * 10, 'ten rates count');
  carry(100, 1);
  t.equal(room(), 1.25 * 100 * 10);

  for (let count = 0; count < 7; count++) pacer.roundTrip(20);
  t.equal(room(), 1.25 * 100 * 10, 'eight round trips count');
  pacer.roundTrip(20);
  t.equal(room(), 1.25 * 100 * 20);
  t.end();
});

t.test('the rate is that of all that arrived between the sending of a parcel and its arrival', (t) => {
  const { pacer, pass, room } = paced();
  pacer.sent('a', 3000);
  pass(10);
  pacer.sent('b', 1000);
  pass(90);
  pacer.arrived('a');
  pass(10);
  pacer.arrived('b');
  pacer.roundTrip(8);

  t.equal(room(), 1.25 * (4000 / 100) * 8);
  t.end();
});

t.test('a parcel that arrives at once does not make the rate endless', (t) => {
  const { carry, pacer, room } = paced();
  carry(100, 0);
  pacer.roundTrip(1);
  t.equal(room(), 1.25 * (100 / 0.05));
  t.end();
});
