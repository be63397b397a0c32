// Home Assistant with its first user; integrations are added over its API, as by its pages.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import type { Ending } from '../support/harness.ts';
import { pipInstall, pythonPackages, startProgram, temporaryFolder } from './programs.ts';

/** Packages that its integrations load on first use, in the versions of its list. */
const OF_INTEGRATIONS = ['ha-av', 'home-assistant-frontend', 'janus', 'numpy', 'paho-mqtt', 'Pillow', 'PyTurboJPEG'];
/** Its list has no versions for them, and the newest ones no longer work. */
const NOT_NEWER = ['josepy<2', 'setuptools<81'];

export interface HomeAssistant {
  readonly version: string;
  /** Adds an integration with the answers to its forms, in order. */
  add(integration: string, forms: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  /** Entities whose id has this prefix, such as `camera.`: id and state. */
  entities(prefix: string): Promise<ReadonlyMap<string, string>>;
  get(path: string): Promise<Response>;
  until: ReturnType<typeof startProgram>['until'];
}

/** Installs it with the versions of its own list; returns the path of its Python interpreter. */
export async function installHomeAssistant(t: Ending, python: string, version: string): Promise<string> {
  const wanted = `homeassistant==${version}`;
  const own = await pythonPackages(t, python, ['--no-deps', wanted]);
  const where = [
    '-c',
    'from importlib.util import find_spec; print(find_spec("homeassistant").submodule_search_locations[0])',
  ];
  const { stdout } = await promisify(execFile)(own, where);
  await pipInstall(own, [
    '--constraint',
    join(stdout.trim(), 'package_constraints.txt'),
    wanted,
    ...OF_INTEGRATIONS,
    ...NOT_NEWER,
  ]);
  return own;
}

interface Step {
  readonly type: string;
  readonly flow_id: string;
  readonly errors?: Readonly<Record<string, string>> | null;
}

/** Starts it with `python`, the interpreter with its packages; resolves after the login of its first user. */
export async function homeAssistant(t: Ending, python: string): Promise<HomeAssistant> {
  const folder = temporaryFolder(t);
  const port = await freePort();
  const settings = { http: { server_host: '127.0.0.1', server_port: port }, stream: {} };
  writeFileSync(join(folder, 'configuration.yaml'), JSON.stringify(settings));
  const program = startProgram(t, [python, '-m', 'homeassistant', '--config', folder], folder);
  const origin = `http://127.0.0.1:${port}`;
  let token = '';
  const request = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(origin + path, {
      ...init,
      headers: { ...init.headers, ...(token === '' ? {} : { Authorization: `Bearer ${token}` }) },
    });
    if (!answer.ok) throw new Error(`Home Assistant answered ${path} with ${answer.status}: ${await answer.text()}`);
    return answer;
  };
  const post = async (path: string, body: object): Promise<unknown> => {
    const headers = { 'Content-Type': 'application/json' };
    return (await request(path, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  };

  const client = `${origin}/`;
  const user = { name: 'Test', username: 'test', password: 'test', client_id: client, language: 'en' };
  await program.until(
    () =>
      fetch(`${origin}/api/onboarding`).then(
        ({ ok }) => ok,
        () => false,
      ),
    'an answer of Home Assistant',
  );
  const { auth_code: code } = (await post('/api/onboarding/users', user)) as { auth_code: string };
  const body = new URLSearchParams({ grant_type: 'authorization_code', client_id: client, code });
  const login = await (await request('/auth/token', { method: 'POST', body })).json();
  token = (login as { access_token: string }).access_token;
  const config = await program.until(async () => {
    const now = (await (await request('/api/config')).json()) as { state: string; version: string };
    return now.state === 'RUNNING' && now;
  }, 'the end of its start');

  return {
    version: config.version,
    async add(integration, forms) {
      const path = '/api/config/config_entries/flow';
      let step = (await post(path, { handler: integration })) as Step;
      for (const form of forms) step = (await post(`${path}/${step.flow_id}`, form)) as Step;
      if (step.type !== 'create_entry') throw new Error(`${integration} was not added: ${JSON.stringify(step)}`);
    },
    async entities(prefix) {
      const states = (await (await request('/api/states')).json()) as { entity_id: string; state: string }[];
      const found = states.filter(({ entity_id: id }) => id.startsWith(prefix));
      return new Map(found.map(({ entity_id: id, state }) => [id, state]));
    },
    get: request,
    until: program.until,
  };
}
