// The profile that the arguments of a command name: one file or standard input.

import t from 'tap';
import { type Args, type Io, UsageError } from '../../../../core/cli/command.ts';
import { MAX_PROFILE_BYTES } from '../../../../core/profile/source/include.ts';
import { oneProfile, sourceOf } from '../../../../plugins/kit/command/profile-source.ts';

interface Given {
  readonly config?: string;
  readonly files?: readonly string[];
  readonly set?: readonly string[];
}

const args = ({ config, files = [], set = [] }: Given): Args => ({
  positionals: files,
  text: (flag) => (flag === 'config' ? config : undefined),
  texts: (flag) => (flag === 'set' ? set : []),
  on: () => false,
});

const io = (...parts: readonly Buffer[]): Io =>
  ({
    cwd: '/work',
    async *input() {
      yield* parts;
    },
  }) as unknown as Io;

t.test('a command has one profile, in any position', (t) => {
  t.equal(oneProfile('graph', args({ files: ['a.yaml'] })), 'a.yaml');
  t.equal(oneProfile('graph', args({ config: 'b.yaml' })), 'b.yaml');
  t.throws(() => oneProfile('graph', args({})), new UsageError('camd graph: name a profile'));
  for (const two of [{ files: ['a.yaml', 'b.yaml'] }, { files: ['a.yaml'], config: 'b.yaml' }]) {
    t.throws(() => oneProfile('graph', args(two)), new UsageError('camd graph: name only one profile'));
  }
  t.end();
});

t.test('a file is read later, with the values set by the arguments', async (t) => {
  const source = await sourceOf(io(Buffer.from('camd: 1')), args({ set: ['watch=true'] }), 'a.yaml');

  t.strictSame(source, { file: 'a.yaml', overrides: [{ keys: ['watch'], text: 'true', name: '--set watch' }] });
});

t.test('"-" is standard input, read to its end, as a file of the working folder', async (t) => {
  const input = io(Buffer.from('camd: '), Buffer.from('1\n# ü').subarray(0, 5), Buffer.from('ü').subarray(1));

  const { file, overrides, texts } = await sourceOf(input, args({ set: ['watch=true'] }), '-');

  t.equal(file, '/work/<stdin>');
  t.equal(overrides?.length, 1);
  t.strictSame([...(texts ?? [])], [['/work/<stdin>', 'camd: 1\n# ü']]);
});

t.test('standard input of the maximum size is read, and one byte more is refused', async (t) => {
  const half = Buffer.alloc(MAX_PROFILE_BYTES / 2, 'a');

  const { texts } = await sourceOf(io(half, half), args({}), '-');

  t.equal(texts?.get('/work/<stdin>')?.length, MAX_PROFILE_BYTES);
  await t.rejects(
    sourceOf(io(half, half, Buffer.from('a')), args({}), '-'),
    new UsageError('standard input is larger than 4194304 bytes'),
  );
});

t.test('standard input that is not text is a usage error with its line', async (t) => {
  const input = io(Buffer.from('camd: 1\na: '), Buffer.from([0xff]));

  await t.rejects(
    sourceOf(input, args({}), '-'),
    new UsageError('standard input: line 2 is not UTF-8; save the file as UTF-8'),
  );
});
