# OpenStack Swift with its S3 API in one process, for tests: `serve_s3.py FOLDER`. Prints the port of the S3 API once it serves.

import eventlet
eventlet.monkey_patch()

import logging
import os
import sys

from eventlet import wsgi
from swift.common import utils
from swift.common.ring import RingBuilder
from swift.common.storage_policy import reload_storage_policies

FOLDER = sys.argv[1]
KEY, SECRET, GUEST, GUEST_SECRET = "test:camd", "camd-secret", "test:guest", "guest-secret"


def write(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def ring(name, port):
    builder = RingBuilder(2, 1, 0)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "disk", "weight": 1})
    builder.rebalance()
    builder.get_ring().save(os.path.join(FOLDER, name + ".ring.gz"))


# Long timeouts: a busy machine is no failure, and a list must include all earlier puts.
SERVER = """[DEFAULT]
devices = {folder}/devices
swift_dir = {folder}
mount_check = false
workers = 0
log_level = ERROR
[app:main]
use = egg:swift#{app}
conn_timeout = 60
node_timeout = 120
container_update_timeout = 120
keep_idle = 60
"""

PROXY = """[DEFAULT]
swift_dir = {folder}
log_level = ERROR
[pipeline:main]
pipeline = catch_errors cache s3api tempauth proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:9
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
max_bucket_listing = 7
auth_pipeline_check = false
allow_multipart_uploads = false
check_bucket_owner = false
[filter:tempauth]
use = egg:swift#tempauth
user_test_camd = {secret} .admin
user_test_guest = {guest}
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
conn_timeout = 60
node_timeout = 120
recoverable_node_timeout = 120
"""

os.makedirs(os.path.join(FOLDER, "devices", "disk"), exist_ok=True)
write("swift.conf", "[swift-hash]\nswift_hash_path_suffix = camd\n[storage-policy:0]\nname = one\ndefault = yes\n")
utils.SWIFT_CONF_FILE = os.path.join(FOLDER, "swift.conf")
utils.HASH_PATH_SUFFIX = b"camd"
reload_storage_policies()
logging.getLogger().setLevel(logging.ERROR)

from swift.common.wsgi import loadapp

quiet = open(os.devnull, "w")


def serve(listener, app):
    eventlet.spawn(wsgi.server, listener, app, log=quiet, log_output=False, minimum_chunk_size=1)


listeners = {}
for kind in ("account", "container", "object"):
    listeners[kind] = eventlet.listen(("127.0.0.1", 0))
    ring(kind, listeners[kind].getsockname()[1])
for kind, listener in listeners.items():
    serve(listener, loadapp(write(kind + ".conf", SERVER.format(folder=FOLDER, app="mem_object" if kind == "object" else kind))))
front = eventlet.listen(("127.0.0.1", 0))
serve(front, loadapp(write("proxy.conf", PROXY.format(folder=FOLDER, secret=SECRET, guest=GUEST_SECRET))))
print(front.getsockname()[1], flush=True)
eventlet.hubs.trampoline(0, read=True)
