package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.linux.Errno;
import dev.flota.engine.linux.EventLoop;
import dev.flota.engine.linux.LinuxException;
import dev.flota.engine.linux.MountTable;
import dev.flota.engine.linux.PacketSocket;
import dev.flota.engine.linux.PidDescriptor;
import dev.flota.engine.linux.ProcessFacts;
import dev.flota.engine.linux.ProcessTree;
import dev.flota.engine.linux.SealedPrograms;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.RunState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Containers as processes: OCI bundles, run by crun or runc under a conmon each, which outlives
 * this program. All methods block and may be called by any thread, but not two at once for the same
 * container, except {@link #signal}, {@link #attach}, {@link #resize}, {@link #exec} and those that
 * only look.
 */
public final class ContainerRuntime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerRuntime.class);
  private static final Duration CONMON_PATIENCE = Duration.ofSeconds(3);

  /** 128 + SIGKILL: as Docker says of a container that it ended for want of its shim. */
  private static final int ENDED_WITHOUT_CONMON = 137;

  private static final List<String> RESTORE_OPTIONS =
      List.of(
          "--tcp-established", "--file-locks", "--ext-unix-sk", "--manage-cgroups-mode", "soft");

  private final EngineSettings settings;
  private final ContainerPaths paths;
  private final Cgroups cgroups = Cgroups.detect(MountTable.read());
  private final HostFacts host = HostFacts.read(cgroups);
  private final Conmon conmon;
  private final BundleWriter bundles;
  private final EventLoop loop = new EventLoop("containers");
  private final PacketSocket.Packets packets = ConmonAttachment.packets();
  private final ExitDirectory exits;
  private final ConmonWatch conmons = new ConmonWatch(loop);
  private final ExecStarter execs;
  private final SealedPrograms programs = new SealedPrograms();

  /** A runtime for the containers below {@code settings.stateDir()}. */
  public ContainerRuntime(EngineSettings settings) {
    this.settings = settings;
    paths = new ContainerPaths(settings);
    conmon = new Conmon(settings.conmon());
    bundles = new BundleWriter(settings, paths, host);
    exits = new ExitDirectory(paths.exitDirectory(), loop, new ExitDetails());
    execs = new ExecStarter(paths, host, conmon, loop, packets);
  }

  /** What this machine lacks, for {@code docker info}. */
  public List<String> warnings() {
    return HostWarnings.of(host);
  }

  /** Whether this machine has cgroup version 2 only. */
  public boolean unifiedCgroups() {
    return host.unified();
  }

  /**
   * Checks what can be checked of a container before it is created: capabilities, security options,
   * limits, device rules, tmpfs options, signals.
   *
   * @return warnings for the answer of {@code POST /containers/create}
   * @throws EngineException INVALID, in Docker's words
   */
  public List<String> validate(ContainerConfig config, HostConfig hostConfig) {
    return SpecValidation.check(config, hostConfig, host, settings);
  }

  /**
   * Mounts the root file system if need be, writes the bundle and lets the OCI runtime create the
   * container. Its streams can be attached from now on; the command waits for {@link #start}. What
   * is left of an earlier run is removed first.
   *
   * @throws StartFailedException the runtime refused; nothing but the root file system is left
   */
  public Created create(Launch launch) {
    ContainerRecord record = launch.record();
    delete(record);
    try {
      return createNew(launch);
    } catch (RuntimeException failure) {
      throw undone(record, failure);
    }
  }

  private Created createNew(Launch launch) {
    OciRuntime runtime = runtime(launch.record());
    List<String> warnings = bundles.write(launch);
    FileTree.create(runtime.root());
    Conmon.Report report = conmon.create(arguments(launch, runtime));
    if (report.pid() <= 0) {
      throw RuntimeFailure.ofContainer(report.message());
    }
    return note(launch.record(), report, warnings);
  }

  private Created note(ContainerRecord record, Conmon.Report report, List<String> warnings) {
    int conmonPid = readPid(conmonPidFile(record.id()));
    RunningProcesses run =
        new RunningProcesses(
            RunningProcesses.Identity.of(report.pid()),
            RunningProcesses.Identity.of(conmonPid),
            paths.cgroup(record));
    run.write(paths.processFile(record.id()));
    watch(record, run);
    return new Created(report.pid(), conmonPid, warnings);
  }

  /**
   * Ends a container whose conmon ends before it: nobody would take its output, or notice its end.
   * For one that an earlier daemon has started; those that are made here are watched.
   */
  public void watch(ContainerRecord record) {
    RunningProcesses.read(paths.processFile(record.id())).ifPresent(run -> watch(record, run));
  }

  private void watch(ContainerRecord record, RunningProcesses run) {
    conmons.watch(record.id(), run.conmon(), id -> withoutConmon(record, run));
  }

  private void withoutConmon(ContainerRecord record, RunningProcesses run) {
    String id = record.id();
    boolean told = exits.read(id).isPresent();
    if (!told && isPresent(id, run)) { // in this order: what is removed loses its exit last
      LOG.warn("conmon of container {} has ended before it: it is ended too", record.name());
      cgroup(record).destroy();
      exits.write(id, ENDED_WITHOUT_CONMON);
      if (!isPresent(id, run)) {
        exits.remove(id); // it was removed meanwhile
      }
    }
  }

  private boolean isPresent(String id, RunningProcesses run) {
    return RunningProcesses.read(paths.processFile(id)).filter(run::equals).isPresent();
  }

  /**
   * Sends what a running container has in memory, or has changed of it since the round before.
   *
   * @param directory of the container
   * @return bytes that were sent
   * @throws EngineException SYSTEM with criu's reason; the container goes on
   */
  public long sendMemory(ContainerRecord record, Path directory, Pages.Sent pages) {
    try {
      return Criu.dump(
          dump(record, living(record), directory, pages.round().images(paths, record.id())),
          pages,
          pages.round().options(paths, record.id()));
    } catch (RuntimeException e) {
      if (record.state().status() == RunState.Status.RUNNING) {
        cgroup(record).thaw(); // criu may have been killed while it held it
      }
      throw e;
    }
  }

  /**
   * Writes images of a paused container's processes. They stay paused. Its memory may have been
   * sent, but for what changed since.
   *
   * @param directory of the container
   * @param pages where the memory goes
   * @return what has become of it
   * @throws EngineException SYSTEM with criu's reason
   */
  public Dumped checkpoint(ContainerRecord record, Path directory, Pages pages) {
    String id = record.id();
    Path images = paths.images(id);
    RunningProcesses processes = living(record);
    Criu.Dump dump = dump(record, processes, directory, images);
    FileTree.write(images.resolve("descriptors.json"), Checkpoint.streams(dump.pid()));
    try (StandardStreams streams = new StandardStreams(processes)) {
      streams.settle().write(images);
    }
    Dumped dumped =
        switch (pages) {
          case Pages.Sent sent ->
              new Dumped.Sent(Criu.dump(dump, sent, sent.round().options(paths, id)));
          case Pages.Written _ -> {
            Criu.dump(dump);
            yield new Dumped.Written();
          }
          case Pages.Kept kept -> new Dumped.Kept(Criu.dump(dump, kept));
        };
    InterruptedCalls.callAgain(images);
    return dumped;
  }

  /**
   * Whether memory can be sent to a page server while a container is dumped. System V shared memory
   * cannot: criu 4.2 sends it from a child process, whose count of TLS records the parent does not
   * share, so that the other side can decipher nothing that comes after it.
   */
  public boolean canSendMemory(ContainerRecord record) {
    return !SharedMemory.hasSegments(living(record).main().pid());
  }

  private Criu.Dump dump(
      ContainerRecord record, RunningProcesses processes, Path directory, Path images) {
    int pid = processes.main().pid();
    Path freezer = cgroup(record).freezer();
    if (freezer == null) {
      throw EngineException.system("this machine has no freezer for control groups");
    }
    FileTree.create(images);
    return new Criu.Dump(
        pid,
        new RootFilesystem().root(directory),
        Checkpoint.externals(pid, FileTree.read(paths.specification(record.id()), OciSpec.class)),
        freezer,
        images,
        paths.bundle(record.id()));
  }

  /** Who has kept memory for another host, and has not given it all away, gives up. */
  public void endPages(ContainerRecord record) {
    for (ProcessHandle keeper : keepers(record)) {
      // It ends by itself, and as it should, when somebody comes and goes away again.
      place(keeper).ifPresent(ContainerRuntime::visit);
      try {
        keeper.onExit().get(CONMON_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | ExecutionException e) {
        LOG.warn("criu {} does not end by itself", keeper.pid(), e);
        keeper.destroyForcibly();
        keeper.onExit().join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw EngineException.system("cut short", e);
      }
    }
  }

  private static void visit(PageTransport.Place place) {
    try (Socket visit = new Socket(place.address(), place.port())) {
      visit.setSoLinger(true, 0);
    } catch (IOException e) {
      LOG.debug("{} serves somebody, or nobody any more", place, e);
    }
  }

  /** Where a criu process serves or asks; empty once it has ended. */
  private static Optional<PageTransport.Place> place(ProcessHandle process) {
    List<String> words = List.of(ProcessFacts.commandLine(process.pid()).split("\0"));
    return words.contains("--port")
        ? Optional.of(
            new PageTransport.Place(
                words.get(words.indexOf("--address") + 1),
                Integer.parseInt(words.get(words.indexOf("--port") + 1))))
        : Optional.empty();
  }

  /** Waits until all memory that is kept here for another host is there. */
  public void awaitPages(ContainerRecord record) {
    keepers(record).forEach(keeper -> keeper.onExit().join());
  }

  /** Done when all memory of a container that was restored here is here. */
  public CompletableFuture<Void> fetched(ContainerRecord record) {
    limitSilence(record);
    return CompletableFuture.allOf(
        working(record, "\0lazy-pages\0").stream()
            .map(ProcessHandle::onExit)
            .toArray(CompletableFuture[]::new));
  }

  private void limitSilence(ContainerRecord record) {
    working(record, "criu\0lazy-pages\0")
        .forEach(fetcher -> place(fetcher).ifPresent(from -> Criu.limitSilence(fetcher, from)));
  }

  /** Why its memory could not be brought, which ended it, in criu's words; empty when it was. */
  public String fetchProblem(ContainerRecord record) {
    Path log = Criu.fetchLog(paths.bundle(record.id()));
    return Files.exists(log) ? Criu.errors(log) : "";
  }

  private List<ProcessHandle> keepers(ContainerRecord record) {
    return working(record, "\0--lazy-pages\0");
  }

  /** The criu processes with that word that work at a container's images. */
  private List<ProcessHandle> working(ContainerRecord record, String word) {
    String images = "\0--images-dir\0" + paths.images(record.id()) + "\0";
    return processes(line -> line.contains(images) && line.contains(word));
  }

  private static List<ProcessHandle> processes(Predicate<String> commandLine) {
    return ProcessHandle.allProcesses()
        .filter(process -> commandLine.test(ProcessFacts.commandLine(process.pid())))
        .toList();
  }

  /** Takes the memory of a container in that is dumped on another host. */
  public static final class Receiver implements AutoCloseable {
    private static final Duration END_WITHIN = Duration.ofSeconds(10);

    private final Criu.PageServer server;
    private final Path log;

    private Receiver(Criu.PageServer server, Path log) {
      this.server = server;
      this.log = log;
    }

    /** Where it is to be sent. */
    public PageTransport.Place place() {
      return server.place();
    }

    /** Why it has ended before it had all, in criu's words; empty when it has not. */
    public String problem() {
      Process process = server.process();
      return process.isAlive() || process.exitValue() == 0 ? "" : Criu.reason(log);
    }

    /** Waits until all is written that the other side has sent; it has said that it is all. */
    public void awaitEnd() {
      try {
        server.process().onExit().get(END_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | ExecutionException e) {
        throw EngineException.system("criu's page server does not come to its end", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw EngineException.system("cut short", e);
      }
    }

    /** Gives up. */
    @Override
    public void close() {
      server.process().destroyForcibly();
    }
  }

  /**
   * Makes ready for the memory of a container, to be put into its images.
   *
   * @param directory of the container
   */
  public Receiver receivePages(
      ContainerRecord record, Path directory, PageTransport transport, Round round) {
    Path images = round.images(paths, record.id());
    FileTree.create(images);
    Path log = directory.resolve("pages.log"); // not where the memory goes, which may be full
    return new Receiver(
        Criu.receive(transport, images, round.options(paths, record.id()), log), log);
  }

  /** Memory that comes after a restore. */
  public record Later(PageTransport transport, PageTransport.Place from) {}

  /**
   * Lets a container go on from images, in place of {@link #create} and {@link #start}.
   *
   * @param launch its runtime is one that can restore: runc
   * @param images what {@link #checkpoint} wrote
   * @param later memory that is not among the images
   * @throws EngineException SYSTEM with criu's reason; nothing but the root file system is left
   */
  public Created restore(Launch launch, Path images, @Nullable Later later) {
    ContainerRecord record = launch.record();
    delete(record);
    AtomicBoolean restored = new AtomicBoolean();
    try {
      OciRuntime runtime = runtime(record);
      Path options = paths.bundle(record.id()).resolve("criu.conf");
      List<String> warnings =
          bundles.write(launch, Map.of(Checkpoint.CONFIGURATION, options.toString()));
      Path empty = paths.emptyDirectory();
      FileTree.create(empty);
      Files.writeString(
          options, Checkpoint.configuration(empty, cgroups.directories(paths.cgroup(record))));
      FileTree.create(runtime.root());
      List<String> arguments = arguments(launch, runtime);
      arguments.addAll(List.of("--restore", images.toString()));
      RESTORE_OPTIONS.forEach(option -> arguments.add("--runtime-opt=" + option));
      if (later != null) {
        Path bundle = paths.bundle(record.id());
        Process fetcher =
            Criu.fetch(later.transport(), later.from(), images, bundle, bundle.resolve("pid"));
        endWithout(fetcher, record, restored);
        Thread.ofVirtual()
            .name("silence of who keeps the memory of " + record.name())
            .start(() -> limitSilence(record));
        arguments.add("--runtime-opt=--lazy-pages");
      }
      Conmon.Report report = conmon.create(arguments);
      restored.set(true);
      if (report.pid() <= 0) {
        String fetching = fetchProblem(record);
        String reason = Criu.reason(paths.bundle(record.id()).resolve("restore.log"));
        throw EngineException.system(
            "restore failed: %s (%s)"
                .formatted(
                    fetching.isEmpty() ? reason : reason + "; of its memory: " + fetching,
                    report.message()));
      }
      Created created = note(record, report, warnings);
      giveInput(record, StandardStreams.Input.read(images));
      return created;
    } catch (IOException e) {
      throw undone(record, new UncheckedIOException(e));
    } catch (RuntimeException e) {
      throw undone(record, e);
    }
  }

  /** A restore would wait for ever for memory that nobody brings. */
  private void endWithout(Process fetcher, ContainerRecord record, AtomicBoolean restored) {
    var _ =
        fetcher
            .onExit()
            .thenAcceptAsync(
                ended -> {
                  if (ended.exitValue() != 0 && !restored.get()) {
                    LOG.warn("nobody brings the memory of {}: its restore ends", record.name());
                    endRestore(record);
                  }
                },
                Thread::startVirtualThread);
  }

  /** What the process had not read of its input, before anybody gives it more. */
  private void giveInput(ContainerRecord record, StandardStreams.Input input) {
    try (StandardStreams streams = new StandardStreams(living(record))) {
      streams.give(input);
      if (input.ended() && record.config().openStdin()) {
        try (Attachment attachment = attach(record, true, ConmonAttachment.NOBODY)) {
          attachment.closeInput();
        }
      }
    } catch (EngineException | LinuxException e) {
      if (RunningProcesses.read(paths.processFile(record.id()))
          .filter(both -> both.main().alive())
          .isPresent()) {
        // It runs: what others have seen of that since cannot be undone.
        LOG.error("what {} had not read of its input is lost", record.name(), e);
        return;
      }
      LOG.debug("{} has ended before it was given its input", record.name(), e);
    }
  }

  /**
   * Ends a restore that a daemon before this one began, and that may still be going on: conmon,
   * runc and criu outlive the daemon. {@link #delete} removes the rest.
   */
  public void endRestore(ContainerRecord record) {
    String images = paths.images(record.id()).toString();
    while (true) {
      List<ProcessHandle> restoring = processes(line -> line.contains(images));
      if (restoring.isEmpty()) {
        return;
      }
      for (ProcessHandle process : restoring) {
        ProcessTree.kill(process);
        process.onExit().join();
      }
    }
  }

  /** Waits until nobody works at images; conmon names them for as long as its container lives. */
  public void awaitUnused(Path images) {
    processes(line -> line.contains(images.toString()) && !line.contains("\0--restore\0"))
        .forEach(process -> process.onExit().join());
  }

  private RuntimeException undone(ContainerRecord record, RuntimeException failure) {
    try {
      delete(record);
    } catch (RuntimeException further) {
      failure.addSuppressed(further);
    }
    return failure;
  }

  private List<String> arguments(Launch launch, OciRuntime runtime) {
    ContainerRecord record = launch.record();
    ContainerConfig config = record.config();
    String id = record.id();
    List<String> arguments =
        Conmon.commonArguments(runtime.executable(), runtime.root(), id, paths.bundle(id));
    arguments.addAll(List.of("-u", id, "-n", record.name()));
    arguments.addAll(List.of("--exit-dir", paths.exitDirectory().toString()));
    arguments.addAll(LogOptions.of(record, launch.directory()).conmonArguments());
    if (config.tty()) {
      arguments.add("-t");
    }
    if (config.openStdin()) {
      arguments.add("-i");
    }
    if (config.tty() || !config.stdinOnce()) {
      arguments.add("--leave-stdin-open");
    }
    return arguments;
  }

  private OciRuntime runtime(ContainerRecord record) {
    Path executable = settings.runtimes().get(record.runtime());
    if (executable == null) {
      throw EngineException.invalid("unknown or invalid runtime name: " + record.runtime());
    }
    return new OciRuntime(programs.of(executable), paths.runtimeRoot(record.runtime()));
  }

  /**
   * Runs the command of a created container.
   *
   * @throws StartFailedException the runtime refused
   */
  public void start(ContainerRecord record) {
    runtime(record).start(record.id(), living(record).main().pid());
  }

  private RunningProcesses living(ContainerRecord record) {
    return RunningProcesses.read(paths.processFile(record.id()))
        .filter(both -> both.main().alive())
        .orElseThrow(() -> notRunning(record));
  }

  /**
   * Sends a signal to the main process.
   *
   * @throws EngineException CONFLICT when there is none
   */
  public void signal(ContainerRecord record, int signal) {
    boolean sent = false;
    try (PidDescriptor process = mainProcess(record.id()).orElse(null)) {
      sent = process != null && process.signal(signal);
    }
    if (!sent) {
      throw notRunning(record);
    }
  }

  /** Freezes all processes. */
  public void pause(ContainerRecord record) {
    requireMainProcess(record);
    try {
      cgroup(record).freeze();
    } catch (IllegalStateException failure) {
      throw EngineException.system(
          "cannot pause container " + record.id() + ": " + failure.getMessage(), failure);
    }
  }

  /** Ends {@link #pause}. */
  public void resume(ContainerRecord record) {
    cgroup(record).thaw();
  }

  /**
   * Kills what still lives of the container and removes what {@link #create} made, also after a
   * create that was cut short. The root file system stays mounted. Does nothing when nothing is
   * left.
   */
  public void delete(ContainerRecord record) {
    String id = record.id();
    conmons.forget(id);
    cgroup(record).destroy();
    runtime(record).forget(id);
    endConmon(id);
    bundles.remove(id);
    exits.remove(id);
  }

  /** It ends by itself after the main process, unless something holds it up. */
  private void endConmon(String id) {
    RunningProcesses.Identity identity =
        RunningProcesses.read(paths.processFile(id))
            .map(RunningProcesses::conmon)
            .or(() -> conmonOfCutShortCreate(id))
            .orElse(null);
    if (identity == null) {
      return;
    }
    try (PidDescriptor process = identity.open().orElse(null)) {
      if (process != null && !process.awaitEnd(CONMON_PATIENCE)) {
        process.signal(Signals.KILL);
        process.awaitEnd(CONMON_PATIENCE);
      }
    }
  }

  /** Its number alone may mean another process by now; its command line names the container. */
  private Optional<RunningProcesses.Identity> conmonOfCutShortCreate(String id) {
    Path file = conmonPidFile(id);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    int pid = readPid(file);
    RunningProcesses.Identity identity = RunningProcesses.Identity.of(pid);
    return ProcessFacts.commandLine(pid).contains(id) ? Optional.of(identity) : Optional.empty();
  }

  /** What really became of the container. */
  public Observed observe(ContainerRecord record) {
    String id = record.id();
    Optional<ExitNotice> exit = exits.read(id);
    if (exit.isPresent()) {
      ExitNotice notice = exit.get();
      return new Observed.Exited(notice.exitCode(), notice.at(), notice.oomKilled());
    }
    Optional<RunningProcesses> processes = RunningProcesses.read(paths.processFile(id));
    if (processes.isEmpty() || !processes.get().main().alive()) {
      return exits
          .read(id) // conmon may have been about to write it
          .<Observed>map(
              notice -> new Observed.Exited(notice.exitCode(), notice.at(), notice.oomKilled()))
          .orElseGet(Observed.Gone::new);
    }
    int pid = processes.get().main().pid();
    if (runtime(record).waiting(id)) {
      return new Observed.NotStarted(pid);
    }
    return cgroup(record).frozen() ? new Observed.Paused(pid) : new Observed.Running(pid);
  }

  /** Ends all processes of a control group, {@code /flota/ID}; returns when none is left. */
  public static void end(String cgroup) {
    Cgroups.detect(MountTable.read()).group(cgroup).destroy();
  }

  /** The ends of containers. */
  public ExitWatcher exits() {
    return exits;
  }

  /**
   * The container's processes as {@code ps} shows them.
   *
   * @param psArguments as {@code docker top} takes them, {@code -ef} when empty
   */
  public ProcessTable top(ContainerRecord record, String psArguments) {
    ProcessList.validate(psArguments);
    requireMainProcess(record);
    return ProcessList.of(psArguments, cgroup(record).processes());
  }

  /** The numbers of the container's processes in the host's pid namespace. */
  public List<Integer> processes(ContainerRecord record) {
    return List.copyOf(cgroup(record).processes());
  }

  /**
   * Connects to the container's streams.
   *
   * @param withInput whether this client may write; one that may not never closes the container's
   *     standard input by leaving
   */
  public Attachment attach(
      ContainerRecord record, boolean withInput, Attachment.Listener listener) {
    String id = record.id();
    try {
      return ConmonAttachment.open(
          loop,
          packets,
          paths.attachSocket(id),
          input(record.config(), withInput),
          mainProcess(id),
          listener);
    } catch (LinuxException failure) {
      if (failure.errno() == Errno.ENOENT || failure.errno() == Errno.ECONNREFUSED) {
        throw notRunning(record);
      }
      throw failure;
    }
  }

  private static ConmonAttachment.Input input(ContainerConfig config, boolean withInput) {
    boolean ends = config.openStdin() && config.stdinOnce() && !config.tty();
    if (withInput && config.openStdin()) {
      return ends ? ConmonAttachment.Input.ENDS : ConmonAttachment.Input.STAYS;
    }
    return ends ? ConmonAttachment.Input.NONE_BUT_SHARED : ConmonAttachment.Input.NONE;
  }

  /** Sets the size of the container's terminal. */
  public void resize(ContainerRecord record, int rows, int columns) {
    Conmon.resize(paths.bundle(record.id()), rows, columns);
  }

  /**
   * Checks that a running container knows a user.
   *
   * @param user {@code user[:group]}, {@code null} for the container's own
   * @throws EngineException INVALID, in Docker's words
   */
  public void checkUser(ContainerRecord record, @Nullable String user) {
    execs.checkUser(record, user);
  }

  /**
   * Starts a further process in the container.
   *
   * @param execId 64 hex digits
   * @param listener receives all its output, from the first byte; {@code null} to start it detached
   * @throws StartFailedException the process could not be started (exit code 126 or 127)
   */
  public ExecSession exec(
      ContainerRecord record,
      String execId,
      ExecSpec spec,
      Attachment.@Nullable Listener listener) {
    requireMainProcess(record);
    return execs.start(runtime(record), record, execId, spec, listener);
  }

  /** Stops watching; containers go on. */
  @Override
  public void close() {
    conmons.close();
    exits.close();
    loop.close();
    programs.close();
  }

  private Optional<PidDescriptor> mainProcess(String id) {
    return RunningProcesses.read(paths.processFile(id)).flatMap(one -> one.main().open());
  }

  private void requireMainProcess(ContainerRecord record) {
    boolean alive =
        RunningProcesses.read(paths.processFile(record.id()))
            .filter(processes -> processes.main().alive())
            .isPresent();
    if (!alive) {
      throw notRunning(record);
    }
  }

  private static EngineException notRunning(ContainerRecord record) {
    return EngineException.conflict("container " + record.id() + " is not running");
  }

  private Cgroup cgroup(ContainerRecord record) {
    return cgroups.group(paths.cgroup(record));
  }

  private Path conmonPidFile(String id) {
    return paths.bundle(id).resolve("conmon.pid");
  }

  private static int readPid(Path file) {
    try {
      return Integer.parseInt(Files.readString(file).strip());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Out of the bundle and the control group, which stay until the container is deleted. */
  private final class ExitDetails implements ExitDirectory.Details {
    @Override
    public int pid(String id) {
      return RunningProcesses.read(paths.processFile(id))
          .map(processes -> processes.main().pid())
          .orElse(0);
    }

    @Override
    public boolean oomKilled(String id) {
      return Files.exists(paths.bundle(id).resolve("oom")) // conmon saw it
          || RunningProcesses.read(paths.processFile(id))
              .filter(processes -> cgroups.group(processes.cgroup()).outOfMemoryKills() > 0)
              .isPresent();
    }
  }
}
