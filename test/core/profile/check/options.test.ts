// Findings about the options of a node, in their words: what is wrong, and what to write instead.

import t from 'tap';
import { readText, said } from '../../../support/reading.ts';

/** A text, and what is said about it. */
type Row = readonly [text: string, ...said: string[]];

/** The first begins on the third line of its profile, behind two spaces. */
const NODES: readonly Row[] = [
  ['cam: { use: source/feed, conect: "a:1" }', '3:28+6 source/feed has no option "conect"; did you mean "connect"?'],
  ['cam: { use: source/feed }', '3:3+3 source/feed needs "connect" or "listen".'],
  [
    'cam: { use: source/feed, connect: "a:1", listen: "b:1" }',
    '3:44+6 source/feed takes only one of "connect" and "listen".',
  ],
  ['cam: { use: source/feed, connect: "a:1", nonsense: 1 }', '3:44+8 source/feed has no option "nonsense".'],
  [
    'web: { use: http/front, nonsense: 1 }',
    '3:27+8 http/front has no option "nonsense"; it also takes "listen", "users" and "tls".',
  ],
  [
    'web: { use: http/front, users: [{ name: a, nam: b }] }',
    '3:46+3 "users[0]" of http/front has no option "nam"; it also takes "password".',
  ],
  [
    'web: { use: http/front, users: [{ name: a, pass: b }] }',
    '3:3+3 (warning) No node refers to "web" (http/front): it serves nothing.',
    '3:46+4 (warning) "pass" is now called "password": write "password:" instead.',
    '3:52+1 (warning) users[0].password is a secret in plain text; write ${env:NAME}, ${file:/path} or ${cred:NAME}.',
  ],
  [
    'web: { use: http/front, users: [{ nam: a }] }',
    '3:37+3 "users[0]" of http/front has no option "nam"; did you mean "name"?',
  ],
  ['web: { use: http/front, users: [{}] }', '3:35+2 http/front: users[0] needs the option "name".'],
  [
    'web: { use: http/front, users: [{ name: a, x: 1 }] }',
    '3:46+1 "users[0]" of http/front has no option "x"; it also takes "password".',
  ],
  ['web: { use: http/front, tls: {} }', '3:27+3 http/front: tls needs the option "key".'],
  [
    'web: { use: http/front, tls: 5 }',
    '3:32+1 tls: 5 is not true or false or a map. Write { name: value }, or each "name: value" on a line of its own.',
  ],
  ['web: { use: http/front, tls: true }', '3:32+4 tls: true is not "false".'],
  ['web: { use: http/front, users: 3 }', '3:34+1 users: 3 is not a list. Write [3].'],
  [
    'web: { use: http/front, users: { name: a } }',
    '3:34+11 users: a map is not a list. Write […], or each "- item" on a line of its own.',
  ],
  [
    'web: { use: http/front, users: [7] }',
    '3:35+1 users[0]: 7 is not a map. Write { name: value }, or each "name: value" on a line of its own.',
  ],
  ['web: { use: http/front, users: }', '3:27+5 users is empty; it must be a list.'],
  [
    'web: { use: http/front, listen: 8080 }',
    '3:35+4 listen: 8080 is a port alone; write 127.0.0.1:8080, or ":8080" for every interface.',
  ],
  ['web: { use: http/front, listen: 80.5 }', '3:35+4 listen: 80.5 has no port; write it like 80.5:8080.'],
  ['web: { use: http/front, listen: x }', '3:35+1 listen: "x" has no port; write it like x:8080.'],
  [
    'web: { use: http/front, listen: 0o17 }',
    '3:35+4 listen: 0o17 is a port alone; write 127.0.0.1:15, or ":15" for every interface.',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", timeout: 5 }',
    '3:53+1 timeout: 5 has no unit; write a duration such as 250ms, 10s, 5m, 2h or 30d. Did you mean 5s?',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", timeout: x }',
    '3:53+1 timeout: "x" is not a duration; write one such as 250ms, 10s, 5m, 2h or 30d.',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", timeout: [5] }',
    '3:53+3 timeout: a list is not text. Write 5 without brackets.',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", timeout: 99ms }',
    '3:53+4 timeout: "99ms" is too small; it must be at least 100ms.',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", timeout: 100ms }',
    '3:3+3 (warning) No node refers to "cam" (source/feed): its frames are not used.',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", timeout: 1h }',
    '3:3+3 (warning) No node refers to "cam" (source/feed): its frames are not used.',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", timeout: 3601s }',
    '3:53+5 timeout: "3601s" is too large; it may be at most 1h.',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", mode: alway }',
    '3:50+5 mode: "alway" is not "always" or "on_demand"; did you mean "always"?',
  ],
  ['cam: { use: source/feed, connect: "a:1", mode: 3 }', '3:50+1 mode: 3 is not "always" or "on_demand".'],
  [
    'cam: { use: source/feed, connect: "a:1", mode: "${env:MODE}" }',
    '3:50+13 mode: "${env:MODE}" is not "always" or "on_demand".',
  ],
  ['cam: { use: source/feed, connect: "a:1", mode: [always] }', '3:50+8 mode: a list is not "always" or "on_demand".'],
  ['cam: { use: source/feed, connect: "a:1", mode: }', '3:44+4 mode: nothing is not "always" or "on_demand".'],
  ['cam: { use: source/feed, connect: "a:1", argv: [] }', '3:50+2 argv must have at least 1 item.'],
  ['cam: { use: source/feed, connect: "a:1", argv: x }', '3:50+1 argv: "x" is not a list. Write [x].'],
  ['cam: { use: source/feed, connect: "a:1", argv: [1] }', '3:51+1 argv[0]: 1 is not text. Put it in quotes: "1".'],
  [
    'cam: { use: source/feed, connect: "a:1", token: short }',
    '3:51+5 token is too short; it must have at least 8 characters.',
  ],
  ['cam: { use: source/feed, connect: "a:1", token: [x] }', '3:51+3 token: the value is not text.'],
  [
    'cam: { use: source/feed, connect: "a:1", token: 1234 }',
    '3:51+4 token: the value is not text. YAML reads it as a number or as true or false: put it in quotes.',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", url: "ftp://me:word@h/" }',
    '3:49+18 url: "ftp://***@h/" must begin with http:// or https://.',
  ],
  ['cam: { use: source/feed, connect: "a:1", device: 5 }', '3:52+1 device: 5 is not text. Put it in quotes: "5".'],
  ['cam: { use: source/feed, connect: "a:1", device: { a: 1 } }', '3:52+8 device: a map is not text.'],
  [
    'cam: { use: source/feed, connect: "a:1", device: 007 }',
    '3:52+3 device: 007 is not text. Put it in quotes: "007".',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", hook: x }',
    '3:50+1 hook: the value is not a URL such as http://camera.local/snapshot.jpg.',
  ],
  [
    'keep: { use: cache/keep, from: a, count: 0 }\n  a: { use: source/feed, connect: "a:1" }',
    '3:44+1 count: 0 is too small; it must be at least 1.',
  ],
  [
    'keep: { use: cache/keep, from: a, count: 1.5 }\n  a: { use: source/feed, connect: "a:1" }',
    '3:44+3 count: 1.5 is not a whole number.',
  ],
  [
    'keep: { use: cache/keep, from: a, count: 101 }\n  a: { use: source/feed, connect: "a:1" }',
    '3:44+3 count: 101 is too large; it must be at most 100.',
  ],
  [
    'keep: { use: cache/keep, from: a, count: "7" }\n  a: { use: source/feed, connect: "a:1" }',
    '3:44+3 count: "7" is not a whole number. Write 7 without quotes.',
  ],
  [
    'keep: { use: cache/keep, from: a, number: 3 }\n  a: { use: source/feed, connect: "a:1" }',
    '3:3+4 (warning) No node refers to "keep" (cache/keep): its frames are not used.',
    '3:37+6 (warning) "number" is now called "count": write "count:" instead.',
  ],
  [
    'keep: { use: cache/keep, from: a, share: -0.5 }\n  a: { use: source/feed, connect: "a:1" }',
    '3:44+4 share: -0.5 is too small; it must be at least 0.',
  ],
  [
    'keep: { use: cache/keep, from: a, share: 1.5 }\n  a: { use: source/feed, connect: "a:1" }',
    '3:44+3 share: 1.5 is too large; it must be at most 1.',
  ],
  [
    'keep: { use: cache/keep, from: a, exact: yes }\n  a: { use: source/feed, connect: "a:1" }',
    '3:44+3 exact: "yes" is not true or false. Write true.',
  ],
  [
    'keep: { use: cache/keep, from: a, max_bytes: 7 }\n  a: { use: source/feed, connect: "a:1" }',
    '3:48+1 max_bytes: 7 has no unit; write a size such as 64KiB, 8MiB or 2GiB. Did you mean 7MiB?',
  ],
  [
    'keep: { use: cache/keep, from: a, max_bytes: 7x }\n  a: { use: source/feed, connect: "a:1" }',
    '3:48+2 max_bytes: "7x" is not a size; write one such as 64KiB, 8MiB or 2GiB.',
  ],
  [
    'keep: { use: cache/keep, from: a, limit: 7 }\n  a: { use: source/feed, connect: "a:1" }',
    '3:44+1 limit: 7 has no unit; write a rate such as 5/s, 30/m or 10/h. Did you mean 7/s?',
  ],
  [
    'keep: { use: cache/keep, from: a, limit: "5/x" }\n  a: { use: source/feed, connect: "a:1" }',
    '3:44+5 limit: "5/x" is not a rate; write one such as 5/s, 30/m or 10/h.',
  ],
  [
    'keep: { use: cache/keep, from: a, count: "${env:MODE}" }\n  a: { use: source/feed, connect: "a:1" }',
    '3:44+13 The value of ${env:MODE} is not a whole number.',
  ],
  [
    'keep: { use: cache/keep, from: a, exact: "${env:MODE}" }\n  a: { use: source/feed, connect: "a:1" }',
    '3:44+13 The value of ${env:MODE} is not true or false.',
  ],
  [
    'keep: { use: cache/keep, from: a, count: 1, number: 2 }\n  a: { use: source/feed, connect: "a:1" }',
    '3:47+6 "number" is the former name of "count", and both are here: keep "count" and remove this one. (3:37)',
  ],
  ['keep: { use: cache/keep, from: { a: 1 } }', '3:34+8 from: a map is not text or a list. Write the id of a node.'],
  ['keep: { use: cache/keep, from: [] }', '3:34+2 from must have at least 1 item.'],
  ['keep: { use: cache/keep, from: 7 }', '3:34+1 from: 7 is not text or a list. Put it in quotes: "7".'],
  ['keep: { use: cache/keep }', '3:3+4 cache/keep needs the option "from".'],
  ['keep: { use: cache/keep, form: x }', '3:28+4 cache/keep has no option "form"; did you mean "from"?'],
];

const env = { MODE: 'sometimes', A: 'nowhere' };

t.test('nodes', async (t) => {
  for (const [text, ...wanted] of NODES) {
    t.same(said(await readText(`camd: 1\npipeline:\n  ${text}\n`, { env })), wanted, text);
  }
});
