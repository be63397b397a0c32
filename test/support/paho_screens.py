"""Simulates many screens in one process with Debian's paho: each publishes one picture after the other, and each acknowledged one is a line of a file."""

import hashlib
import random
import sys
import time

import paho.mqtt.client as mqtt

PORT, COUNT, INTERVAL, RUN, BASE, ACKS = sys.argv[1:]
NAME_BYTES = 64
# Seconds in which all screens send their first picture.
FIRST = 2

with open(BASE, "rb") as file:
    base = file.read()
at = base.index(b" " * NAME_BYTES)
acks = open(ACKS, "a", buffering=1)


class Screen:
    """Sends the next picture an interval after the last one, once that is acknowledged."""

    def __init__(self, name, first):
        self.name = name
        self.due = first
        self.number = 0
        self.open = {}
        self.client = mqtt.Client(client_id=name)
        self.client.reconnect_delay_set(1, 2)
        self.client.on_publish = self.acknowledged
        self.client.connect_async("127.0.0.1", int(PORT))
        self.client.loop_start()

    def acknowledged(self, client, userdata, mid):
        line = self.open.pop(mid, None)
        if line is not None:
            acks.write(line + "\n")

    def step(self, now):
        if self.open or now < self.due or not self.client.is_connected():
            return
        self.due = now + float(INTERVAL) * random.uniform(0.5, 1.5)
        self.number += 1
        text = f"{self.name} {RUN} {self.number}".ljust(NAME_BYTES).encode()
        picture = base[:at] + text + base[at + NAME_BYTES :]
        line = self.name + " " + hashlib.sha256(picture).hexdigest()
        info = self.client.publish(f"infoscreen/{self.name}/screenshot", picture, qos=1)
        self.open[info.mid] = line
        # The PUBACK may have arrived before publish() returned. Without a connection, paho sends the message later.
        if info.rc == mqtt.MQTT_ERR_SUCCESS and info.is_published():
            self.acknowledged(self.client, None, info.mid)


now = time.monotonic()
screens = [Screen(f"paho-{index}", now + FIRST * index / int(COUNT)) for index in range(int(COUNT))]
while True:
    now = time.monotonic()
    for screen in screens:
        screen.step(now)
    time.sleep(0.02)
