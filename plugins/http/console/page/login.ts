// The entry point of the form to log in.

import { LoginPage } from './lib/login/page.ts';
import { start } from './lib/start.ts';

start('login', import.meta.url, LoginPage);
