# podman.py OTHER-HOST IMAGE PROGRAM MEGABYTES: one of two hosts between which podman moves a container. Says "ready", and then does what
# each line of its input says: start, receive, send, forget, still. Times are of the machine's clock, in nanoseconds.
import os, re, socket, subprocess, sys, time

OTHER, IMAGE, PROGRAM, MEGABYTES = sys.argv[1:]
NAME = 'flota-bench'
PORT = 9100
ARCHIVE = '/run/flota-bench.tar'
PODMAN = ['podman', '--root', '/var/lib/flota/podman', '--runroot', '/run/podman', '--storage-driver', 'overlay',
          '--cgroup-manager', 'cgroupfs', '--events-backend', 'file', '--runtime', 'runc']
# In its favour: no waiting for iptables, of which a container without a network has no need.
CRIU = {'/etc/criu/runc.conf': 'network-lock skip\n'}


def podman(*words):
    done = subprocess.run(
        [*PODMAN, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env={**os.environ, 'PODMAN_IGNORE_CGROUPSV1_WARNING': '1'})
    if done.returncode != 0:
        sys.exit('podman %s failed: %s' % (' '.join(words[:2]), done.stderr))
    return done.stdout


def say(*words):
    print(*words, flush=True)


def stills():
    return [int(one) for one in re.findall(r'still (\d+)', podman('logs', NAME))]


def forget():
    podman('rm', '--force', '--ignore', '--time', '0', NAME)


def start():
    podman('run', '--detach', '--name', NAME, '--network', 'none', IMAGE, 'python3', '-u', '-c', PROGRAM, MEGABYTES)
    while 'ready' not in podman('logs', NAME):
        time.sleep(0.05)
    say('started')


def receive():
    with socket.create_server(('', PORT)) as server:
        say('listening')
        connection = server.accept()[0]
    with connection, open(ARCHIVE, 'wb') as archive:
        while piece := connection.recv(1 << 20):
            archive.write(piece)
    podman('container', 'restore', '--import', ARCHIVE)
    say(time.monotonic_ns())
    os.remove(ARCHIVE)


def send():
    before = len(stills())
    began = time.monotonic_ns()
    podman('container', 'checkpoint', '--compress', 'none', '--export', ARCHIVE, NAME)
    with socket.create_connection((OTHER, PORT)) as connection, open(ARCHIVE, 'rb') as archive:
        connection.sendfile(archive)
    say(began, before)
    os.remove(ARCHIVE)


def longest_still(before):
    """The log comes along, with so many of them."""
    while len(stills()) <= before:
        time.sleep(0.02)
    say(max(stills()[before:]))


for file, content in CRIU.items():
    os.makedirs(os.path.dirname(file), exist_ok=True)
    with open(file, 'w') as configuration:
        configuration.write(content)
if os.path.exists(ARCHIVE):
    os.remove(ARCHIVE)
podman('pull', '--quiet', '--tls-verify=false', IMAGE)
forget()
try:
    say('ready')
    for line in sys.stdin:
        match line.split():
            case ['start']:
                start()
            case ['receive']:
                receive()
            case ['send']:
                send()
            case ['forget']:
                forget()
                say('forgotten')
            case ['still', before]:
                longest_still(int(before))
finally:
    forget()
