// Commands that need no profile: help, version, typing mistakes, tokens, fingerprints, starting profiles.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createCatalog } from '../../../core/catalog/create.ts';
import { isParser } from '../../../core/catalog/parsers.ts';
import { commandsOf } from '../../../core/cli/commands.ts';
import { builtins, commands as others } from '../../../plugins/index.ts';

const commands = commandsOf({ commands: others });

import { camd, folderWith } from '../../support/cli.ts';

t.test('--help lists every command with its summary', async (t) => {
  const { code, out, err } = await camd(['--help']);

  t.equal(code, 0);
  t.equal(err, '');
  for (const name of Object.keys(commands)) t.match(out, new RegExp(`^  camd ${name} +\\S`, 'm'), name);
});

t.test('each command explains itself, by --help, -h and "help NAME"', async (t) => {
  for (const name of Object.keys(commands)) {
    const [long, short, word] = [await camd([name, '--help']), await camd([name, '-h']), await camd(['help', name])];

    t.equal(long.code, 0, name);
    t.match(long.out, /^Usage: camd /m, name);
    t.same(short, long, name);
    t.same(word, long, name);
  }
});

t.test('usage lines begin with the command and together name every option', async (t) => {
  for (const [name, load] of Object.entries(commands)) {
    const { usage, options } = (await load()).default;
    for (const form of usage) t.match(form, new RegExp(`^(${name}|--config PROFILE)( |$)`), form);
    for (const flag of Object.keys(options)) {
      // A command that takes a profile as an argument takes it by --config as well.
      const other = flag === 'config' ? /PROFILE/ : new RegExp(`--${flag}\\b`);
      t.match(usage.join('\n'), other, `${name} --${flag}`);
    }
  }
});

t.test('commands of plugins are listed with the plugin that a profile must use, and explain themselves', async (t) => {
  const { out } = await camd(['--help']);
  for (const [name, use] of [
    ['clients', 'registry/sql'],
    ['polkit', 'service/systemd'],
    ['spool', 'store/spool'],
  ]) {
    t.match(out, new RegExp(`^  camd ${name} +\\S.*\\(${use}\\)$`, 'm'));
    const help = await camd([name ?? '', '--help']);
    t.match(help, { code: 0, out: new RegExp(`Usage: camd ${name} .*--config PROFILE.*\\n\\n.* uses ${use}\\.`) });
    t.same(await camd(['help', name ?? '']), help);
  }
});

t.test('every plugin with commands names them in its schema, where the help finds them', async (t) => {
  const catalog = createCatalog(builtins);
  for (const { use } of catalog.entries) {
    const schema = catalog.schema(use);
    if (!schema || isParser(schema)) continue;
    const { commands: brought = {} } = await catalog.node(use);
    t.same(schema.commands ?? [], Object.keys(brought), use);
  }
});

t.test('a command of a plugin says which profile it needs', async (t) => {
  const cwd = folderWith(t, { 'demo.yaml': readFileSync('configs/demo.yaml', 'utf8') });

  t.match(await camd(['clients', 'list'], { cwd }), {
    code: 64,
    err: /^camd clients needs a profile that uses registry\/sql: camd clients … --config PROFILE\n/,
  });
  t.match(await camd(['clients', 'list', '-c', 'demo.yaml'], { cwd }), {
    code: 64,
    err: /^camd clients needs a profile with a node that uses registry\/sql; demo\.yaml has none\n/,
  });
});

t.test('a command that asks a running camd exits 69 when none is running', async (t) => {
  const cwd = folderWith(t, { 'demo.yaml': readFileSync('configs/demo.yaml', 'utf8') });
  const env = { HOME: cwd, XDG_RUNTIME_DIR: cwd };

  for (const argv of [['status'], ['reload'], ['tap', 'gate']]) {
    t.match(await camd(argv, { cwd, env }), { code: 69, err: /^No camd is running here\. Start one: camd --config/ });
    t.match(await camd([...argv, '-c', 'demo.yaml'], { cwd, env }), { code: 69, err: /No camd is running demo\.yaml/ });
    t.match(await camd([...argv, '--socket', 'no.sock'], { cwd, env }), { code: 69, err: /there is no such socket/ });
  }
});

t.test('commands are named in one place like in their own file', async (t) => {
  for (const [name, load] of Object.entries(commands)) t.equal((await load()).default.name, name);
});

t.test('--version prints the version of the package', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

  t.same(await camd(['--version']), { code: 0, out: `camd ${version}\n`, err: '' });
});

t.test('no words at all is a bad command line that shows the help', async (t) => {
  const { code, out, err } = await camd([]);

  t.equal(code, 64);
  t.equal(out, '');
  t.match(err, /Usage:/);
});

t.test('slips of the keyboard exit 64 and are met with a suggestion', async (t) => {
  const slips: readonly (readonly [readonly string[], RegExp])[] = [
    [['validat', 'p.yaml'], /no command "validat"; did you mean "validate"\?/],
    [['validate', '--fromat', 'json', 'p.yaml'], /no option "--fromat"; did you mean "--format"\?/],
    [['validate', '--format', 'jsn', 'p.yaml'], /takes text, json, github, not "jsn"; did you mean "json"\?/],
    [['plugins', 'cache/lattest'], /no plugin "cache\/lattest"; did you mean "cache\/latest"\?/],
    [['help', 'grph'], /no command "grph"; did you mean "graph"\?/],
    [['shop.yaml'], /camd --config shop\.yaml/],
    [['validate'], /name a profile/],
    [['print'], /name a profile/],
    [['print', 'a.yaml', '--config', 'b.yaml'], /name only one profile/],
    [['fingerprint', 'x'], /"x" is one argument too many/],
    [['token'], /an argument is missing/],
    [['validate', '--format'], /Option '--format <value>' argument missing/],
    [['quux'], /no command "quux"\n/],
    [['--confg', 'p.yaml'], /no option "--confg"; did you mean "--config"\?/],
  ];
  for (const [argv, message] of slips) {
    const { code, out, err } = await camd(argv);

    t.equal(code, 64, argv.join(' '));
    t.equal(out, '', argv.join(' '));
    t.match(err, message, argv.join(' '));
    t.match(err, /Try "camd .*--help"/, argv.join(' '));
  }
});

t.test('a token is the hex SHA-256 of the decimal id and the secret', async (t) => {
  const world = { env: { CAMERA_TOKEN_SECRET: 'secret' } };

  // printf 7secret | sha256sum
  const expected = 'd3c07e0ae26c6278db5493c7dc14ed417597ebcb05f03013baf3bd690ea33afa';
  const { code, out } = await camd(['token', '7'], world);

  t.equal(code, 0);
  t.equal(out, `${expected}\n`);
});

t.test('with --hmac a token is the hex HMAC-SHA256 of the id under the secret, and the id may be a name', async (t) => {
  const world = { env: { CAMERA_TOKEN_SECRET: 'abc' } };

  const { code, out } = await camd(['token', '--hmac', 'door'], world);

  t.equal(code, 0);
  // printf door | openssl dgst -sha256 -hmac abc
  t.equal(out, '9226418a1be0bdf423e9132b7579f36110afdfbe5a2c55e9399cd8aa697ac707\n');
  t.equal((await camd(['token', '--hmac', '../door'], world)).code, 64);
});

t.test('a token needs a whole number and a secret from the environment', async (t) => {
  const world = { env: { CAMERA_TOKEN_SECRET: 'secret' } };

  for (const id of ['seven', '07', '1.5', '']) t.equal((await camd(['token', id], world)).code, 64, id);
  const unset = await camd(['token', '7']);

  t.equal(unset.code, 64);
  t.match(unset.err, /CAMERA_TOKEN_SECRET is not set/);
});

t.test('fingerprints are 40 characters and differ', async (t) => {
  const [one, two] = [await camd(['fingerprint']), await camd(['fingerprint'])];

  t.match(one.out, /^[0-9a-f]{40}\n$/);
  t.not(one.out, two.out);
});

t.test('starting profiles are listed, printed and written, and never over a file that exists', async (t) => {
  const cwd = folderWith(t, {});
  const list = await camd(['new']);
  const names = [...list.out.matchAll(/^ {2}(\S+) +\S/gm)].map((match) => match[1] ?? '');

  t.ok(names.includes('demo'), 'the demo is among them');
  for (const name of names) {
    const printed = await camd(['new', name]);
    t.equal(printed.code, 0, name);
    t.match(printed.out, /^# yaml-language-server: \$schema=\/.*profile\.schema\.json\n#/, name);
    t.match(printed.out, /^camd: 1/m, name);
  }

  const written = await camd(['new', 'demo', '--output', 'shop.yaml'], { cwd });
  const again = await camd(['new', 'demo', '-o', 'shop.yaml'], { cwd });

  t.equal(written.code, 0);
  t.equal(readFileSync(join(cwd, 'shop.yaml'), 'utf8'), (await camd(['new', 'demo'])).out);
  t.equal(again.code, 64);
  t.match(again.err, /shop\.yaml exists already/);
});

t.test('an unknown starting profile is met with those that there are', async (t) => {
  const { code, err } = await camd(['new', 'dmo']);

  t.equal(code, 64);
  t.match(err, /did you mean "demo"\?/);
  t.match(err, /There are: .*demo/);
});
