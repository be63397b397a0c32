// The entry point of the page Profile.

import { ProfilePage } from './lib/profile/page.ts';
import { start } from './lib/start.ts';

start('profile', import.meta.url, ProfilePage);
