"""Passes TCP connections on; the first one ends after so many bytes from the server. Prints its port.

    breaking_proxy.py PORT BYTES [COMMAND]

COMMAND is run by a shell when the connection has been cut.
"""

import os, socket, subprocess, sys, threading

port, left = int(sys.argv[1]), int(sys.argv[2])
command = sys.argv[3] if len(sys.argv) > 3 else None
listener = socket.create_server(("127.0.0.1", 0))


def pump(source, target, limit=None):
    count = 0
    try:
        while data := source.recv(4096):
            count += len(data)
            target.sendall(data)
            if limit is not None and count >= limit:
                if command:
                    subprocess.run(command, shell=True, check=True)
                break
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve():
    first = True
    while True:
        client, _ = listener.accept()
        server = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=pump, args=(client, server), daemon=True).start()
        threading.Thread(target=pump, args=(server, client, left if first else None), daemon=True).start()
        first = False


print(listener.getsockname()[1], flush=True)
threading.Thread(target=serve, daemon=True).start()
# Ends with the test: its standard input is a pipe.
sys.stdin.read()
os._exit(0)
