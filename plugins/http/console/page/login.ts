// The entry point of the login form.

import { LoginPage } from './lib/login/page.ts';
import { start } from './lib/start.ts';

start('login', import.meta.url, LoginPage);
