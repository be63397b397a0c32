// Edits of a fuzzed profile: options, renames, routes, ports, pass-through nodes, camera ids, auth, kinds, includes, and wrong ones.

import {
  FIXED,
  idsOf,
  type Model,
  type Options,
  PICTURE,
  type Ports,
  referredBy,
  renamedReferences,
  useOf,
} from './model.ts';

export type Pick = (below: number) => number;

export interface Edited {
  readonly model: Model;
  readonly name: string;
  /** The reload must be refused, and the model before it stays. */
  readonly refused: boolean;
}

type Edit = (model: Model, pick: Pick, ports: Ports) => Model | undefined;

/** Children of one sequence. */
const MOST_PROGRAMS = 3;

const FRAMES = ['source/test-pattern', 'source/exec', 'cache/latest', 'transform/exif', 'source/http', 'store/disk'];
const STILLS = ['cache/latest', 'store/disk'];

const some = <T>(list: readonly T[], pick: Pick): T | undefined => list[pick(list.length)];
const changeable = (model: Model): string[] => [...model.nodes.keys()].filter((id) => !FIXED.has(id));
const withNode = (model: Model, id: string, options: Options): Model => ({
  ...model,
  nodes: new Map([...model.nodes, [id, options]]),
});
const freeId = (model: Model, stem: string, pick: Pick): string => {
  for (;;) {
    const id = `${stem}-${pick(1000)}`;
    if (!model.nodes.has(id)) return id;
  }
};

const addSource: Edit = (model, pick) =>
  withNode(model, freeId(model, 'cam', pick), {
    use: 'source/test-pattern',
    fps: 1 + pick(8),
    size: '64x48',
    mode: some(['always', 'on_demand'], pick),
  });

/** Consumers that an edit adds late must get a picture, too. */
const SEND_AGAIN_AND_AGAIN =
  'open my $file, "<", shift or exit 1; local $/; $| = 1; my $picture = <$file>; while () { print $picture; select undef, undef, undef, 0.5 }';

/** A child process that sends its picture twice a second. */
const addProgram: Edit = (model, pick) => {
  const programs = idsOf(model, 'source/exec').length;
  return programs >= MOST_PROGRAMS
    ? undefined
    : withNode(model, freeId(model, 'program', pick), {
        use: 'source/exec',
        command: ['perl', '-e', SEND_AGAIN_AND_AGAIN, PICTURE],
        cwd: '.',
        timeout: '1h',
      });
};

const addCache: Edit = (model, pick) => {
  const sources = idsOf(model, ...FRAMES).filter((id) => id !== 'archive' && id !== 'ingest');
  const from = [some(sources, pick), some(sources, pick)].filter(
    (id, at, all) => id !== undefined && all.indexOf(id) === at,
  );
  return withNode(model, freeId(model, 'cache', pick), { use: 'cache/latest', from });
};

const addServer: Edit = (model, pick, ports) => {
  const taken = new Set([...model.nodes.values()].map(({ listen }) => String(listen)));
  const port = ports.others.find((one) => !taken.has(`127.0.0.1:${one}`) && !taken.has(`:${one}`));
  return port === undefined
    ? undefined
    : withNode(model, freeId(model, 'web', pick), { use: 'http/server', listen: `127.0.0.1:${port}` });
};

const pathsOf = (model: Model): ReadonlySet<unknown> => new Set([...model.nodes.values()].map(({ path }) => path));

const addRoute: Edit = (model, pick) => {
  const on = some(idsOf(model, 'http/server'), pick);
  const from = some(idsOf(model, ...STILLS), pick);
  const use = some(['http/snapshot', 'http/stream', 'http/viewer', 'http/health'], pick);
  const id = freeId(model, 'route', pick);
  if (on === undefined || from === undefined || use === undefined) return undefined;
  if (use === 'http/health')
    return idsOf(model, 'http/health').length > 0 ? undefined : withNode(model, id, { use, on });
  const path = use === 'http/viewer' ? `/${id}` : `/{camera}/${id}`;
  // A route that was renamed kept its path.
  return pathsOf(model).has(path) ? undefined : withNode(model, id, { use, on, from, path });
};

/** Between a node and one of its consumers. */
const insertPass: Edit = (model, pick) => {
  const consumers = [...model.nodes].filter(([id, { from }]) => typeof from === 'string' && id !== 'archive');
  const [id, options] = some(consumers, pick) ?? [];
  if (id === undefined || options === undefined) return undefined;
  const use =
    useOf(model, id) === 'cache/latest' || useOf(model, id) === 'transform/exif'
      ? some(['transform/exif', 'cache/latest'], pick)
      : 'cache/latest';
  const pass = freeId(model, 'pass', pick);
  const next = withNode(
    model,
    pass,
    use === 'transform/exif' ? { use, from: options.from, software: `s${pick(9)}` } : { use, from: options.from },
  );
  return withNode(next, id, { ...options, from: pass });
};

const removePass: Edit = (model, pick) => {
  const passes = idsOf(model, 'transform/exif', 'cache/latest').filter(
    (id) => !FIXED.has(id) && typeof model.nodes.get(id)?.from === 'string',
  );
  const id = some(passes, pick);
  if (id === undefined) return undefined;
  const source = String(model.nodes.get(id)?.from);
  const consumers = referredBy(model, id);
  // Snapshots and streams need a cache or a store before them.
  if (consumers.some((one) => useOf(model, one).startsWith('http/')) && !STILLS.includes(useOf(model, source)))
    return undefined;
  const nodes = [...model.nodes]
    .filter(([one]) => one !== id)
    .map(([one, options]): [string, Options] => [one, renamedReferences(options, id, source)]);
  return { ...model, nodes: new Map(nodes) };
};

const removeLeaf: Edit = (model, pick) => {
  const id = some(
    changeable(model).filter((one) => one !== 'keep' && referredBy(model, one).length === 0),
    pick,
  );
  return id === undefined ? undefined : { ...model, nodes: new Map([...model.nodes].filter(([one]) => one !== id)) };
};

const rename: Edit = (model, pick) => {
  const id = some(changeable(model), pick);
  if (id === undefined) return undefined;
  const next = freeId(model, id.split('-')[0] ?? 'node', pick);
  const nodes = [...model.nodes].map(([one, options]): [string, Options] => [
    one === id ? next : one,
    renamedReferences(options, id, next),
  ]);
  return { nodes: new Map(nodes), included: new Set([...model.included].map((one) => (one === id ? next : one))) };
};

const changeOption: Edit = (model, pick) => {
  const id = some(changeable(model), pick);
  const options = model.nodes.get(id ?? '');
  if (id === undefined || options === undefined) return undefined;
  const change: Record<string, Options> = {
    'source/test-pattern': { fps: 1 + pick(9) },
    'source/exec': { skip: 0, grace: `${1 + pick(3)}s` },
    'cache/latest': { stale_after: `${5 + pick(90)}s` },
    'transform/exif': { software: `s${pick(99)}` },
    'http/snapshot': { offline: some(['last', 'unavailable'], pick) },
    'http/stream': { max_viewers: 10 + pick(50) },
    'http/server': { max_connections: 100 + pick(500) },
  };
  const found = change[String(options.use)];
  return found && withNode(model, id, { ...options, ...found });
};

const moveRoute: Edit = (model, pick) => {
  const id = some(
    idsOf(model, 'http/snapshot', 'http/stream').filter((one) => !FIXED.has(one)),
    pick,
  );
  const options = model.nodes.get(id ?? '');
  const on = some(idsOf(model, 'http/server'), pick);
  if (id === undefined || options === undefined || on === undefined) return undefined;
  const path = `/{camera}/moved-${pick(100)}`;
  return pathsOf(model).has(path) ? undefined : withNode(model, id, { ...options, on, path });
};

const movePort: Edit = (model, pick, ports) => {
  const id = some(
    idsOf(model, 'http/server').filter((one) => !FIXED.has(one)),
    pick,
  );
  const taken = new Set([...model.nodes.values()].map(({ listen }) => String(listen)));
  const port = ports.others.find((one) => !taken.has(`127.0.0.1:${one}`));
  return id === undefined || port === undefined
    ? undefined
    : withNode(model, id, { ...model.nodes.get(id), listen: `127.0.0.1:${port}` });
};

const swapPorts: Edit = (model) => {
  const [a, b] = idsOf(model, 'http/server').filter((one) => !FIXED.has(one));
  if (a === undefined || b === undefined) return undefined;
  const listen = (id: string) => model.nodes.get(id)?.listen;
  return withNode(withNode(model, a, { ...model.nodes.get(a), listen: listen(b) }), b, {
    ...model.nodes.get(b),
    listen: listen(a),
  });
};

const changeCamera: Edit = (model, pick) => {
  const id = some(
    idsOf(model, 'source/test-pattern', 'source/exec').filter((one) => !FIXED.has(one)),
    pick,
  );
  return id === undefined
    ? undefined
    : withNode(model, id, { ...model.nodes.get(id), camera: `view-${id}-${pick(5)}` });
};

const changeAuth: Edit = (model, pick) => {
  const id = some(
    idsOf(model, 'http/server').filter((one) => !FIXED.has(one)),
    pick,
  );
  if (id === undefined) return undefined;
  const { auth, ...rest } = model.nodes.get(id) ?? {};
  return withNode(
    model,
    id,
    auth === undefined ? { ...rest, auth: { bearer: { tokens: ['a-token-of-a-test'] } } } : rest,
  );
};

const changeKind: Edit = (model, pick) => {
  const id = some(
    idsOf(model, 'http/snapshot', 'http/stream').filter((one) => !FIXED.has(one)),
    pick,
  );
  if (id === undefined) return undefined;
  const { on, from, path } = model.nodes.get(id) ?? {};
  return withNode(model, id, {
    use: useOf(model, id) === 'http/snapshot' ? 'http/stream' : 'http/snapshot',
    on,
    from,
    path,
  });
};

const moveToInclude: Edit = (model, pick) => {
  const id = some(changeable(model), pick);
  if (id === undefined) return undefined;
  const included = new Set(model.included);
  if (!included.delete(id)) included.add(id);
  return { ...model, included };
};

const EDITS: Readonly<Record<string, Edit>> = {
  addSource,
  addProgram,
  addCache,
  addServer,
  addRoute,
  insertPass,
  removePass,
  removeLeaf,
  rename,
  changeOption,
  moveRoute,
  movePort,
  swapPorts,
  changeCamera,
  changeAuth,
  changeKind,
  moveToInclude,
};

/** Wrong on purpose: the profile is invalid, or a node cannot start. */
const WRONG: Readonly<Record<string, Edit>> = {
  unknownOption: (model, pick) =>
    withNode(model, freeId(model, 'bad', pick), { use: 'cache/latest', from: 'gate', nonsense: 1 }),
  unknownNode: (model, pick) => withNode(model, freeId(model, 'bad', pick), { use: 'cache/latest', from: 'nobody' }),
  cycle: (model, pick) => {
    const id = freeId(model, 'bad', pick);
    return withNode(model, id, { use: 'cache/latest', from: id });
  },
  occupiedPort: (model, pick, ports) =>
    withNode(model, freeId(model, 'bad', pick), { use: 'http/server', listen: `127.0.0.1:${ports.occupied}` }),
};

/** One to four edits at once; one in six sequences of them ends with a wrong one. */
export function edit(model: Model, pick: Pick, ports: Ports, most = 30): Edited {
  const names: string[] = [];
  let next = model;
  for (let count = 1 + pick(4); count > 0; ) {
    const name = some(Object.keys(EDITS), pick) ?? 'addSource';
    const changed = next.nodes.size >= most && name.startsWith('add') ? undefined : EDITS[name]?.(next, pick, ports);
    if (!changed) continue;
    next = changed;
    names.push(name);
    count--;
  }
  if (pick(6) > 0) return { model: next, name: names.join(' + '), refused: false };
  const name = some(Object.keys(WRONG), pick) ?? 'cycle';
  return { model: WRONG[name]?.(next, pick, ports) ?? next, name: [...names, name].join(' + '), refused: true };
}
