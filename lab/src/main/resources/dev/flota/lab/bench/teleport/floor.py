# floor.py process|container PROGRAM MEGABYTES: runs that program, as a process that is in no namespace of its own or in a container by
# runc, and for each line on its input has it dumped and restored on this host, by way of memory alone. Prints "ready", then for
# each line "DUMP RESTORE", how long either took in milliseconds.
import json, os, shutil, signal, subprocess, sys, tempfile, time

HOW, PROGRAM, MEGABYTES = sys.argv[1:]
COMMAND = ['python3', '-u', '-c', PROGRAM, MEGABYTES]
WORK = tempfile.mkdtemp(prefix='flota-floor-', dir='/run')
LOG = os.path.join(WORK, 'log')
PATIENCE = 60  # seconds
IMAGES = os.path.join(WORK, 'images')


def run(*words, **streams):
    """How long it took."""
    complaints = os.path.join(WORK, 'complaints')
    with open(complaints, 'w+') as errors:
        began = time.monotonic_ns()
        done = subprocess.run(words, **{'stdin': subprocess.DEVNULL, 'stdout': errors, 'stderr': errors, **streams})
        took = (time.monotonic_ns() - began) / 1e6
        if done.returncode != 0:
            errors.seek(0)
            sys.exit('%s failed: %s' % (' '.join(words[:2]), errors.read()))
    return took


class Process:
    """criu alone."""
    OPTIONS = ['--images-dir', IMAGES, '--tcp-established', '--skip-in-flight', '--network-lock', 'skip', '-v1']

    def start(self):
        with open(LOG, 'w') as log:
            # criu wants the leader of a session of its own, without a terminal
            self.process = subprocess.Popen(
                COMMAND, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def dump(self):
        took = run('criu', 'dump', '--tree', str(self.process.pid), *self.OPTIONS)
        self.process.wait()
        # once restored it is no child of this one's: its number is free when it has let go of all its memory
        while os.path.exists('/proc/%d' % self.process.pid):
            time.sleep(0.001)
        return took

    def restore(self):
        return run('criu', 'restore', '--restore-detached', *self.OPTIONS)

    def end(self):
        try:
            os.kill(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it was dumped, and the restore failed


class Container:
    """runc, on this host's own root file system, with the streams that a monitor would give it."""
    NAME = 'flota-floor'
    OPTIONS = ['--image-path', IMAGES, '--work-path', WORK, '--tcp-established', '--file-locks', NAME]

    def start(self):
        self.root, bundle = os.path.join(WORK, 'root'), os.path.join(WORK, 'bundle')
        with open(LOG, 'w') as log:
            self.reader = subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=log)
        os.mkdir(self.root)
        os.mkdir(bundle)
        run('mount', '--bind', '/', self.root)
        run('runc', 'spec', '--bundle', bundle)
        criu = os.path.join(WORK, 'criu.conf')
        with open(criu, 'w') as options:
            options.write('skip-in-flight\nnetwork-lock skip\n')
        with open(os.path.join(bundle, 'config.json'), 'r+') as file:
            spec = json.load(file)
            spec['root'] = {'path': self.root, 'readonly': True}
            spec['process'].update(terminal=False, args=COMMAND)
            spec['annotations'] = {'org.criu.config': criu}
            file.seek(0)
            file.truncate()
            json.dump(spec, file)
        self.bundle = bundle
        self.run('run', '--detach', '--bundle', bundle, self.NAME)

    def run(self, *words):
        return run('runc', *words, stdin=self.reader.stdin, stdout=self.reader.stdin, stderr=self.reader.stdin)

    def dump(self):
        return run('runc', 'checkpoint', *self.OPTIONS)

    def restore(self):
        return self.run('restore', '--detach', '--bundle', self.bundle, *self.OPTIONS)

    def end(self):
        subprocess.run(['runc', 'delete', '--force', self.NAME])
        subprocess.run(['umount', self.root])
        self.reader.stdin.close()
        self.reader.wait()


def await_ready():
    end = time.monotonic() + PATIENCE
    while True:
        with open(LOG) as log:
            said = log.read()
        if 'ready\n' in said:
            return
        if time.monotonic() > end:
            sys.exit('the program does not get ready: ' + said)
        time.sleep(0.01)


subject = {'process': Process, 'container': Container}[HOW]()
try:
    subject.start()
    await_ready()
    print('ready', flush=True)
    for _ in sys.stdin:
        os.mkdir(IMAGES)
        print('%.3f %.3f' % (subject.dump(), subject.restore()), flush=True)
        shutil.rmtree(IMAGES)
finally:
    subject.end()
    # not a file of the host's own, whatever has failed
    if not os.path.ismount(os.path.join(WORK, 'root')):
        shutil.rmtree(WORK)
