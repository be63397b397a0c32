// The polkit rule that allows camd's user to stop and start one unit only (polkit(8), org.freedesktop.systemd1.manage-units).

export function polkitRule(unit: string, user: string): string[] {
  return [
    `// ${unit}: camd stops it for a picture and starts it again.`,
    'polkit.addRule(function (action, subject) {',
    "  if (action.id !== 'org.freedesktop.systemd1.manage-units') return polkit.Result.NOT_HANDLED;",
    `  if (action.lookup('unit') !== ${JSON.stringify(unit)}) return polkit.Result.NOT_HANDLED;`,
    "  var verb = action.lookup('verb');",
    "  if (verb !== 'stop' && verb !== 'start') return polkit.Result.NOT_HANDLED;",
    `  return subject.user === ${JSON.stringify(user)} ? polkit.Result.YES : polkit.Result.NOT_HANDLED;`,
    '});',
    '',
  ];
}
