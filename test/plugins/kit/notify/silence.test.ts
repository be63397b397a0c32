// A camera is reported offline and back once each, with hysteresis.

import t from 'tap';
import { escapeJson, fillTemplate, noticesOf, textOf, titleOf } from '../../../../plugins/kit/notify/notice.ts';
import { createOutbox, MAX_WAITING } from '../../../../plugins/kit/notify/outbox.ts';
import { type CameraEvent, createSilence } from '../../../../plugins/kit/notify/silence.ts';

const limits = { after: 100, backAfter: 50, most: 10 };
const WALL = 1_000_000;

function watching(known?: ReadonlyMap<string, number>) {
  const silence = createSilence(known);
  const events: string[] = [];
  return {
    silence,
    events,
    picture: (at: number, camera = 'lobby') => silence.picture(camera, at, WALL + at),
    look(at: number, cameras: readonly string[] = ['lobby']) {
      for (const event of silence.check(cameras, limits, at, WALL + at))
        events.push(`${event.camera} ${event.is} @${at}`);
    },
  };
}

t.test(
  'a camera is reported offline once after the delay, and online once when it has sent for long enough',
  async (t) => {
    const { picture, look, events } = watching();
    picture(0);
    for (let at = 0; at <= 300; at += 10) look(at);
    for (let at = 300; at <= 500; at += 20) {
      picture(at);
      look(at);
    }

    t.same(events, ['lobby offline @100', 'lobby online @360']);
  },
);

t.test('an intermittent camera is reported once', async (t) => {
  const { picture, look, events } = watching();
  picture(0);
  look(100);
  for (let at = 200; at < 2000; at += 150) {
    picture(at);
    picture(at + 30);
    look(at + 30);
    look(at + 140);
  }

  t.same(events, ['lobby offline @100']);
});

t.test('a listed camera that never sends is offline after the delay; a forgotten one is not reported', async (t) => {
  const { silence, picture, look, events } = watching();
  look(0, ['lobby']);
  picture(10, 'pushed');
  silence.forget('pushed');
  look(99);
  look(100);
  look(200);

  t.same(events, ['lobby offline @100']);
});

t.test('a camera reported before a restart is not reported again until it returns', async (t) => {
  const { picture, look, events } = watching(new Map([['lobby', 5]]));
  for (const at of [0, 100, 200]) look(at);
  for (const at of [210, 240, 270]) {
    picture(at);
    look(at);
  }

  t.same(events, ['lobby online @270']);
});

t.test('the number of watched cameras is limited', async (t) => {
  const { silence } = watching();
  const many = Array.from({ length: 30 }, (_, index) => `cam-${index}`);
  silence.check(many, limits, 0, 0);

  t.equal(silence.check(many, limits, 100, 100).length, limits.most);
});

t.test('cameras with the same state share a notice; long lists are shortened', async (t) => {
  const events = Array.from(
    { length: 12 },
    (_, index) => ({ camera: `cam-${index}`, is: 'offline', since: index }) as const,
  );
  const [many] = noticesOf(events, 60_000);
  const ends: CameraEvent[] = [
    { camera: 'cam-3', is: 'offline', since: 0 },
    { camera: 'x', is: 'online', since: 0 },
  ];
  const [one, back] = noticesOf(ends, 7_200_000);

  t.equal(many && titleOf(many), '12 cameras are offline');
  t.match(many && textOf(many), /and 2 more have sent no picture since 1970-01-01 00:00:00 UTC\.$/);
  t.equal(one && titleOf(one), 'Camera cam-3 is offline');
  t.equal(back && textOf(back), 'x sends pictures again, after 2 hours.');
});

t.test('a template is filled, and its values are escaped for JSON', async (t) => {
  const notice = { is: 'offline', cameras: ['a"b\\c\n'], since: 0, time: 0 } as const;
  const text = fillTemplate('{"text":"{cameras} is {state}","other":"{unknown}","n":{}}', notice, escapeJson);

  t.same(JSON.parse(text), { text: 'a"b\\c\n is offline', other: '{unknown}', n: {} });
});

t.test('when too many notifications wait, the oldest is dropped', async (t) => {
  const outbox = createOutbox();
  const notice = (time: number) => ({ is: 'offline', cameras: ['lobby'], since: 0, time }) as const;
  const dropped = Array.from({ length: MAX_WAITING + 1 }, (_, index) => outbox.add(notice(index)));

  t.equal(outbox.waiting, MAX_WAITING);
  t.same(
    dropped.flatMap((notice) => notice?.time ?? []),
    [0],
  );
});
