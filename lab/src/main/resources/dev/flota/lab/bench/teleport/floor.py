# floor.py PROGRAM MEGABYTES: runs that program, and for each line on its input has criu alone dump and restore it, on this
# host and by way of memory alone. Prints "ready", then for each line "DUMP RESTORE", how long either took in milliseconds.
import os, shutil, signal, subprocess, sys, tempfile, time

OPTIONS = ['--tcp-established', '--skip-in-flight', '--network-lock', 'skip', '-v0']


def criu(action, images, *options):
    began = time.monotonic_ns()
    done = subprocess.run(
        ['criu', action, '--images-dir', images, *OPTIONS, *options],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    took = (time.monotonic_ns() - began) / 1e6
    if done.returncode != 0:
        sys.exit('criu %s failed: %s' % (action, done.stderr or done.stdout))
    return took


def is_ready(log):
    with open(log) as lines:
        return 'ready\n' in lines


work = tempfile.mkdtemp(prefix='flota-floor-', dir='/run')
log = os.path.join(work, 'log')
with open(log, 'w') as output:
    # criu wants the leader of a session of its own, without a terminal
    program = subprocess.Popen(
        ['python3', '-u', '-c', sys.argv[1], sys.argv[2]],
        stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
pid = program.pid
try:
    while not is_ready(log):
        if program.poll() is not None:
            with open(log) as words:
                sys.exit(words.read())
        time.sleep(0.01)
    print('ready', flush=True)
    for _ in sys.stdin:
        images = os.path.join(work, 'images')
        os.mkdir(images)
        dump = criu('dump', images, '--tree', str(pid))
        program.wait()
        restore = criu('restore', images, '--restore-detached')
        print('%.3f %.3f' % (dump, restore), flush=True)
        shutil.rmtree(images)
finally:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # a restore that failed
    shutil.rmtree(work)
