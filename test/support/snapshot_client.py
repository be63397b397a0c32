"""A client of the Snapshot Server, written from its API: POST without a body or a Content-Type, error messages, EXIF with piexif.

cameras ORIGIN          prints the answer of /api/cameras
take ORIGIN NAME …      takes a picture of each camera, "all" or "stereo", fetches every picture that the answers name, reads its EXIF
Prints one line of JSON for each request.
"""
import http.client
import json
import sys
from urllib.parse import urlsplit

import piexif
import piexif.helper

#: Timeout of a whole request, as for its users.
PATIENCE_S = 45


def ask(origin, method, path, patience=PATIENCE_S):
    link = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=patience)
    # Neither a body nor a type: http.client adds a length of 0 to a POST, like requests.
    link.request(method, path)
    response = link.getresponse()
    body = response.read()
    link.close()
    return response.status, body


def picture(origin, path):
    status, data = ask(origin, "GET", path)
    if status != 200 or data[:2] != b"\xff\xd8" or data[-2:] != b"\xff\xd9":
        return {"status": status, "whole": False}
    exif = piexif.load(data)
    comment = exif["Exif"].get(piexif.ExifIFD.UserComment)
    return {
        "status": status,
        "whole": True,
        "bytes": len(data),
        "software": exif["0th"].get(piexif.ImageIFD.Software, b"").decode(),
        "imu": json.loads(piexif.helper.UserComment.load(comment)) if comment else None,
    }


def take(origin, name, patience):
    status, text = ask(origin, "POST", f"/api/snapshot/{name}", patience)
    body = json.loads(text)
    # The client shows "error", else "message", of an unsuccessful answer.
    shown = None if status == 200 else body.get("error", body.get("message"))
    made = [one["image_url_path"] for one in body.get("results", [body]) if "image_url_path" in one]
    return {"status": status, "body": body, "shown": shown, "pictures": [picture(origin, path) for path in made]}


command, origin, *names = sys.argv[1:]
patience = PATIENCE_S
if names and names[0].startswith("--patience="):
    patience = float(names.pop(0).split("=")[1])
if command == "cameras":
    status, text = ask(origin, "GET", "/api/cameras")
    print(json.dumps({"status": status, "body": json.loads(text)}))
for name in names:
    print(json.dumps(take(origin, name, patience)), flush=True)
