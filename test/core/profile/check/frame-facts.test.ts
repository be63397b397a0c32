// Which cameras' frames come to a node and how far apart, and sources that send frames of the same camera to one node.

import t from 'tap';
import type { FrameFacts } from '../../../../core/contract/check.ts';
import { joinFacts, sharedCameras } from '../../../../core/profile/check/frame-facts.ts';
import { checkedNodes, type NodeParts, problemTexts } from '../../../support/checked-node.ts';

const facts = (cameras: readonly string[] | undefined, interval?: number): FrameFacts => ({ cameras, interval });

t.test('several inputs give all cameras, each once, and the longest interval', (t) => {
  t.same(joinFacts([]), facts(undefined));
  t.same(joinFacts([facts(['a', 'b'], 5)]), facts(['a', 'b'], 5));
  t.same(joinFacts([facts(['a', 'b'], 5), facts(['b', 'c'], 7)]), facts(['a', 'b', 'c'], 7));
  t.same(joinFacts([facts(['a'], 9), facts(['b'])]), facts(['a', 'b'], 9));
  t.same(joinFacts([facts(['a']), facts(['b'])]), facts(['a', 'b']));
  t.same(joinFacts([facts(['a'], 1), facts(undefined, 2)]), facts(undefined, 2));
  t.same(joinFacts([facts([], 0), facts([])]), facts([], 0));
  t.end();
});

/** The problems when each source sends these cameras; only sources are requested. */
function shared(parts: Readonly<Record<string, NodeParts>>, cameras: Readonly<Record<string, readonly string[]>>) {
  const requested = new Set<string>();
  const problems = sharedCameras(checkedNodes(parts), (id) => {
    requested.add(id);
    return facts(cameras[id]);
  });
  return { texts: problemTexts(problems), requested: [...requested].sort(), problems };
}

const mixed = (second: string, first: string, camera: string, node: string): string =>
  `"${second}" and "${first}" both send frames of the camera "${camera}", and "${node}" gets them mixed; give one of them another "camera".`;

t.test('two sources of one camera that meet are reported once, at the second one', (t) => {
  const { texts, problems, requested } = shared(
    { a: {}, b: {}, c: {}, page: { from: ['a', 'b', 'c'] }, other: { from: ['b', 'a'] } },
    { a: ['door', 'gate'], b: ['gate', 'door'], c: ['yard'] },
  );

  t.same(texts, [`2:3 ${mixed('b', 'a', 'gate', 'page')} (1)`, `1:3 ${mixed('a', 'b', 'door', 'other')} (2)`]);
  t.match(problems[0], { code: 'advice', severity: 'warning', place: { file: '/p/main.yaml' } });
  t.same(requested, ['a', 'b', 'c']);
  t.end();
});

t.test('for each of three sources of one camera, the one before it is reported', (t) => {
  const { texts } = shared({ a: {}, b: {}, c: {}, page: { from: ['a', 'b', 'c'] } }, { a: ['x'], b: ['x'], c: ['x'] });

  t.same(texts, [`2:3 ${mixed('b', 'a', 'x', 'page')} (1)`, `3:3 ${mixed('c', 'b', 'x', 'page')} (2)`]);
  t.end();
});

t.test('sources meet behind other nodes too, where the node has several inputs of frames', (t) => {
  const cameras = { a: ['x'], b: ['x'] };
  const through = { a: {}, b: {}, one: { from: ['a'] }, two: { from: ['b'] } };

  t.same(shared({ ...through, page: { from: ['one', 'two'] } }, cameras).texts, [
    `2:3 ${mixed('b', 'a', 'x', 'page')} (1)`,
  ]);
  t.same(shared({ ...through, page: { from: ['one'] } }, cameras).texts, []);
  t.same(shared({ a: {}, one: { from: ['a'] }, page: { from: ['one', 'a'] } }, cameras).texts, [], 'one source twice');
  const known = { option: 'only', to: ['a', 'b'], ports: [], delivery: undefined, places: [] };
  t.same(shared({ a: {}, b: {}, page: { references: [known] } }, cameras).texts, [], 'it takes no frames of them');
  t.end();
});

t.test('nodes in a cycle, and nodes that are not there', (t) => {
  const cycle = { a: {}, one: { from: ['two', 'a'] }, two: { from: ['one', 'a'] } };

  t.same(shared(cycle, { a: ['x'] }).texts, []);
  t.same(shared({ a: {}, page: { from: ['a', 'gone'] } }, { a: ['x'], gone: ['x'] }).texts, []);
  t.end();
});
