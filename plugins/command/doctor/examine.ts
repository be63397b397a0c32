// All checks of the doctor: those of the machine, of the profile, and of its plugins.

import { resolve } from 'node:path';
import { installProgram } from '../../../core/base/debian-packages.ts';
import { findProgram } from '../../../core/base/find-program.ts';
import type { Io } from '../../../core/cli/command.ts';
import { type ProfileSource, read } from '../../../core/cli/reading.ts';
import { type Problem, placeText } from '../../../core/contract/problems.ts';
import { examineNodes } from '../../../core/profile/check/examine.ts';
import type { Profile, Reading } from '../../../core/profile/profile.ts';
import { stateFolder } from '../../../core/service/state-folder.ts';
import { examineAddresses } from '../../kit/doctor/addresses.ts';
import { about, type Check } from '../../kit/doctor/check.ts';
import { examineMachine } from '../../kit/doctor/machine.ts';
import { examineFolder } from '../../kit/examine/folder.ts';
import { examineControl } from './control.ts';

/** Milliseconds in which plugins may inspect devices. */
const INSPECT_MS = 20_000;

export interface Diagnosis {
  readonly checks: readonly Check[];
  /** True if the profile has errors, so that its nodes were not examined. */
  readonly invalid: boolean;
}

export async function examine(io: Io, source: ProfileSource | undefined, signal: AbortSignal): Promise<Diagnosis> {
  const machine = examineMachine(source?.file, signal);
  if (source === undefined) return { checks: [...(await machine), ...programs(io.env.PATH)], invalid: false };
  const inspect = AbortSignal.any([signal, AbortSignal.timeout(INSPECT_MS)]);
  const reading = await read(io, source, { inspect });
  const { profile } = reading;
  const found = profile ? await examineProfile(io, profile, reading, signal) : [];
  const own = reading.problems
    .map((problem) => fromProblem(problem, io.cwd))
    .filter(({ message }) => !found.some((check) => message.includes(check.message)));
  return { checks: [...(await machine), ...own, ...found], invalid: profile === undefined };
}

async function examineProfile(io: Io, profile: Profile, { catalog }: Reading, signal: AbortSignal): Promise<Check[]> {
  const nodes = examineNodes(profile, catalog, { signal });
  const { observations, running } = await examineControl(profile, io.env);
  const addresses = await examineAddresses(claimsOf(profile), running);
  const state = [...examineFolder({ option: 'state', path: stateFolder(io.env, resolve(io.cwd, profile.file)) })];
  return [
    ...[...observations, ...state].map(about('profile')),
    ...addresses,
    ...(await nodes).map(({ node, ...observation }) => ({ subject: node.id, ...observation })),
  ];
}

const claimsOf = ({ nodes }: Profile) =>
  [...nodes.values()].flatMap(({ id, claims }) => claims.map(({ kind, name }) => ({ node: id, kind, name })));

/** Missing parts of this machine are errors here: the doctor assumes that the machine will run the profile. */
function fromProblem({ code, severity, message, place, fix }: Problem, cwd: string): Check {
  return {
    subject: 'profile',
    is: severity === 'error' || code === 'not-here' ? 'wrong' : 'warning',
    code,
    message,
    place: placeText({
      ...place,
      file: place.file.startsWith(`${cwd}/`) ? place.file.slice(cwd.length + 1) : place.file,
    }),
    ...(fix === undefined ? {} : { fix }),
  };
}

/** Programs that profiles commonly need; without a profile a missing one is no error. */
function programs(path: string | undefined): Check[] {
  return ['ffmpeg', 'v4l2-ctl', 'rpicam-hello'].map((name) => {
    const found = findProgram(name, path);
    const fix = installProgram(name);
    return {
      subject: 'machine',
      is: 'fine',
      code: 'program',
      message:
        found === undefined ? `${name} is not installed; some plugins need it.` : `${name} is installed (${found}).`,
      ...(found !== undefined || fix === undefined ? {} : { fix }),
    };
  });
}
