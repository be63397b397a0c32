"""Fetches pictures like the integrations of Home Assistant and OctoPrint, with the same libraries; prints one JSON line."""

import asyncio
import json
import sys

import aiohttp
import httpx
import requests

BASE = sys.argv[1]
SNAPSHOT = BASE + "/snapshot.jpg"
STREAM = BASE + "/stream.mjpg"
WEBCAM = BASE + "/webcam/?action="


def is_whole(data):
    return data[:2] == b"\xff\xd8" and data[-2:] == b"\xff\xd9"


async def generic_camera():
    """Home Assistant, Generic Camera: each still with httpx, with a limit of 10 s."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(SNAPSHOT, timeout=10)
        answer.raise_for_status()
        return is_whole(answer.content)


async def mjpeg_camera():
    """Home Assistant, MJPEG IP Camera: a still with aiohttp, and the stream passed on as received, with its Content-Type."""
    async with aiohttp.ClientSession() as session:
        async with session.get(SNAPSHOT) as answer:
            still = is_whole(await answer.read())
        async with session.get(STREAM) as answer:
            kind = answer.headers["Content-Type"]
            data = b""
            while data.count(b"image/jpeg") < 5:
                data += await answer.content.readany()
    return {"still": still, "type": kind, "boundary": data.startswith(b"--" + kind.split("boundary=")[1].encode())}


async def mjpeg_camera_without_still():
    """Without a still image URL: the first picture of the stream, found by its first and last bytes."""
    data = b""
    async with httpx.AsyncClient() as client, client.stream("GET", STREAM, timeout=10) as answer:
        async for chunk in answer.aiter_bytes(102400):
            data += chunk
            end = data.find(b"\xff\xd9")
            start = data.find(b"\xff\xd8")
            if start >= 0 and end >= 0:
                return is_whole(data[start : end + 2])


def octoprint():
    """OctoPrint, Classic Webcam: a snapshot with requests in pieces of 1024 bytes, with a limit of 5 s."""
    answer = requests.get(WEBCAM + "snapshot", stream=True, timeout=5, verify=True)
    answer.raise_for_status()
    return is_whole(b"".join(answer.iter_content(chunk_size=1024)))


async def main():
    print(
        json.dumps(
            {
                "generic": await generic_camera(),
                "mjpeg": await mjpeg_camera(),
                "without_still": await mjpeg_camera_without_still(),
                "octoprint": octoprint(),
            }
        )
    )


asyncio.run(main())
