"""A trading partner of its own: django-pyas2 behind wsgiref, told by lines of JSON what to do.

Run by the interpreter of a virtual environment that has django-pyas2 and nothing of the hub. In:
`config.json` of the folder it is given; commands on standard input. Out: an answer a line.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

FOLDER = Path(sys.argv[1])
CONFIG = json.loads((FOLDER / "config.json").read_text())

from django.conf import settings  # noqa: E402

settings.configure(
    SECRET_KEY="only for this test",
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "pyas2"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "db"}},
    MEDIA_ROOT=str(FOLDER / "media"),
    ROOT_URLCONF="pyas2.urls",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    PYAS2={"MDN_URL": CONFIG["mdn_url"]},
)
import django  # noqa: E402

django.setup()
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from pyas2.models import (  # noqa: E402
    Message,
    Organization,
    Partner,
    PrivateKey,
    PublicCertificate,
)


class Quiet(WSGIRequestHandler):
    """Writes no access log."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def make() -> None:
    """Fill the database: ourselves, and the hub as partner."""
    call_command("migrate", verbosity=0)
    key = PrivateKey.objects.create(
        name="own", key=Path(CONFIG["key"]).read_bytes(), key_pass=CONFIG["pass"]
    )
    certificate = PublicCertificate.objects.create(
        name="hub", certificate=Path(CONFIG["hub"]).read_bytes(), verify_cert=False
    )
    Organization.objects.create(
        name="own", as2_name=CONFIG["own_name"], encryption_key=key, signature_key=key
    )
    Partner.objects.create(
        name="hub",
        as2_name=CONFIG["hub_name"],
        target_url=CONFIG["hub_url"],
        signature_cert=certificate,
        encryption_cert=certificate,
        content_type="application/octet-stream",
        mdn=True,
        mdn_mode="SYNC",
    )


def do(command: dict[str, object]) -> object:
    """Do one thing and return what is to be told."""
    match command["do"]:
        case "partner":
            Partner.objects.update(**command["set"])  # type: ignore[arg-type]
            return {}
        case "send":
            call_command("sendas2message", CONFIG["own_name"], CONFIG["hub_name"], command["name"])
        case "async":
            call_command("manageas2server", "--async-mdns", verbosity=0)
    return [
        {
            "direction": each.direction,
            "status": each.status,
            "detail": each.detailed_status,
            "mdn": each.mdn.status if hasattr(each, "mdn") else None,
            "mdn_signed": each.mdn.signed if hasattr(each, "mdn") else None,
            "payload": each.payload.read().hex() if each.payload else "",
        }
        for each in Message.objects.order_by("id")
    ]


make()
server = make_server("127.0.0.1", CONFIG["port"], get_wsgi_application(), handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    try:
        answer = do(json.loads(line))
    except Exception as error:  # noqa: BLE001 - whatever it is, the test is told
        answer = {"failed": repr(error)}
    print(json.dumps(answer), flush=True)
