// A fake systemctl on the PATH: units as files in a folder, with configurable faults, and a log of all calls.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Ending } from './harness.ts';

export type UnitFault =
  /** The stop never ends. */
  | 'slow-stop'
  /** A start fails; the unit stays down. */
  | 'fail-start'
  /** It starts and is down a moment later. */
  | 'dies'
  | 'denied'
  | 'masked';

export interface FakeSystemctl {
  readonly folder: string;
  /** "stop camera.service", "start camera.service", … in order, without queries of the state. */
  calls(): string[];
  /** "active", "inactive" or "failed"; undefined for a unit that does not exist. */
  state(unit: string): string | undefined;
  set(unit: string, state: 'active' | 'inactive' | 'failed'): void;
  fault(unit: string, fault: UnitFault, on: boolean): void;
  /** Its processes that are still running. */
  running(): string[];
}

const SCRIPT = `#!/bin/sh
here=\${0%/*}
verb= unit=
for word in "$@"; do
  case "$word" in
    --) ;;
    -*) ;;
    show|stop|start) [ -z "$verb" ] && verb=$word || unit=$word ;;
    *) unit=$word ;;
  esac
done
u="$here/units/$unit"
fault() { [ -e "$u.$1" ]; }
if [ "$verb" = show ]; then
  if [ ! -e "$u" ]; then printf 'LoadState=not-found\\nActiveState=inactive\\nSubState=dead\\nResult=success\\n'; exit 0; fi
  load=loaded; fault masked && load=masked
  read -r state < "$u"
  printf 'LoadState=%s\\nActiveState=%s\\nSubState=x\\nResult=success\\n' "$load" "$state"
  exit 0
fi
echo "$verb $unit" >> "$here/calls"
if [ ! -e "$u" ]; then echo "Failed to $verb $unit: Unit $unit not loaded." >&2; exit 5; fi
if fault denied; then echo "Failed to $verb $unit: Access denied" >&2; exit 4; fi
if [ "$verb" = stop ]; then
  if fault slow-stop; then exec sleep 1000; fi
  printf inactive > "$u"
else
  if fault masked; then echo "Failed to start $unit: Unit $unit is masked." >&2; exit 1; fi
  if fault fail-start; then printf failed > "$u"; echo "Job for $unit failed because the control process exited with error code." >&2; exit 1; fi
  if fault dies; then printf failed > "$u"; else printf active > "$u"; fi
fi
`;

/** Puts it first on the PATH of this process until the end of the test. */
export function fakeSystemctl(t: Ending, units: Readonly<Record<string, 'active' | 'inactive'>>): FakeSystemctl {
  const folder = mkdtempSync(join(tmpdir(), 'camd-systemctl-'));
  const before = process.env.PATH ?? '';
  writeFileSync(join(folder, 'systemctl'), SCRIPT);
  chmodSync(join(folder, 'systemctl'), 0o755);
  mkdirSync(join(folder, 'units'));
  process.env.PATH = `${folder}${delimiter}${before}`;
  t.teardown(async () => {
    process.env.PATH = before;
    rmSync(folder, { recursive: true, force: true });
  });
  const path = (unit: string): string => join(folder, 'units', unit);
  const fake: FakeSystemctl = {
    folder,
    calls: () =>
      existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n') : [],
    state: (unit) => (existsSync(path(unit)) ? readFileSync(path(unit), 'utf8') : undefined),
    set: (unit, state) => writeFileSync(path(unit), state),
    fault(unit, fault, on) {
      if (on) writeFileSync(`${path(unit)}.${fault}`, '');
      else rmSync(`${path(unit)}.${fault}`, { force: true });
    },
    running: () =>
      readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(join(folder, 'systemctl'))),
  };
  for (const [unit, state] of Object.entries(units)) fake.set(unit, state);
  return fake;
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has ended in the meantime.
    return '';
  }
}
