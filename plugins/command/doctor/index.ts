// `camd doctor [PROFILE]`: reports what is wrong on this machine for this profile, each with the command that fixes it.

import { ownPackage } from '../../../core/base/package.ts';
import { type Command, EXIT, UsageError } from '../../../core/cli/command.ts';
import { CONFIG, SET } from '../../../core/cli/reading.ts';
import { sourceOf } from '../../kit/command/profile-source.ts';
import { userName } from '../../kit/examine/folder.ts';
import { examine } from './examine.ts';
import { countOf, type Report, reportJson, reportText } from './report.ts';

const FORMATS = ['text', 'json'] as const;

const doctor: Command = {
  name: 'doctor',
  summary: 'Report what is wrong on this machine for a profile, with the commands that fix it',
  usage: ['doctor [--format text|json] [--quiet] [--set PATH=VALUE]... [PROFILE]'],
  details:
    'It checks programs, packages, permissions, ports, disks, clock and kernel settings, and connects to the servers and cameras of\nthe profile. Run it as the user who runs camd. It starts no node, changes nothing, and sends credentials only to the server that\nthey are for. Without a PROFILE it checks only the machine.\nExit codes: 0 nothing is wrong (there may be warnings); 71 something is wrong; 78 the profile is invalid.',
  options: {
    format: { type: 'string', choices: FORMATS, default: 'text', description: 'text for people, json for programs' },
    quiet: { type: 'boolean', short: 'q', description: 'print only errors and warnings' },
    set: SET,
    config: { ...CONFIG, description: 'the profile; the same as the PROFILE argument' },
  },
  words: { least: 0, most: 1 },

  async run(io, args) {
    const [file, ...others] = [args.text('config'), ...args.positionals].filter((name) => name !== undefined);
    if (others.length > 0) throw new UsageError('camd doctor: name only one profile');
    const source = file === undefined ? undefined : await sourceOf(io, args, file);
    const control = new AbortController();
    const releases = (['SIGINT', 'SIGTERM'] as const).map((signal) => io.onSignal(signal, () => control.abort()));
    try {
      const { checks, invalid } = await examine(io, source, control.signal);
      const report: Report = { version: ownPackage().version, user: userName(), profile: file, checks };
      io.out(args.text('format') === 'json' ? reportJson(report) : reportText(report, io.tty.out, args.on('quiet')));
      if (invalid) return EXIT.profile;
      return countOf(checks, 'wrong') > 0 ? EXIT.machine : EXIT.ok;
    } finally {
      for (const release of releases) release();
    }
  },
};

export default doctor;
