"""An HTTPS server that behaves well or badly, by the first part of the path. Prints its port.

    https_server.py FOLDER CERTIFICATE KEY LOG

FOLDER holds the files. Each request becomes a line of JSON in LOG.
"""

import hashlib, http.server, json, os, socketserver, ssl, sys, threading, time
from email.utils import formatdate, parsedate_to_datetime

folder, certificate, key, log_path = sys.argv[1:5]
lock = threading.Lock()
seen = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        with lock:
            seen[self.path] = times = seen.get(self.path, 0) + 1
            with open(log_path, "a") as log:
                log.write(json.dumps({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}}) + "\n")
        _, kind, *rest = self.path.split("?")[0].split("/")
        getattr(self, "do_" + kind.replace("-", "_"), self.missing)(rest, times)

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (304,):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def missing(self, *_):
        self.answer(404, {"Content-Type": "text/html"}, b"<html>no</html>")

    def load(self, name):
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            body = file.read()
        return body, int(os.path.getmtime(path))

    def send_file(self, name, etag=True, modified=True, cut=None):
        """Sends a file, or the part that is asked for; with `cut` the connection ends after so many bytes."""
        try:
            body, changed = self.load(name)
        except FileNotFoundError:
            return self.missing()
        headers = {"Content-Type": "text/csv", "Accept-Ranges": "bytes"}
        tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        date = formatdate(changed, usegmt=True)
        if etag:
            headers["ETag"] = tag
        if modified:
            headers["Last-Modified"] = date
        asked = self.headers
        if etag and asked.get("If-None-Match") == tag:
            return self.answer(304, headers)
        since = asked.get("If-Modified-Since")
        if modified and since and parsedate_to_datetime(since).timestamp() >= changed:
            return self.answer(304, headers)
        status, start = 200, 0
        wanted = asked.get("Range")
        if wanted and asked.get("If-Range", tag) in (tag if etag else None, date if modified else None):
            start = int(wanted[len("bytes="):].split("-")[0])
            status = 206
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        part = body[start:]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part if cut is None else part[:cut])
        if cut is not None:
            self.drop()

    def drop(self):
        self.wfile.flush()
        self.close_connection = True

    def do_good(self, rest, _):
        self.send_file(rest[0])

    def do_untagged(self, rest, _):
        self.send_file(rest[0], etag=False)

    def do_bare(self, rest, _):
        self.send_file(rest[0], etag=False, modified=False)

    # The first time only the first bytes come.
    def do_break(self, rest, times):
        self.send_file(rest[1], cut=int(rest[0]) if times == 1 else None)

    def do_break_bare(self, rest, times):
        self.send_file(rest[1], etag=False, modified=False, cut=int(rest[0]) if times == 1 else None)

    # As `break`, and the file is another one afterwards.
    def do_swap(self, rest, times):
        self.send_file(rest[1] if times == 1 else rest[2], cut=int(rest[0]) if times == 1 else None)

    # Each time only so many bytes come.
    def do_short(self, rest, _):
        self.send_file(rest[1], cut=int(rest[0]))

    def do_html(self, *_):
        self.answer(200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>please sign in</html>")

    def do_empty(self, *_):
        self.answer(200, {"Content-Type": "text/csv"})

    def do_status(self, rest, _):
        self.answer(int(rest[0]), {"Content-Type": "text/plain"}, b"no")

    def do_redirect(self, rest, _):
        self.answer(302, {"Location": "/" + "/".join(rest)})

    def do_loop(self, *_):
        self.answer(302, {"Location": self.path})

    def do_plain_http(self, *_):
        self.answer(302, {"Location": f"http://127.0.0.1:{server.server_port}/good/list.csv"})

    def do_auth(self, rest, _):
        # user:secret
        if self.headers.get("Authorization") != "Basic dXNlcjpzZWNyZXQ=":
            return self.answer(401, {"WWW-Authenticate": 'Basic realm="lists"'})
        self.send_file(rest[0])

    def do_slow(self, *_):
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"+8613800000001\n")
        self.wfile.flush()
        released.wait(20)
        self.close_connection = True

    def do_announced(self, rest, _):
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", rest[0])
        self.end_headers()
        self.wfile.write(b"+8613800000001\n")
        self.drop()

    # No length is given, and it does not end.
    def do_endless(self, *_):
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        piece = b"+8613800000001\n" * 1000
        try:
            for _ in range(10_000):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        except OSError:
            self.close_connection = True


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


released = threading.Event()
server = Server(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
# Ends with the test: its standard input is a pipe.
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server.serve_forever()
