// The small parts of http/settings: tokens of forms, messages for the next page, device lists, and the texts on the page.

import t from 'tap';
import type { Fact, Input, ProfileChange } from '../../../../core/contract/plugin.ts';
import { listDevices } from '../../../../plugins/http/settings/devices.ts';
import { createNotes, MAX_NOTES } from '../../../../plugins/http/settings/notes.ts';
import { formatsOf, sizesOf } from '../../../../plugins/http/settings/page/lib/sizes.ts';
import { hint, label, outcomeOf } from '../../../../plugins/http/settings/page/lib/words.ts';
import { personOf } from '../../../../plugins/http/settings/request.ts';
import { createFormTokens } from '../../../../plugins/http/settings/token.ts';
import { diff } from '../../../../plugins/kit/page/shared/diff.ts';
import { random } from '../../../support/random.ts';

t.test('a token is valid for its user as long as camd has the same key', async (t) => {
  const tokens = createFormTokens(Buffer.alloc(32, 1));
  const token = tokens.of('Basic YQ==');

  t.ok(tokens.fits('Basic YQ==', token));
  t.notOk(tokens.fits('Basic Yg==', token));
  t.notOk(tokens.fits('Basic YQ==', ''));
  t.notOk(tokens.fits('Basic YQ==', `${token}x`));
  t.notOk(createFormTokens(Buffer.alloc(32, 2)).fits('Basic YQ==', token));
});

t.test('a message is shown to one browser, once, and the number of waiting messages is limited', async (t) => {
  const notes = createNotes();
  const cookieOf = (header: string): string => header.split(';')[0] ?? '';
  const first = cookieOf(notes.leave('first'));
  const others = Array.from({ length: MAX_NOTES }, (_, index) => cookieOf(notes.leave(`${index}`)));

  t.equal(notes.take({ cookie: first }), undefined, 'the oldest has been dropped');
  t.equal(notes.take({}), undefined);
  t.equal(notes.take({ cookie: `other=1; ${others[3]}` }), '3');
  t.equal(notes.take({ cookie: others[3] }), undefined);
});

t.test('the log names the user or a token, and never the secret', async (t) => {
  const by = (authorization: string): string => personOf({ headers: { authorization }, ip: '::1' });

  t.equal(by(`Basic ${Buffer.from('anna:secret').toString('base64')}`), 'anna from ::1');
  t.equal(by('Bearer secret'), 'a token from ::1');
});

t.test('devices of all sources are in one list; malformed answers are left out', async (t) => {
  const answers: Record<string, Fact | Error> = {
    a: [
      {
        name: 'One',
        device: '/dev/video0',
        formats: [{ format: 'MJPG', sizes: [{ size: '640x480', rates: [30, 'x'] }] }],
      },
      { name: 7, device: '/dev/video1', trouble: 'busy' },
    ],
    b: [{ name: 'One', device: '/dev/video0' }, { device: 3 }, 'nonsense'],
    c: false,
    d: new Error('away'),
  };
  const input = {
    cameras: () => ['a', 'b', 'c', 'd', 'e'],
    answers: (_kind: string, camera: string) => camera !== 'e',
    ask: async (_kind: string, camera: string) => {
      const answer = answers[camera];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };

  const devices = await listDevices(input as Pick<Input, 'cameras' | 'answers'> as Input, new AbortController().signal);

  t.same(devices, [
    { name: 'One', device: '/dev/video0', formats: [] },
    { name: '/dev/video1', device: '/dev/video1', formats: [], trouble: 'busy' },
  ]);
});

t.test('applying a difference gives the new text; distant lines are left out', async (t) => {
  const before = Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\n');
  const after = before.replace('line 3\n', '').replace('line 20', 'line twenty');

  t.same(
    diff(before, after).map(({ is, text }) => `${is} ${text}`),
    [
      ...['same line 1', 'same line 2', 'gone line 3', 'same line 4', 'same line 5', 'gap …'],
      ...['same line 18', 'same line 19', 'gone line 20', 'new line twenty', 'same line 21', 'same line 22'],
    ],
  );
  t.same(diff(before, before), []);
});

t.test('random texts: equal and new lines give the new text, equal and removed lines the old one', async (t) => {
  const pick = random(3);
  for (let round = 0; round < 200; round++) {
    const text = (): string[] => Array.from({ length: pick(12) }, () => 'abc'[pick(3)] ?? '');
    const [old, next] = [text(), text()];
    const lines = diff(old.join('\n'), next.join('\n'));
    const count = (is: string): number => lines.filter((line) => line.is === is).length;

    // The texts are short, so that hardly any line is left out; those are equal in both.
    const length = (texts: string[]): number => Math.max(1, texts.length);
    t.equal(count('new') - count('gone'), length(next) - length(old), `${old} → ${next}`);
    t.equal(
      lines.some(({ is }) => is === 'new' || is === 'gone'),
      old.join('\n') !== next.join('\n'),
    );
  }
});

t.test('formats and sizes are those of the device; a configured one remains selectable', async (t) => {
  const option = { description: '', types: ['string'], required: false, enum: ['MJPG', 'YUYV', 'GREY'] };
  const sizes = ['320x240', '1280x720', '16x16 to 640x480'].map((size) => ({
    size,
    rates: size === '320x240' ? [] : [30, 5],
  }));
  const device = { name: 'x', device: '/dev/video0', formats: [{ format: 'YUYV', sizes }] };

  t.same(formatsOf(option, device, undefined), ['YUYV']);
  t.same(formatsOf(option, device, 'GREY'), ['YUYV', 'GREY']);
  t.same(formatsOf(option, undefined, undefined), ['MJPG', 'YUYV', 'GREY']);
  t.same(
    sizesOf(device, 'YUYV').map(({ text }) => text),
    ['1280 × 720, up to 30 a second', '320 × 240'],
  );
  t.same(sizesOf(device, 'MJPG'), []);
});

t.test('every refusal has a title of its own and an instruction', async (t) => {
  const refused = (reason: (ProfileChange & { ok: false })['reason'], problems: string[] = []) =>
    outcomeOf({
      ok: false,
      reason,
      message: 'Why.',
      files: [],
      problems: problems.map((message) => ({
        code: 'advice',
        severity: 'error',
        message,
        place: { file: '/p', line: 1, column: 1, length: 1 },
      })),
    });

  t.match(refused('stale'), { title: /in the meantime/ });
  t.match(refused('read-only'), { title: /cannot write/, text: 'Why. Copy the text below into the file by hand.' });
  t.match(refused('not-applied'), { text: /old file was restored/ });
  t.match(refused('invalid', ['One.', 'Two.']), { text: 'One. Two.' });
  t.match(refused('forbidden'), { title: 'The change was refused', text: 'Why.' });
  t.equal(label('pixel_format'), 'Pixel format');
  t.equal(hint('The camera: a path (/dev/v4l/by-id/…), or 0. More.'), 'The camera: a path (/dev/v4l/by-id/…), or 0.');
});
