// `camd new NAME`: writes a commented starting profile, copied from the templates in configs/.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ownPackage } from '../../core/base/package.ts';
import { columns } from '../../core/cli/columns.ts';
import { type Command, EXIT, type Io, UsageError } from '../../core/cli/command.ts';
import { didYouMean } from '../../core/cli/suggest.ts';
import { sentence } from '../../core/contract/problems.ts';

const MODELINE = /^# yaml-language-server:.*\n/;

const make: Command = {
  name: 'new',
  summary: 'Print a commented profile to start from',
  usage: ['new', 'new NAME [--output FILE]'],
  details: 'Without a name, it lists the starting profiles. It never overwrites an existing file.',
  options: {
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      description: 'write the profile to FILE instead of printing it',
    },
  },
  words: { least: 0, most: 1 },

  async run(io, args) {
    const folder = join(ownPackage().folder, 'configs');
    const names = templates(folder);
    const [name] = args.positionals;
    if (name === undefined) {
      const rows = names.map((each) => [`  ${each}`, summaryOf(readFileSync(join(folder, `${each}.yaml`), 'utf8'))]);
      io.out(`Starting profiles for camd new NAME:\n${columns(rows)}\n`);
      return EXIT.ok;
    }
    if (!names.includes(name)) {
      throw new UsageError(
        `There is no starting profile "${name}"${didYouMean(name, names)}\nThere are: ${names.join(', ')}`,
      );
    }
    const text = readFileSync(join(folder, `${name}.yaml`), 'utf8').replace(MODELINE, modeline());
    const output = args.text('output');
    if (output === undefined) io.out(text);
    else return write(io, output, text);
    return EXIT.ok;
  },
};

export default make;

/** Complete profiles, by name. */
function templates(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('.test.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .filter((name) => !/^include:/m.test(readFileSync(join(folder, `${name}.yaml`), 'utf8')))
    .sort();
}

/** The first comment of a profile, which describes it to users. */
function summaryOf(text: string): string {
  return /^# (.*)$/m.exec(text.replace(MODELINE, ''))?.[1] ?? '';
}

/** Path of this installation's schema, for editors. */
const modeline = () => `# yaml-language-server: $schema=${join(ownPackage().folder, 'schemas/profile.schema.json')}\n`;

function write(io: Io, output: string, text: string): number {
  try {
    writeFileSync(resolve(io.cwd, output), text, { flag: 'wx' });
  } catch (thrown) {
    const exists = thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST';
    io.err(`${exists ? `${output} exists already; choose another name.` : sentence(thrown)}\n`);
    return exists ? EXIT.usage : EXIT.crashed;
  }
  io.out(`${output} written. Next: camd validate ${output}, then camd --config ${output}\n`);
  return EXIT.ok;
}
