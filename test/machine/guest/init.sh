#!/bin/busybox sh
# The first program of the machine: mounts a temporary layer over the host's files, then starts systemd.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done < /modules/order

mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro host /host
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,access=any share /share
mount -t tmpfs -o size=75% changes /changes
mkdir /changes/files /changes/work
mount -t overlay -o lowerdir=/host,upperdir=/changes/files,workdir=/changes/work root /root

mkdir -p "/root/lib/modules/$(uname -r)" /root/shared
mount --bind "/host$(cat /share/modules)" "/root/lib/modules/$(uname -r)"
mount -t tmpfs run /root/run
mount -t tmpfs tmp /root/tmp
chmod 1777 /root/tmp
mount --move /share /root/shared
for folder in dev proc sys; do mount --move /$folder /root/$folder; done

# No service of the host starts here, and udev loads only the requested drivers.
units=/root/etc/systemd/system
rm -rf $units/*.wants /root/etc/systemd/system-generators/* /root/usr/lib/systemd/system-generators/*
rm -f /root/usr/lib/udev/rules.d/*-drivers.rules
rm -f /root/.dockerenv
: > /root/etc/fstab
echo machine > /root/etc/hostname
rm -f /root/etc/machine-id
echo 6d616368696e652d6f662d6361646d21 > /root/etc/machine-id
cp /root/shared/units/*.service /root/shared/units/*.target $units/
for unit in dbus.service dbus.socket polkit.service; do
  mkdir -p $units/$unit.d
  printf '[Unit]\nDefaultDependencies=no\n' > $units/$unit.d/machine.conf
done
exec switch_root /root /lib/systemd/systemd --system --unit=machine.target --show-status=0
