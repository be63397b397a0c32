// The pacer: the limit on bytes under way, from measured rates and round trips.

import t from 'tap';
import { createPacer } from '../../../../plugins/kit/fleet/pacer.ts';

function paced() {
  let now = 1000;
  const pacer = createPacer(() => now);
  /** Sends a parcel that takes this long. */
  const carry = (bytes: number, ms: number): void => {
    pacer.sent('x', bytes);
    now += ms;
    pacer.arrived('x');
  };
  /** The smallest size of a parcel that leaves no room for another. */
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

t.test('bytes under way are counted until they arrive or are lost', (t) => {
  const { pacer } = paced();
  t.ok(pacer.hasRoom());
  pacer.sent('a', 100);
  t.equal(pacer.underWay, 100);
  t.notOk(pacer.hasRoom(), 'without measurements: one picture at a time');
  pacer.sent('b', 50);
  pacer.sent('a', 30);
  t.equal(pacer.underWay, 80, 'a later parcel replaces the previous one');
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

t.test('a quarter more than the capacity of the line may be under way', (t) => {
  const { carry, pacer, room } = paced();
  carry(10_000, 100);
  t.equal(room(), 0, 'the round trip is unknown');
  pacer.roundTrip(80);
  t.equal(room(), 1.25 * 100 * 80);
  pacer.roundTrip(40);
  t.equal(room(), 1.25 * 100 * 40, 'the shortest is used');
  carry(10_000, 50);
  t.equal(room(), 1.25 * 200 * 40, 'the highest rate is used');
  carry(10_000, 1000);
  t.equal(room(), 1.25 * 200 * 40);
  t.end();
});

t.test('old measurements are forgotten', (t) => {
  const { carry, pacer, room } = paced();
  carry(1000, 1);
  pacer.roundTrip(10);
  for (let count = 0; count < 9; count++) carry(100, 1);
  t.equal(room(), 1.25 * 1000 * 10, 'ten rates are kept');
  carry(100, 1);
  t.equal(room(), 1.25 * 100 * 10);

  for (let count = 0; count < 7; count++) pacer.roundTrip(20);
  t.equal(room(), 1.25 * 100 * 10, 'eight round trips are kept');
  pacer.roundTrip(20);
  t.equal(room(), 1.25 * 100 * 20);
  t.end();
});

t.test('the rate covers all bytes that arrived between the sending of a parcel and its arrival', (t) => {
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

t.test('a parcel that arrives at once does not make the rate infinite', (t) => {
  const { carry, pacer, room } = paced();
  carry(100, 0);
  pacer.roundTrip(1);
  t.equal(room(), 1.25 * (100 / 0.05));
  t.end();
});
