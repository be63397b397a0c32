#!/bin/sh
# Installs camd from a clone as a service: the program, the unit, and a profile by "camd init". A second run changes nothing.
#
#   sudo packaging/install.sh [-- OPTIONS OF camd init]     installs, or updates what has changed
#   packaging/install.sh --status                           shows what is installed and its state
#   sudo packaging/install.sh --uninstall                   removes only what it has installed
#   --root DIR                                              uses this folder instead of /, without systemd; for images and tests
#
# It keeps lists of the folders and files that it has created, the files with checksums: a file that was not created by this script, or
# was changed since, is reported and kept.
# On Debian, "npm run package" and apt do the same and more: docs/install.md.
set -eu
# The service runs as a separate user, who must be able to read the program and the profile.
umask 022

root=
action=install
while [ $# -gt 0 ]; do
	case $1 in
		--status | --uninstall) action=${1#--} ;;
		--root)
			if [ $# -lt 2 ] || [ ! -d "$2" ]; then
				echo "--root needs a folder" >&2
				exit 64
			fi
			root=$(cd "$2" && pwd)
			shift
			;;
		--help | -h)
			sed -n '2,/^set/{/^#/s/^# \{0,1\}//p;}' "$0"
			exit 0
			;;
		--)
			shift
			break
			;;
		*)
			echo "install.sh has no option \"$1\"; see --help" >&2
			exit 64
			;;
	esac
	shift
done

clone=$(cd "$(dirname "$0")/.." && pwd)
folder=/opt/camd
list=$root$folder/.installed
made=$root$folder/.folders
profile=/etc/camd/camd.yaml

# Units that camd commonly replaces: mjpg-streamer, crowsnest, motion, and the camera services for which it has profiles.
old_units="mjpg-streamer mjpg_streamer crowsnest webcamd motion ustreamer xl-cam-feed xl-cam-http prusa-connect-snapshot
infoscreen-listener snapshot-server camera-server pi-camera-server"

say() { printf '%s\n' "$*"; }
fail() {
	printf '%s\n' "$*" >&2
	exit 1
}
has_systemd() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

show_old_units() {
	for unit in $old_units; do
		state=
		for place in /etc/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
			if [ -e "$root$place/$unit.service" ]; then state=installed; fi
		done
		# This also finds units of /etc/init.d and /run.
		if has_systemd && systemctl is-active --quiet "$unit.service"; then state=running; fi
		if [ -n "$state" ]; then
			say "An older service is $state: switch it off with: sudo systemctl disable --now $unit.service"
		fi
	done
}

# Checksums of the existing files in a list of "SUM  ./PATH".
sums_now() {
	cut -d ' ' -f 3- "$1" | (cd "$root/" && while read -r path; do if [ -f "$path" ]; then printf '%s\0' "$path"; fi; done |
		xargs -0 -r sha256sum)
}

# The actions, as "ACTION ./PATH": put, same, edited, foreign, remove. Arguments: the lists of the known, the present and the new files.
plan() {
	awk '{ sum = $1; sub(/^[^ ]+  /, ""); sums[FILENAME, $0] = sum; if (!($0 in seen)) { seen[$0] = 1; order[++n] = $0 } }
		END {
			for (i = 1; i <= n; i++) {
				path = order[i]; known = sums[ARGV[1], path]; now = sums[ARGV[2], path]; new = sums[ARGV[3], path]
				if (new == "") action = now == "" ? "" : now == known ? "remove" : "edited"
				else if (now == "") action = "put"
				else if (known == "") action = "foreign"
				else if (now == new) action = "same"
				else action = now == known ? "put" : "edited"
				if (action != "") print action " " path
			}
		}' "$1" "$2" "$3"
}

# Collects everything to install, as it will be below /.
stage() {
	mkdir -p "$tree$folder/packaging" "$tree/usr/local/bin" "$tree/etc/systemd/system" "$tree/etc/sysusers.d" "$tree/etc/sysctl.d"
	for part in dist schemas configs package.json CHANGELOG.md; do cp -R "$clone/$part" "$tree$folder/"; done
	rm -rf "$tree$folder/dist/types"
	cp -R "$clone/packaging/sysctl.d" "$clone/packaging/systemd" "$tree$folder/packaging/"
	# The path of the command in this installation, in the unit and its additions.
	find "$tree$folder/packaging/systemd" -type f -exec sed -i 's|/usr/bin/camd|/usr/local/bin/camd|' {} +
	printf '#!/bin/sh\nexec "%s" %s/dist/camd.cjs "$@"\n' "$node" "$folder" >"$tree/usr/local/bin/camd"
	cp "$tree$folder/packaging/systemd/camd.service" "$tree/etc/systemd/system/"
	cp "$clone/packaging/sysusers.d/camd.conf" "$tree/etc/sysusers.d/"
	cp "$clone/packaging/sysctl.d/60-camd.conf" "$tree/etc/sysctl.d/"
	chmod -R u+w,go-w,a+rX "$tree"
	chmod 755 "$tree/usr/local/bin/camd"
}

check_clone() {
	[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || fail "This installs a service: run it with sudo."
	[ -f "$clone/dist/camd.cjs" ] || fail "The program is not built; in $clone run: npm ci"
	node=$(command -v node) || fail "Node.js is not installed: sudo apt install nodejs"
	"$node" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
		fail "Node.js $("$node" --version) is too old; camd needs 20.19 or newer."
	case $(readlink -f "$node") in
		/home/* | /root/*) [ -n "$root" ] || fail "$node is in a home folder, which the service cannot read: sudo apt install nodejs" ;;
	esac
	if [ -z "$root" ] && command -v dpkg-query >/dev/null && dpkg-query -W -f '${Status}' camd 2>/dev/null | grep -q 'ok installed'; then
		fail "The Debian package camd is installed; update that, or remove it first: sudo apt remove camd"
	fi
}

# Creates a folder with its parents, and records the missing ones.
make_folder() {
	if [ -d "$root/$1" ]; then return 0; fi
	make_folder "$(dirname "$1")"
	mkdir "$root/$1"
	printf '%s\n' "$1" >>"$work/folders"
}

install_all() {
	check_clone
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	tree=$work/tree
	changed=0
	stage
	touch "$work/known"
	if [ -f "$list" ]; then cp "$list" "$work/known"; fi
	(cd "$tree" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) >"$work/new"
	sort -u "$work/known" "$work/new" >"$work/both"
	sums_now "$work/both" >"$work/now"
	plan "$work/known" "$work/now" "$work/new" >"$work/plan"
	# A foreign file stops the installation before anything is written.
	if grep '^foreign ' "$work/plan" >"$work/foreign"; then
		sed "s|^foreign \.|$root|" "$work/foreign" >&2
		fail "This file is not from this script; move it away first. Nothing was changed."
	fi
	: >"$work/list"
	while read -r what path; do
		case $what in
			put)
				make_folder "$(dirname "$path")"
				cp -p "$tree/$path" "$root/$path.camd-new"
				mv "$root/$path.camd-new" "$root/$path"
				changed=$((changed + 1))
				;;
			remove)
				rm -f "$root/$path"
				changed=$((changed + 1))
				;;
			edited) say "$root${path#.} was edited and stays as it is." ;;
		esac
	done <"$work/plan"
	# An edited file keeps the checksum from its installation.
	awk 'FILENAME == ARGV[1] { if ($1 == "edited") { sub(/^[^ ]+ /, ""); edited[$0] = 1 } next }
		{ line = $0; sub(/^[^ ]+  /, ""); if (FILENAME == ARGV[2] ? ($0 in edited) : !($0 in edited)) print line }' \
		"$work/plan" "$work/known" "$work/new" | LC_ALL=C sort -k 2 >"$work/list"
	cmp -s "$work/list" "$list" || cp "$work/list" "$list"
	if [ -f "$work/folders" ]; then cat "$work/folders" >>"$made"; fi

	if [ ! -e "$root$profile" ]; then
		mkdir -p "$root/etc/camd"
		"$node" "$root$folder/dist/camd.cjs" init --output "$root$profile" "$@"
		changed=$((changed + 1))
	fi
	if has_systemd; then
		if [ "$changed" -gt 0 ]; then
			systemd-sysusers camd.conf
			systemctl daemon-reload
			systemctl enable camd.service
			systemctl restart camd.service
		fi
	fi
	if [ "$changed" -eq 0 ]; then
		say "camd is installed already; nothing was changed."
	else
		say "camd is installed in $root$folder; its profile is $root$profile. See its state: sudo camd status"
	fi
	show_old_units
}

# Prints "OK" or the failure for each file of the list.
check_list() { (cd "$root/" && sha256sum --check "$list" 2>/dev/null) || true; }

# Removes state folders without data; the lock in camd's state folder for the profile, named by stateFolder(), does not count as data.
# The state folder of a service with DynamicUser= is a link.
remove_empty_state() {
	state=$root/var/lib/private/camd
	notes=$state/camd-$(printf %s "$profile" | sha256sum | cut -c 1-8)
	if [ "$(ls -A "$notes" 2>/dev/null)" = .lock ]; then rm "$notes/.lock"; fi
	rmdir "$notes" "$state" 2>/dev/null || true
	if [ -L "$root/var/lib/camd" ] && [ ! -e "$root/var/lib/camd" ]; then rm "$root/var/lib/camd"; fi
}

uninstall() {
	[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || fail "This removes a service: run it with sudo."
	[ -f "$list" ] || fail "There is nothing to remove: $list is missing."
	if has_systemd; then systemctl disable --now camd.service || true; fi
	check_list | while read -r line; do
		path=${line%: *}
		case $line in
			*": OK") rm -f "$root/$path" ;;
			*) if [ -e "$root/$path" ]; then say "$root${path#.} was edited and stays."; fi ;;
		esac
	done
	folders=$(LC_ALL=C sort -r "$made")
	rm -f "$list" "$made"
	# Only the folders that are empty now.
	printf '%s\n' "$folders" | while read -r path; do rmdir "$root/$path" 2>/dev/null || true; done
	if has_systemd; then systemctl daemon-reload; fi
	remove_empty_state
	say "camd is removed."
	if [ -e "$root$profile" ]; then say "Its profile $root$profile stays."; fi
	if [ -e "$root/var/lib/camd" ]; then say "Its data in $root/var/lib/camd stays."; fi
	if [ -z "$root" ] && getent passwd camd >/dev/null; then say "The user camd stays; remove it with: sudo userdel camd"; fi
}

status() {
	if [ ! -f "$list" ]; then
		say "camd is not installed by this script."
		show_old_units
		return 0
	fi
	check_list | grep -v ': OK$' | sed "s|^\.|$root|; s|: FAILED open or read$| is missing; run install.sh again.|; s|: FAILED$| was edited.|" || true
	say "$(check_list | grep -c ': OK$') files are as they were installed."
	if [ -e "$root$profile" ]; then say "The profile is $root$profile."; else say "There is no profile $root$profile."; fi
	if has_systemd; then systemctl --no-pager --lines=0 status camd.service || true; fi
	show_old_units
}

case $action in
	install) install_all "$@" ;;
	uninstall) uninstall ;;
	status) status ;;
esac
