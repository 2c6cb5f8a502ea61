"""An SSH server on a free port of loopback. Prints its port.

    sshd.py FOLDER

FOLDER holds the host's key `host` and the public keys `authorized`.
"""

import os, socket, subprocess, sys, time

folder = sys.argv[1]
if os.geteuid() == 0:
    os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
# Its sandbox knows nothing of what fakes a clock.
environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}


def start():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with open(f"{folder}/config", "w") as config:
        config.write(
            f"""Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
"""
        )
    server = subprocess.Popen(
        ["/usr/sbin/sshd", "-D", "-e", "-f", f"{folder}/config"],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return server, port
        except OSError:
            time.sleep(0.01)
    return None, port


# Another process may take the port before the server does.
for _ in range(5):
    server, port = start()
    if server:
        print(port, flush=True)
        # Ends with the test: its standard input is a pipe.
        sys.stdin.read()
        server.terminate()
        server.wait()
        break
