// The text between "${" and "}", part by part.

import t from 'tap';
import { type Part, parseTemplate } from '../../../../core/profile/values/template.ts';

const literal = (text: string): Part => ({ is: 'text', text });
const env = (name: string, otherwise?: string): Part => ({ is: 'env', name, otherwise });
const wrong = (message: string): Part => ({ is: 'wrong', message });

t.test('a text is taken apart at its references', (t) => {
  const cases: readonly (readonly [text: string, ...parts: Part[]])[] = [
    [''],
    ['$a {b}', literal('$a {b}')],
    ['a${env:B}', literal('a'), env('B')],
    ['${env:A}b${env:C}d', env('A'), literal('b'), env('C'), literal('d')],
    ['$${env:A}b', literal('${env:A}b')],
    ['${env:A:-}', env('A', '')],
    ['${env:A:-b:-c}', env('A', 'b:-c')],
    ['${env:_a1:-b\nc}', env('_a1', 'b\nc')],
    ['${var:a b}', { is: 'var', name: 'a b' }],
    ['${file:/a:b}', { is: 'file', path: '/a:b' }],
    ['${cred:a.b@c:d-e}', { is: 'cred', name: 'a.b@c:d-e' }],
  ];
  for (const [text, ...parts] of cases) t.strictSame(parseTemplate(text), parts, text);
  t.end();
});

t.test('text that is not a reference is reported with the correct form', (t) => {
  const forms = '${env:NAME}, ${env:NAME:-default}, ${file:/path}, ${cred:NAME} or ${var:NAME}';
  const none = (text: string) => `"${text}" is none of ${forms}. For a literal "\${" write "$\${".`;
  const cases: readonly (readonly [text: string, message: string])[] = [
    ['${A}', '"${A}" names no source: write ${env:A}.'],
    ['${a b}', none('${a b}')],
    ['${}', none('${}')],
    ['${:A}', none('${:A}')],
    ['${vault:A}', none('${vault:A}')],
    ['${env:A:-${env:B}}', '${…} cannot be nested.'],
    ['${env:1}', '"1" is not the name of an environment variable.'],
    ['${env:}', '"" is not the name of an environment variable.'],
    ['${var:}', 'Write ${var:NAME}, with a name under "vars".'],
    ['${file:}', 'Write ${file:/path}.'],
    ['${cred:../a}', '"../a" is not the name of a systemd credential: letters, digits, "_", "-" and "." only.'],
  ];
  for (const [text, message] of cases) t.strictSame(parseTemplate(text)[0], wrong(message), text);
  t.end();
});

t.test('without its end a reference is the last part', (t) => {
  t.strictSame(parseTemplate('a${env:B'), [
    literal('a'),
    wrong('A "${" has no closing "}". For a literal "${" write "$${".'),
  ]);
  t.end();
});

t.test('a credential has at most 255 characters', (t) => {
  t.equal(parseTemplate(`\${cred:${'a'.repeat(255)}}`)[0]?.is, 'cred');
  t.equal(parseTemplate(`\${cred:${'a'.repeat(256)}}`)[0]?.is, 'wrong');
  t.end();
});
