"""A gate of its own for the browser tests: the real executable over a fresh folder, with accounts, keys and some calls."""
import concurrent.futures
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXECUTABLE = os.environ.get("CALLGATE_EXECUTABLE", ROOT + "/.build/debug/callgate")
# Of everybody at the provider.
PASSWORD = "correct horse battery staple"
ROLES = ["operations", "compliance", "admin", "dialer"]
# A Monday morning in Shanghai: the rules of hours would otherwise make a test of the time of day.
CLOCK = ["faketime", "-f", "@2026-11-23 10:30:00"]


class Gate:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="callgate-browser-")
        shutil.copytree(ROOT + "/policy", self.folder + "/policy")
        shutil.copytree(ROOT + "/blocklists", self.folder + "/blocklists")
        self.write("blocklists/branch-dnc/list.yaml", "purposes: [collection]\nregion: CN\ngreatest_age: 31d\nneeds_approval: true\n")
        self.options = ["--data", self.folder + "/data", "--policy", self.folder + "/policy", "--blocklists", self.folder + "/blocklists"]
        self.environment = dict(os.environ, TZ="Asia/Shanghai", CALLGATE_DEFAULT_REGION="CN")
        self.environment.pop("FAKETIME_SHARED", None)
        self.passwords = {"operations": self.account("operations")}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            names = ["compliance", "compliance2", "admin", "dialer"]
            self.passwords.update(zip(names, pool.map(self.account, names)))
            self.keys = dict(zip(ROLES, pool.map(lambda role: self.command("key", "create", "--role", role, "--name", "key." + role), ROLES)))
        self.port, issuer = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.environment.update(
            CALLGATE_OIDC_ISSUER=f"http://127.0.0.1:{issuer}", CALLGATE_OIDC_CLIENT_ID="callgate",
            CALLGATE_OIDC_CLIENT_SECRET_FILE=self.write("client.secret", "of a test\n"), CALLGATE_OIDC_URL=self.base,
            CALLGATE_OIDC_ROLES="gate-compliance=compliance,gate-operations=operations")
        self.provider_log = open(self.folder + "/provider.log", "w+")
        self.provider = subprocess.Popen(
            CLOCK + [sys.executable, "-B", os.path.join(os.path.dirname(__file__), "provider.py"), str(issuer), self.base],
            env=self.environment, stdout=self.provider_log, stderr=self.provider_log, start_new_session=True)
        self.log = open(self.folder + "/serve.log", "w+")
        self.process = subprocess.Popen(
            CLOCK + [EXECUTABLE, "serve", "--listen", f"127.0.0.1:{self.port}", "--candidates", self.folder + "/candidates"] + self.options,
            env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True)
        self.wait("serve.log", "listening on", self.process)
        self.wait("provider.log", "http://", self.provider)
        self.fill()

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def policy(self, folder, was, will):
        """The shipped policy in a folder of ours, with one thing in the bank's rules otherwise."""
        target = os.path.join(self.folder, folder)
        if not os.path.exists(target):
            shutil.copytree(ROOT + "/policy", target)
        path = target + "/CN/bank/pack.yaml"
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert was in text
        self.write(os.path.relpath(path, self.folder), text.replace(was, will, 1))
        return target

    def account(self, name):
        return self.command("account", "create", "--name", "test." + name, "--role", name.rstrip("2"))

    def command(self, *arguments):
        ended = subprocess.run(
            CLOCK + [EXECUTABLE, *arguments, *self.options], env=self.environment, capture_output=True, text=True, timeout=120)
        assert ended.returncode == 0, f"{arguments}: {ended.stderr}"
        return ended.stdout.strip()

    def wait(self, log, text, process):
        for _ in range(600):
            with open(f"{self.folder}/{log}", encoding="utf-8") as file:
                told = file.read()
            if text in told:
                return
            assert process.poll() is None, told
            time.sleep(0.1)
        raise AssertionError(f"nothing came up: {told}")

    def post(self, role, path, body):
        request = urllib.request.Request(
            self.base + path, json.dumps(body).encode(), method="POST",
            headers={"Authorization": "Bearer " + self.keys[role], "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()}") from None

    def decide(self, phone, **more):
        return self.post("dialer", "/v1/decisions", dict(
            phone=phone, purpose="marketing", product="wealth", caller_id="+862223456789", data_fields=["salutation"], **more))

    def fill(self):
        """A caller id, a campaign, consents and some calls. All numbers are fictional."""
        caller = self.post("operations", "/v1/caller-ids", {"number": "+862223456789", "purposes": ["all"], "filing_ref": "filing-1", "outbound_approved": True})
        self.post("compliance", f"/v1/caller-ids/{caller['id']}/approval", {})
        self.post("operations", "/v1/campaigns", {"id": "wealth-2026-11", "purpose": "marketing", "product": "wealth", "caller_ids": ["+862223456789"]})
        self.post("compliance", "/v1/campaigns/wealth-2026-11/approval", {})
        for index in range(1, 9):
            self.post("operations", "/v1/consents", {
                "phone": f"+861380000000{index}", "purposes": ["marketing"], "products": ["wealth"], "modes": ["live"],
                "form": "recorded_voice", "obtained_at": "2026-06-10T10:00:00+08:00", "evidence_ref": f"recording-{index}"})
        for index in list(range(1, 9)) + [1, 2, 3, 1]:
            self.decision = self.decide(f"+861380000000{index}", campaign="wealth-2026-11")
        self.denied = self.decide("+8613800000020", campaign="wealth-2026-11")

    def end(self):
        for process in [self.process, self.provider]:
            # The clock's program starts the one that is meant, and does not hand signals on.
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.log.close()
        self.provider_log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
