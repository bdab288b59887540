# talk.py HOST: sends a line each millisecond over one connection to port 9000, checks that they come back complete and in
# order, and prints, a dozen times a second or so, "gap MICROSECONDS", the longest time between two answers since the last such line.
import socket, sys, threading, time

EACH = 0.08

while True:
    try:
        connection = socket.create_connection((sys.argv[1], 9000))
        break
    except OSError:
        time.sleep(0.05)
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def ask():
    number = 0
    while True:
        connection.sendall(b'%d\n' % number)
        number += 1
        time.sleep(0.001)


threading.Thread(target=ask, daemon=True).start()
expected, rest = 0, b''
told = last = time.monotonic()
longest = 0.0
while True:
    answer = connection.recv(65536)
    now = time.monotonic()
    if not answer:
        sys.exit('the connection has ended')
    *lines, rest = (rest + answer).split(b'\n')
    for line in lines:
        if line != b'%d' % expected:
            sys.exit('line %d was answered by %r' % (expected, line))
        expected += 1
    longest = max(longest, now - last)
    last = now
    if now - told > EACH:
        print('gap', int(longest * 1e6), flush=True)
        told, longest = now, 0.0
