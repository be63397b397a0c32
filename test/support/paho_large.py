"""Publishes a small, a large and a small message of each QoS with Debian's paho, and prints the client's events as one JSON line."""

import json
import sys
import time

import paho.mqtt.client as mqtt

PORT, VERSION, BYTES = (int(word) for word in sys.argv[1:])
seen = {"connack": None, "acknowledged": [], "disconnects": 0}


def connected(client, userdata, flags, code, properties=None):
    seen["connack"] = str(code)


def disconnected(client, userdata, code, properties=None):
    seen["disconnects"] += 1


def acknowledged(client, userdata, mid):
    seen["acknowledged"].append(mid)


client = mqtt.Client(client_id="paho", protocol=VERSION)
client.on_connect = connected
client.on_disconnect = disconnected
client.on_publish = acknowledged
client.connect("127.0.0.1", PORT)
end = time.monotonic() + 60
while seen["connack"] is None and time.monotonic() < end:
    client.loop(0.1)
count = 0
if client.is_connected():
    for qos in (0, 1, 2):
        for payload in (b"small", b"x" * BYTES, b"small"):
            client.publish(f"s/{qos}", payload, qos=qos)
            count += 1
while client.is_connected() and len(seen["acknowledged"]) < count and time.monotonic() < end:
    client.loop(0.1)
seen["connected"] = client.is_connected()
print(json.dumps(seen))
