// Every finding about a profile, at its place and in its words: what is wrong, and what to write instead.

import t from 'tap';
import { readText } from '../../../support/reading.ts';

/** A text, and "line:column+length message (line:column of the other place)" for each finding. */
type Row = readonly [text: string, ...said: string[]];

/** Nodes of a profile, the first on its third line behind two spaces. */
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

const ENV = { MODE: 'sometimes', A: 'nowhere' };

async function said(text: string): Promise<string[]> {
  const { problems } = await readText(text, { env: ENV });
  return problems.map(({ place, message, severity, related }) => {
    const also = related ? ` (${related.line}:${related.column})` : '';
    return `${place.line}:${place.column}+${place.length} ${severity === 'error' ? '' : '(warning) '}${message}${also}`;
  });
}

t.test('nodes', async (t) => {
  for (const [text, ...wanted] of NODES) t.same(await said(`camd: 1\npipeline:\n  ${text}\n`), wanted, text);
});

t.test('whole profiles', async (t) => {
  for (const [text, ...wanted] of WHOLE) t.same(await said(text), wanted, text);
});
