// Tokens in the place of secrets: every byte is restored, and a token that has moved is refused.

import t from 'tap';
import { hiddenIn, type Secrets } from '../../../../core/profile/values/secrets.ts';
import { shownPlace } from '../../../../plugins/kit/editing/shown-place.ts';
import { createTokens, MAX_TOKENS } from '../../../../plugins/kit/editing/tokens.ts';
import { oddProfile } from '../../../support/odd-profiles.ts';

const secretsOf = (...values: string[]): Secrets => ({ ranges: [], values });
const FILE = '/p.yaml';

t.test('200 odd profiles are restored byte by byte, with any part of them secret', (t) => {
  const tokens = createTokens();
  for (let seed = 0; seed < 200; seed++) {
    const text = oddProfile(seed);
    const secrets = secretsOf(...(text.match(/[a-z]{4,}/g) ?? []).filter((_, index) => index % 5 === seed % 5));
    const shown = tokens.conceal(FILE, text, secrets);
    const back = tokens.reveal(shown, shown);
    if (!back.ok || back.text !== text)
      t.fail(`${seed}: ${back.ok ? 'other bytes' : back.message}\n${text}\n---\n${shown}`);
    for (const { start, end } of hiddenIn(FILE, text, secrets))
      if (end - start > 3 && shown.replaceAll(/__secret_\w{16}__/g, '').includes(text.slice(start, end)))
        t.fail(`${seed}: ${text.slice(start, end)} is shown\n${shown}`);
  }
  t.pass();
  t.end();
});

t.test('a token may be removed, but neither moved nor invented', (t) => {
  const tokens = createTokens();
  const text = 'a: { key: sesame-1, other: sesame-2 }\nb: [x, sesame-1]\n# password: sesame-3\n';
  const shown = tokens.conceal(FILE, text, secretsOf('sesame-1', 'sesame-2'));
  const [first = '', second = ''] = shown.match(/__secret_\w{16}__/g) ?? [];
  const reveal = (change: (text: string) => string): boolean => tokens.reveal(change(shown), shown).ok;

  t.ok(reveal((all) => all));
  t.ok(reveal((all) => all.replace(first, 'mine')));
  t.ok(reveal((all) => all.replace('a:', 'a:   ')));
  t.notOk(reveal((all) => all.replace('key:', 'title:')));
  t.notOk(reveal((all) => all.replace(first, second)));
  t.notOk(reveal((all) => all.replace('[x', `[${first}`)));
  t.notOk(reveal((all) => `${all}# ${first}\n`));
  t.notOk(reveal((all) => all.replace(first, '__secret_0123456789abcdef__')));
  t.notOk(createTokens().reveal(shown, shown).ok);
  t.end();
});

t.test('the number of remembered secrets is limited', (t) => {
  const tokens = createTokens();
  const shown = tokens.conceal(FILE, 'a: first-secret', secretsOf('first-secret'));
  for (let count = 0; count <= MAX_TOKENS; count++)
    tokens.conceal(FILE, `a: word-${count}-x`, secretsOf(`word-${count}-x`));

  t.notOk(tokens.reveal(shown, shown).ok);
  t.end();
});

t.test('a place after a token is the place that the reader sees', (t) => {
  const tokens = createTokens();
  const plain = 'a: { key: sesame-1, other: sesame-2, wrong: 1 }';
  const shown = tokens.conceal(FILE, plain, secretsOf('sesame-1', 'sesame-2'));
  const column = plain.indexOf('wrong') + 1;

  const place = shownPlace({ file: FILE, line: 1, column, length: 5 }, plain, shown);

  t.equal(shown.slice(place.column - 1, place.column - 1 + place.length), 'wrong');
  t.end();
});
