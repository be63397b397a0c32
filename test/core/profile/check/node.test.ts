// Findings about nodes, their ids and plugins, what they refer to and own, and about whole profiles, in their words.

import t from 'tap';
import { readText, said } from '../../../support/reading.ts';

/** A text, and what is said about it. */
type Row = readonly [text: string, ...said: string[]];

/** The first begins on the third line of its profile, behind two spaces. */
const NODES: readonly Row[] = [
  [
    'page: { use: http/page }',
    '3:3+4 http/page needs the option "on".',
    '3:3+4 http/page needs the option "from".',
    '3:3+4 http/page needs the option "path".',
  ],
  [
    'page: { use: http/page, on: 1, from: 2, path: 3 }',
    '3:31+1 on: 1 is not text. Put it in quotes: "1".',
    '3:40+1 from: 2 is not text. Put it in quotes: "2".',
    '3:49+1 path: 3 must begin with "/".',
  ],
  [
    'page: { use: http/page, on: [web], from: web, path: x }\n  web: { use: http/front }',
    '3:31+5 on: a list is not text. Write web without brackets.',
    '3:44+3 from: "web" is http/front, which provides server, but not stills; a node that uses cache/keep does.',
    '3:55+1 path: "x" must begin with "/".',
  ],
  [
    'page: { use: http/page, on: web, path: / }\n  web: { use: http/front }',
    '3:3+4 http/page needs the option "from".',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", parse: { use: frames, max: 1 } }',
    '3:66+3 parse/frames has no option "max"; it also takes "max_frame".',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", parse: {} }',
    '3:51+2 parse needs "use": the name of a parser, such as mjpeg.',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", parse: [x] }',
    '3:51+3 parse: a list is not text or a map. Write names with values, name: value, without "-" or brackets.',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", parse: { use: 5 } }',
    '3:58+1 parse: 5 is not the name of a parser, such as mjpeg.',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", parse: frame }',
    '3:51+5 There is no parser "frame"; did you mean "frames"?',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", parse: parse/frames }',
    '3:3+3 (warning) No node refers to "cam" (source/feed): its frames are not used.',
  ],
  [
    'cam: { use: source/feed, connect: "a:1", parse: source/feed }',
    '3:51+11 There is no parser "source/feed". There are frames.',
  ],
  ['cam: { use: source/feed, connect: "a:1", parse: }', '3:44+5 parse is empty; it must be text or a map.'],
  [
    'a b: { use: http/front }',
    '3:3+3 "a b" cannot be the id of a node: a letter or digit, then at most 127 letters, digits, "_", "." and "-".',
  ],
  [
    '"": { use: http/front }',
    '3:3+2 "" cannot be the id of a node: a letter or digit, then at most 127 letters, digits, "_", "." and "-".',
  ],
  [
    '-a: { use: http/front }',
    '3:3+2 "-a" cannot be the id of a node: a letter or digit, then at most 127 letters, digits, "_", "." and "-".',
  ],
  ['cam: 5', '3:8+1 "cam" must be a map with "use" and its options.'],
  ['cam: []', '3:8+2 "cam" must be a map with "use" and its options.'],
  ['cam: { use: 5 }', '3:15+1 use: 5 is not the name of a plugin, such as source/tcp.'],
  ['cam: {}', '3:3+3 "cam" needs "use": the plugin, as listed by "camd plugins".'],
  ['cam: { use: sourc/feed }', '3:15+10 There is no plugin "sourc/feed"; did you mean "source/feed"?'],
  ['cam: { use: feed }', '3:15+4 There is no plugin "feed"; did you mean "source/feed"?'],
  ['cam: { use: frames }', '3:15+6 There is no plugin "frames". "camd plugins" lists them all.'],
  [
    'cam: { use: parse/frames }',
    '3:15+12 parse/frames is a parser, not a node: name it in a source, as "parse: frames".',
  ],
  ['cam: { uses: source/feed }', '3:10+4 Write "use:" instead of "uses:".'],
  ['cam: { use: "" }', '3:15+2 There is no plugin "". "camd plugins" lists them all.'],
  ['cam: { use: x/y, a: 1 }', '3:15+3 There is no plugin "x/y". "camd plugins" lists them all.'],
  ['cam: http/front', '3:8+10 "cam" must be a map with "use" and its options: { use: http/front, … }.'],
  [
    'cam: { use: "${env:NONE}" }',
    '3:15+13 The environment variable NONE is not set; set it or give a default: ${env:NONE:-default}.',
  ],
  [
    'cam: { use: source/feed, connect: "${env:A}" }',
    '3:37+10 connect: "${env:A}" has no port; write it like nowhere:8080.',
  ],
  [
    'cam: { use: source/feed, connect: "${env:NONE}", listen: "b:1" }',
    '3:37+13 The environment variable NONE is not set; set it or give a default: ${env:NONE:-default}.',
    '3:52+6 source/feed takes only one of "connect" and "listen".',
  ],
  [
    'cam: { use: source/feed, listen: "${env:NONE}", tokn: x }',
    '3:36+13 The environment variable NONE is not set; set it or give a default: ${env:NONE:-default}.',
    '3:51+4 source/feed has no option "tokn"; did you mean "token"?',
  ],
  [
    'keep: { use: cache/keep, from: b }\n  b: { use: cache/keep, from: keep }',
    '3:34+1 Nodes must not refer to each other in a cycle: keep → b → keep.',
  ],
  ['keep: { use: cache/keep, from: keep }', '3:34+4 Nodes must not refer to each other in a cycle: keep → keep.'],
  ['keep: { use: cache/keep, from: kep }', '3:34+3 from: there is no node "kep"; did you mean "keep"?'],
  [
    'keep: { use: cache/keep, from: [a, a] }\n  a: { use: source/feed, connect: "a:1" }',
    '3:38+1 from names "a" twice.',
  ],
  [
    'keep: { use: cache/keep, from: [a, "a*"] }\n  a: { use: source/feed, connect: "a:1" }',
    '3:3+4 (warning) No node refers to "keep" (cache/keep): its frames are not used.',
  ],
  [
    'keep: { use: cache/keep, from: "b*" }\n  a: { use: source/feed, connect: "a:1" }',
    '3:34+4 from: no node has an id that matches "b*".',
  ],
  [
    'keep: { use: cache/keep, from: "*" }\n  a: { use: source/feed, connect: "a:1" }',
    '3:3+4 (warning) No node refers to "keep" (cache/keep): its frames are not used.',
  ],
  [
    'page: { use: http/page, on: a, from: a, path: / }\n  a: { use: source/feed, connect: "a:1" }',
    '3:31+1 on: "a" is source/feed, which provides frames, but not server; a node that uses http/front does.',
    '3:40+1 from: "a" is source/feed, which provides frames, but not stills; a node that uses cache/keep does.',
  ],
  [
    'page: { use: http/page, on: "w*", from: w1, path: / }\n  w1: { use: http/front }',
    '3:31+4 on names one node; the pattern "w*" is for options that take a list.',
    '3:43+2 from: "w1" is http/front, which provides server, but not stills; a node that uses cache/keep does.',
  ],
  [
    'a: { use: source/feed, listen: ":9000" }\n  b: { use: source/feed, listen: "127.0.0.1:9000" }',
    '4:34+16 The address 127.0.0.1:9000 overlaps with :9000, which "a" has; only one node can have it. (3:34)',
  ],
  [
    'a: { use: source/feed, listen: "127.0.0.1:9000" }\n  b: { use: source/feed, listen: "127.0.0.2:9000" }',
    '3:3+1 (warning) No node refers to "a" (source/feed): its frames are not used.',
    '4:3+1 (warning) No node refers to "b" (source/feed): its frames are not used.',
  ],
  [
    'a: { use: source/feed, listen: ":9000" }\n  b: { use: source/feed, listen: ":9001" }',
    '3:3+1 (warning) No node refers to "a" (source/feed): its frames are not used.',
    '4:3+1 (warning) No node refers to "b" (source/feed): its frames are not used.',
  ],
  [
    'a: { use: http/front }\n  b: { use: http/front }\n  c: { use: http/front }',
    '4:3+1 The address 127.0.0.1:8080 is taken by "a"; only one node can have it. (3:3)',
    '5:3+1 The address 127.0.0.1:8080 is taken by "a"; only one node can have it. (3:3)',
  ],
  [
    'a: { use: source/feed, connect: "a:1", device: /dev/a }\n  b: { use: source/feed, connect: "a:1", device: /dev/./a }',
    '4:50+8 The device /dev/a is taken by "a"; only one node can have it. (3:50)',
  ],
];

/** Whole profiles. */
const WHOLE: readonly Row[] = [
  ['camd: 1\npipeline: {}\n', '2:11+2 pipeline must have at least 1 item.'],
  [
    'camd: 1\n',
    '1:1+1 the profile needs the key "pipeline": the nodes: each id maps to `use` and that plugin\'s options.',
  ],
  [
    'pipeline: {}\n',
    '1:1+1 the profile needs the key "camd": version of the profile language.',
    '1:11+2 pipeline must have at least 1 item.',
  ],
  [
    'camd: "1"\npipeline: {}\n',
    '1:7+3 camd: "1" is a text. Write camd: 1 without quotes.',
    '2:11+2 pipeline must have at least 1 item.',
  ],
  [
    'camd: 1\npipeline: []\n',
    '2:11+2 pipeline: a list is not a map. Write names with values, name: value, without "-" or brackets.',
  ],
  ['camd: 1\npipeline:\n', '2:1+8 pipeline is empty; it must be a map.'],
  ['camd: 1\nwatch: maybe\npipeline: { w: { use: http/front } }\n', '2:8+5 watch: "maybe" is not true or false.'],
  [
    'camd: 1\nlog: { level: loud, colour: 1 }\npipeline: { w: { use: http/front } }\n',
    '2:15+4 log.level: "loud" is not "debug", "info", "warn" or "error".',
    '2:21+6 "log" of the profile has no key "colour"; it also takes "format".',
  ],
  [
    'camd: 1\nwatsh: true\npipeline: { w: { use: http/front } }\n',
    '2:1+5 the profile has no key "watsh"; did you mean "watch"?',
  ],
  [
    'camd: 1\nmemory: 5\npipeline: { w: { use: http/front } }\n',
    '2:9+1 memory: 5 has no unit; write a size such as 64KiB, 8MiB or 2GiB. Did you mean 5MiB?',
  ],
  [
    'camd: 1\nmemory: 1KiB\npipeline: { w: { use: http/front } }\n',
    '3:13+1 (warning) No node refers to "w" (http/front): it serves nothing.',
  ],
  [
    'camd: 1\ncameras: { a: 1 }\npipeline: { w: { use: http/front } }\n',
    '2:15+1 cameras.a: 1 is not text. Put it in quotes: "1".',
  ],
  [
    'camd: 1\ncameras: { "a b": x }\npipeline: { w: { use: http/front } }\n',
    '2:12+5 "a b" cannot be a name here: the display names of cameras: each camera id maps to the name that pages, Home Assistant, the log and `camd cameras` show.',
  ],
  ['camd: 1\nplugins: x\npipeline: { w: { use: http/front } }\n', '2:10+1 plugins: "x" is not a list. Write [x].'],
  [
    'camd: 1\nplugins: ["", 5]\npipeline: { w: { use: http/front } }\n',
    '2:11+2 plugins[0] is too short; it must have at least 1 character.',
    '2:15+1 plugins[1]: 5 is not text. Put it in quotes: "5".',
  ],
  ['camd: 1\ncontrol: true\npipeline: { w: { use: http/front } }\n', '2:10+4 control: true is not "false".'],
  [
    'camd: 1\nvars: { a: [1] }\npipeline: { w: { use: http/front, listen: "${var:a}" } }\n',
    '2:12+3 vars.a: a list is not text, a number or true or false. Write 1 without brackets.',
    '3:43+10 The var "a" is not text, a number, true or false.',
  ],
  [
    'camd: 1\nvars: { a: 1, b: 2 }\npipeline: { w: { use: http/front, listen: "127.0.0.1:${var:a}" } }\n',
    '2:15+1 (warning) Nothing uses the var "b".',
    '3:13+1 (warning) No node refers to "w" (http/front): it serves nothing.',
  ],
  [
    'camd: 1\nvars: 5\npipeline: { w: { use: http/front } }\n',
    '2:7+1 vars: 5 is not a map. Write { name: value }, or each "name: value" on a line of its own.',
  ],
  [
    'camd: 1\ncamd: 1\npipeline: { w: { use: http/front } }\n',
    '2:1+4 "camd" exists already; remove or rename one of them. (1:1)',
  ],
  ['5\n', '1:1+1 A profile must be a map with the keys "camd" and "pipeline".'],
  ['x\n', '1:1+1 A profile must be a map with the keys "camd" and "pipeline".'],
  ['', '1:1+1 The profile is empty; "camd new NAME" prints one to start from.'],
];

const env = { MODE: 'sometimes', A: 'nowhere' };

t.test('nodes', async (t) => {
  for (const [text, ...wanted] of NODES) {
    t.same(said(await readText(`camd: 1\npipeline:\n  ${text}\n`, { env })), wanted, text);
  }
});

t.test('whole profiles', async (t) => {
  for (const [text, ...wanted] of WHOLE) t.same(said(await readText(text, { env })), wanted, text);
});
