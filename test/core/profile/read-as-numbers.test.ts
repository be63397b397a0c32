// Texts that YAML reads as something else: the advice repeats them as they stand in the file, and never a secret.

import t from 'tap';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';

const refusal = async (yaml: string): Promise<string> =>
  run(t, yaml).then(
    () => '',
    (cause: unknown) => (cause instanceof Error ? cause.message : ''),
  );

t.test('passwords, names and ids that look like numbers are to be put in quotes as they are', async (t) => {
  const text = await refusal(dedent`
    camd: 1
    pipeline:
      a: { use: source/http-poll, url: "http://x.lan/a.jpg", username: 007, password: 01823456 }
      1.0: { use: source/test-pattern }
      0x10: { use: source/test-pattern }
      l: { use: cache/latest, from: [a, 1.0, 0x10] }
  `);

  t.match(text, 'username: 007 is not text. Put it in quotes: "007".');
  t.match(text, 'Put it in quotes: "1.0".');
  t.match(text, 'Put it in quotes: "0x10".');
  t.match(text, 'password: the value is not text. YAML reads it as a number or as true or false: put it in quotes.');
  t.notMatch(text, /1823456/);
});

t.test('spaces that are none are named', async (t) => {
  const text = await refusal('camd: 1\npipeline:\n\u00a0\u00a0a: { use: source/test-pattern }\n');

  t.match(text, 'This line begins with the character U+00A0, which looks like a space but is not one');
  t.match(text, ':3:');
});
