// Which cameras' frames come to a node and how far apart, and sources that send frames of the same camera to one node.

import t from 'tap';
import type { FrameFacts } from '../../../../core/contract/check.ts';
import { joinFacts, sharedCameras } from '../../../../core/profile/check/frame-facts.ts';
import { checkedNodes, type NodeParts, told } from '../../../support/checked-node.ts';

const facts = (cameras: readonly string[] | undefined, interval?: number): FrameFacts => ({ cameras, interval });

t.test('of several inputs all cameras are told, each once, and the longest interval', (t) => {
  t.same(joinFacts([]), facts(undefined));
  t.same(joinFacts([facts(['a', 'b'], 5)]), facts(['a', 'b'], 5));
  t.same(joinFacts([facts(['a', 'b'], 5), facts(['b', 'c'], 7)]), facts(['a', 'b', 'c'], 7));
  t.same(joinFacts([facts(['a'], 9), facts(['b'])]), facts(['a', 'b'], 9));
  t.same(joinFacts([facts(['a']), facts(['b'])]), facts(['a', 'b']));
  t.same(joinFacts([facts(['a'], 1), facts(undefined, 2)]), facts(undefined, 2));
  t.same(joinFacts([facts([], 0), facts([])]), facts([], 0));
  t.end();
});

/** What is said when each source sends these cameras; it is asked for sources only. */
function shared(parts: Readonly<Record<string, NodeParts>>, cameras: Readonly<Record<string, readonly string[]>>) {
  const asked = new Set<string>();
  const said = sharedCameras(checkedNodes(parts), (id) => {
    asked.add(id);
    return facts(cameras[id]);
  });
  return { told: told(said), asked: [...asked].sort(), said };
}

const mixed = (second: string, first: string, camera: string, node: string): string =>
  `"${second}" and "${first}" both send frames of the camera "${camera}", and "${node}" gets them mixed; give one of them another "camera".`;

t.test('two sources of one camera that meet are told once, at the second one', (t) => {
  const { told, said, asked } = shared(
    { a: {}, b: {}, c: {}, page: { from: ['a', 'b', 'c'] }, other: { from: ['b', 'a'] } },
    { a: ['door', 'gate'], b: ['gate', 'door'], c: ['yard'] },
  );

  t.same(told, [`2:3 ${mixed('b', 'a', 'gate', 'page')} (1)`, `1:3 ${mixed('a', 'b', 'door', 'other')} (2)`]);
  t.match(said[0], { code: 'advice', severity: 'warning', place: { file: '/p/main.yaml' } });
  t.same(asked, ['a', 'b', 'c']);
  t.end();
});

t.test('each of three sources of one camera is told of the one before it', (t) => {
  const { told } = shared({ a: {}, b: {}, c: {}, page: { from: ['a', 'b', 'c'] } }, { a: ['x'], b: ['x'], c: ['x'] });

  t.same(told, [`2:3 ${mixed('b', 'a', 'x', 'page')} (1)`, `3:3 ${mixed('c', 'b', 'x', 'page')} (2)`]);
  t.end();
});

t.test('sources meet behind other nodes too, where the node has several inputs of frames', (t) => {
  const cameras = { a: ['x'], b: ['x'] };
  const through = { a: {}, b: {}, one: { from: ['a'] }, two: { from: ['b'] } };

  t.same(shared({ ...through, page: { from: ['one', 'two'] } }, cameras).told, [
    `2:3 ${mixed('b', 'a', 'x', 'page')} (1)`,
  ]);
  t.same(shared({ ...through, page: { from: ['one'] } }, cameras).told, []);
  t.same(shared({ a: {}, one: { from: ['a'] }, page: { from: ['one', 'a'] } }, cameras).told, [], 'one source twice');
  const known = { option: 'only', to: ['a', 'b'], ports: [], delivery: undefined, places: [] };
  t.same(shared({ a: {}, b: {}, page: { references: [known] } }, cameras).told, [], 'it takes no frames of them');
  t.end();
});

t.test('nodes in a cycle, and nodes that are not there', (t) => {
  const cycle = { a: {}, one: { from: ['two', 'a'] }, two: { from: ['one', 'a'] } };

  t.same(shared(cycle, { a: ['x'] }).told, []);
  t.same(shared({ a: {}, page: { from: ['a', 'gone'] } }, { a: ['x'], gone: ['x'] }).told, []);
  t.end();
});
