// `npm run test:ftp`: the steps of docs/ftp.md with its user, its PAM login and vsftpd on port 21, in separate namespaces. Needs root.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { sampleJpeg } from '../support/jpeg.ts';

t.setTimeout(120_000);

const page = readFileSync('docs/ftp.md', 'utf8');
const block = (start: string): string => {
  const after = page.slice(page.indexOf(start));
  return /```\w+[^\n]*\n([\s\S]*?)```/.exec(after)?.[1] ?? '';
};

/** Without commands that the namespaces replace: packages are installed, and there is no terminal. */
const commands = block('## vsftpd')
  .split('\n')
  .filter((line) => !/apt-get/.test(line))
  .map((line) => line.replaceAll('sudo ', '').replace('passwd ftpcam', "echo 'ftpcam:secret-12' | chpasswd"))
  .join('\n');

/** /etc is an overlay, and /srv, /run and the network are empty, so that the machine's accounts and ports are not changed. */
const SCRIPT = `
set -eu
folder=$1
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$folder/own"
mkdir "$folder/own/etc" "$folder/own/work"
mount -t overlay -o "lowerdir=/etc,upperdir=$folder/own/etc,workdir=$folder/own/work" overlay /etc
for place in /srv /run /var/log; do mount -t tmpfs -o mode=755 tmpfs "$place"; done
ip link set lo up
groupadd --system camd
useradd --system --gid camd --no-create-home camd
. "$folder/commands.sh" > /dev/null
cp "$folder/vsftpd.conf" /etc/vsftpd.conf
mkdir -p /run/vsftpd/empty
vsftpd /etc/vsftpd.conf &
install -d -o camd -g camd "$folder/own/pictures"
setpriv --reuid camd --regid camd --init-groups "$2" "$folder/camd/dist/camd.mjs" --config "$folder/ftp.yaml" > "$folder/own/log" 2>&1 &
wait_for() { n=0; until "$@" > /dev/null 2>&1; do n=$((n + 1)); [ $n -lt 300 ] || { cat "$folder/own/log"; exit 1; }; sleep 0.1; done; }
wait_for curl -sf ftp://ftpcam:secret-12@127.0.0.1/
upload() { curl -s --ftp-create-dirs -T "$folder/picture.jpg" "ftp://$1@127.0.0.1/$2" && code=0 || code=$?; }
upload ftpcam:secret-12 cameras/early/picture.jpg
echo "upload $code"
wait_for curl -sf -o "$folder/own/got.jpg" http://127.0.0.1:8080/early.jpg
cmp "$folder/picture.jpg" "$folder/own/got.jpg" && echo 'the picture is served'
wait_for sh -c "! ls /srv/ftp/cameras/early/*.jpg"
echo "left in the folder: $(find /srv/ftp/cameras -type f | wc -l)"
upload ftpcam:secret-12 cameras/kept.bin
echo "modes $(stat -c %a:%U:%G /srv/ftp/cameras/kept.bin) $(stat -c %a:%U:%G /srv/ftp/cameras/early)"
upload ftpcam:wrong cameras/early/p.jpg; echo "wrong password $code"
upload camd:secret-12 cameras/early/p.jpg; echo "another user $code"
upload anonymous:me cameras/early/p.jpg; echo "anonymous $code"
upload ftpcam:secret-12 ../etc/p.jpg; echo "outside $code"
sed -i '/nologin/d' /etc/shells
upload ftpcam:secret-12 cameras/early/p.jpg; echo "without the line in /etc/shells $code"
kill %1 %2
wait
`;

t.test(
  'the recipe works: the login, the folders of cameras, the permissions of camd to read and delete, and refused users',
  (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'camd-ftp-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    execFileSync('chmod', ['755', folder]);
    for (const part of ['dist', 'schemas', 'package.json'])
      cpSync(part, join(folder, 'camd', part), { recursive: true });
    execFileSync('mkdir', [join(folder, 'own')]);
    writeFileSync(join(folder, 'commands.sh'), commands);
    writeFileSync(join(folder, 'vsftpd.conf'), block('`/etc/vsftpd.conf`'));
    writeFileSync(
      join(folder, 'ftp.yaml'),
      block('## camd').replace('/var/lib/camd/pictures', join(folder, 'own/pictures')),
    );
    writeFileSync(join(folder, 'picture.jpg'), sampleJpeg());
    writeFileSync(join(folder, 'script.sh'), SCRIPT);

    const argv = ['--mount', '--net', '--pid', '--fork', '--kill-child', 'bash', join(folder, 'script.sh'), folder];
    const output = execFileSync('unshare', [...argv, process.execPath], { encoding: 'utf8' });

    t.same(output.trim().split('\n'), [
      'upload 0',
      'the picture is served',
      'left in the folder: 0',
      'modes 660:ftpcam:camd 2770:ftpcam:camd',
      'wrong password 67',
      'another user 67',
      'anonymous 67',
      'outside 9',
      'without the line in /etc/shells 67',
    ]);
    t.end();
  },
);
