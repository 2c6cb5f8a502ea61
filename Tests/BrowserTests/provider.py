"""A real OpenID Connect provider for the browser tests: Canaille, with three people and one application, in memory."""
import datetime
import logging
import sys

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import RSAKey
from werkzeug.serving import run_simple

from gate import PASSWORD

PEOPLE = {"chen.jing": "gate-compliance", "wang.min": "gate-operations", "zhao.lei": "staff"}


def main(port, gate):
    issuer = f"http://127.0.0.1:{port}"
    application = create_app({
        "SECRET_KEY": "of a test", "SERVER_NAME": f"127.0.0.1:{port}", "PREFERRED_URL_SCHEME": "http",
        "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False, "HTMX": False, "FORCE_HTTPS": False,
            "LOGGING": {"version": 1, "disable_existing_loggers": True, "root": {"level": "ERROR"}}},
        "CANAILLE_OIDC": {"ACTIVE_JWKS": [RSAKey.generate_key(2048, auto_kid=True).as_dict(private=True)]},
    })
    with application.app_context():
        store = Backend.instance
        with store.session():
            for name, group in PEOPLE.items():
                person = models.User(
                    user_name=name, formatted_name=name, family_name=name, display_name=name, emails=[name + "@example.org"], password=PASSWORD)
                store.save(person)
                store.save(models.Group(display_name=group, members=[person]))
            client = models.Client(
                client_id="callgate", client_secret="of a test", client_name="CallGate", client_uri=gate,
                redirect_uris=[gate + "/console/sign-in/return"], grant_types=["authorization_code"], response_types=["code"],
                scope=["openid", "profile", "groups"], token_endpoint_auth_method="client_secret_basic",
                client_id_issued_at=datetime.datetime.now(datetime.timezone.utc))
            store.save(client)
            client.audience = [client]
            store.save(client)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    print(issuer, flush=True)
    run_simple("127.0.0.1", port, application, threaded=True)


main(int(sys.argv[1]), sys.argv[2])
