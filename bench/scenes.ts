// Finds the scenes: each file of bench/scenes is one.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from './row.ts';
import type { Foreign } from './stage.ts';

export interface Scene {
  measure(quick: boolean, foreign: readonly Foreign[]): Promise<readonly Row[]>;
}

const FOLDER = join(import.meta.dirname, 'scenes');

export const sceneNames: readonly string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

export const loadScene = async (name: string): Promise<Scene> => (await import(join(FOLDER, `${name}.ts`))) as Scene;
