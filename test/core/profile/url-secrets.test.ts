// Secrets inside URLs: a value cannot change where the URL leads, and no message shows a part of it.

import t from 'tap';
import { checkFormat } from '../../../core/base/formats.ts';
import { isSearchable, userInfoIn } from '../../../core/base/redact.ts';
import { withoutPassword } from '../../../core/profile/phrasing.ts';
import { parseTemplate } from '../../../core/profile/values/template.ts';
import { escapeForUrl } from '../../../core/profile/values/url-place.ts';

const filled = (template: string, value: string): string => {
  const parts = parseTemplate(template);
  return parts.map((part, index) => (part.is === 'text' ? part.text : escapeForUrl(parts, index, value))).join('');
};

t.test('a password in the user information of a URL leads to no other host, whatever it contains', async (t) => {
  for (const password of [
    'pw@other.example/x',
    'a/b',
    'a\\b',
    'a#b',
    'a?b',
    '50%',
    '%41',
    'p@s$w0rd\\c#%',
    ' a:b ',
    'ü',
  ]) {
    const url = new URL(filled('http://u:${env:PW}@cam.example:81/b?c=d', password));

    t.equal(url.origin, 'http://cam.example:81');
    t.equal(url.pathname + url.search, '/b?c=d');
    t.equal(decodeURIComponent(url.password), password);
  }
});

t.test('a var may hold user and password; a value of a query stays one value; all else is left as it is', async (t) => {
  t.equal(filled('rtsp://${var:login}@cam/x', 'me:p@ss/1'), 'rtsp://me:p%40ss%2F1@cam/x');
  t.equal(
    filled('http://cam/?a=1&token=${cred:t}', 'x&y=z#1'),
    'http://cam/?a=1&token=x%26y%3Dz%231'.replace('%3D', '='),
  );
  t.equal(filled('http://${env:HOST}/a', 'cam:81/base'), 'http://cam:81/base/a');
  t.equal(filled('${env:URL}', 'http://u:p@cam/'), 'http://u:p@cam/');
  t.equal(filled('Bearer ${env:T}', 'a@b/c'), 'Bearer a@b/c');
});

t.test('a URL that its password breaks is shown without it, and a good one keeps its path', async (t) => {
  t.equal(withoutPassword('http://admin:p/ss@x.lan/a.jpg'), 'http://***@x.lan/a.jpg');
  t.equal(withoutPassword('http://admin:p#ss@x.lan/a.jpg'), 'http://***@x.lan/a.jpg');
  t.equal(withoutPassword('http://admin:p@ss@x.lan/a@b.jpg'), 'http://***@x.lan/a@b.jpg');
  t.equal(withoutPassword('http://x.lan/a@b.jpg'), 'http://x.lan/a@b.jpg');
  t.same(userInfoIn('from "http://u:p@h/" to'), [{ start: 13, end: 16 }]);
});

t.test(
  'a value that a run could not decode is an error of validate, which shows how to write such characters',
  async (t) => {
    t.match(checkFormat('http-url', 'http://admin:p%zz@x.lan/a.jpg'), /write it as %25/);
    t.match(checkFormat('http-url', 'http://admin:p/ss@x.lan/a.jpg'), /"\/" as %2F/);
    t.equal(checkFormat('http-url', 'http://admin:p%40ss@x.lan/a.jpg'), undefined);
    t.notMatch(checkFormat('http-url', 'http://x.lan:port/'), /%2F/);
  },
);

t.test('short secrets and plain words are masked at their own place alone', async (t) => {
  for (const word of ['cam', 'test', '8080', 'pipeline', 'a1']) t.notOk(isSearchable(word), word);
  for (const secret of ['s3cret', 'hunter2', 'correct-horse-battery', 'abcdefghijkl'])
    t.ok(isSearchable(secret), secret);
});
