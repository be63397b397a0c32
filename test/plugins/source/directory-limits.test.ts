// Every limit of source/directory is reached.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Entry, type Files, MAX_DEPTH, openFiles } from '../../../plugins/source/directory/files.ts';
import { createQueue, MAX_WAITING } from '../../../plugins/source/directory/queue.ts';
import { MAX_LISTED, scan } from '../../../plugins/source/directory/scan.ts';
import { MAX_TAKEN, openTaken, takenInMemory } from '../../../plugins/source/directory/taken.ts';
import { MAX_WATCHED, watchFolders } from '../../../plugins/source/directory/watch.ts';

const version = (mtime: number) => ({ id: String(mtime), mtime, size: 1 });
const NO_WATCH = { size: 0, add() {}, keep() {}, close() {} };

t.test('a queue holds ten thousand files, the oldest first; a camera on hold waits', (t) => {
  const queue = createQueue();
  const put = (number: number, camera = 'a') =>
    queue.put({ path: `${number}.jpg`, camera, version: version(-number), dueAt: 5, since: 0 });
  for (let number = 0; number < MAX_WAITING; number++) put(number);

  t.notOk(put(MAX_WAITING));
  t.ok(put(1), 'a file already in the queue is put again');
  t.equal(queue.next(4), undefined);
  t.equal(queue.dueAt(), 5);
  t.equal(queue.next(5)?.path, `${MAX_WAITING - 1}.jpg`);
  queue.hold('a', 100);
  t.equal(queue.next(5), undefined);
  t.equal(queue.next(100)?.path, `${MAX_WAITING - 1}.jpg`);
  queue.keep(new Set(['3.jpg']));
  t.equal(queue.size, 1);
  t.end();
});

t.test('a hundred thousand files are remembered, and the log is rewritten without deleted files', async (t) => {
  const memory = takenInMemory();
  for (let number = 0; number < MAX_TAKEN; number++) await memory.add(String(number), 'x');
  t.notOk(memory.hasRoom);
  t.ok(memory.knows('5'), 'not every file is checked in every scan');
  await memory.keep(new Set(['1']));
  t.ok(memory.hasRoom);

  const file = join(t.testdir({}), 'a', 'b.taken');
  const taken = await openTaken(file);
  for (let number = 0; number < 1500; number++) await taken.add(`${number}%\n.jpg`, 'id');
  await taken.keep(new Set(['7%\n.jpg']));
  await taken.close();
  t.equal(readFileSync(file, 'utf8'), 'id\t7%25%0A.jpg\n');
  const again = await openTaken(file);
  t.ok(again.has('7%\n.jpg', 'id'));
  t.notOk(again.has('7%\n.jpg', 'other'));
  await again.close();
});

t.test('a scan lists two hundred thousand files, and folders eight levels deep', async (t) => {
  const endless: Files = {
    async *list(): AsyncIterable<Entry> {
      for (let number = 0; ; number++) yield { path: `${number}.jpg`, is: 'picture' };
    },
    isFolder: async () => true,
    version: async () => undefined,
    read: async () => undefined,
    remove: async () => false,
    removeEmpty: async () => {},
  };
  const skip = (): boolean => true;
  const found = await scan({ files: endless, watch: NO_WATCH, folder: '', consider: async () => {}, skip });
  t.equal(found.isWhole, false);
  t.equal(found.pictures.size, MAX_LISTED - 1);

  const root = t.testdir({});
  const deep = Array.from({ length: MAX_DEPTH + 1 }, (_, level) => String(level));
  mkdirSync(join(root, ...deep), { recursive: true });
  writeFileSync(join(root, ...deep, 'x.jpg'), 'x');
  writeFileSync(join(root, ...deep.slice(0, -1), 'y.jpg'), 'y');
  const files = await openFiles(root);
  const pictures = await scan({ files, watch: NO_WATCH, folder: '', consider: async () => {} });
  t.same([...pictures.pictures], [`${deep.slice(0, -1).join('/')}/y.jpg`]);
});

t.test('1024 folders are watched', (t) => {
  const root = t.testdir({});
  const wrong: string[] = [];
  const watch = watchFolders(
    root,
    () => {},
    (folder) => void wrong.push(folder),
  );
  for (let number = 0; number <= MAX_WATCHED; number++) mkdirSync(join(root, String(number)));
  for (let number = 0; number <= MAX_WATCHED; number++) watch.add(String(number));
  t.equal(watch.size, MAX_WATCHED);
  t.same(wrong, []);
  watch.keep(new Set(['7']));
  t.equal(watch.size, 1);
  watch.add('missing');
  t.same(wrong, ['missing']);
  watch.close();
  t.end();
});
