package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.json.Json;
import dev.flota.engine.linux.ChildProcess;
import dev.flota.engine.linux.Errno;
import dev.flota.engine.linux.EventLoop;
import dev.flota.engine.linux.LinuxException;
import dev.flota.engine.linux.MountTable;
import dev.flota.engine.linux.Mounts;
import dev.flota.engine.linux.PacketSocket;
import dev.flota.engine.linux.PidDescriptor;
import dev.flota.engine.linux.Pipe;
import dev.flota.engine.linux.RootedDirectory;
import dev.flota.engine.linux.SealedPrograms;
import dev.flota.engine.linux.Spawn;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
  private static final Logger LOGGER = LoggerFactory.getLogger(ContainerRuntime.class);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration CONMON_PATIENCE = Duration.ofSeconds(3);
  private static final Path UNPRIVILEGED_PORTS =
      Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");

  private final EngineSettings settings;
  private final ContainerPaths paths;
  private final RootFilesystem rootFilesystem = new RootFilesystem();
  private final Cgroups cgroups = Cgroups.detect(MountTable.read());
  private final HostFacts host = HostFacts.read(cgroups);
  private final Conmon conmon;
  private final EventLoop loop = new EventLoop("containers");
  private final PacketSocket.Packets packets = ConmonAttachment.packets();
  private final ExitDirectory exits;
  private final SealedPrograms programs = new SealedPrograms();

  /** A runtime for the containers below {@code settings.stateDir()}. */
  public ContainerRuntime(EngineSettings settings) {
    this.settings = settings;
    paths = new ContainerPaths(settings);
    conmon = new Conmon(settings.conmon());
    exits = new ExitDirectory(paths.exitDirectory(), loop, new ExitDetails());
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
      try {
        delete(record);
      } catch (RuntimeException further) {
        failure.addSuppressed(further);
      }
      throw failure;
    }
  }

  private Created createNew(Launch launch) {
    ContainerRecord record = launch.record();
    String id = record.id();
    Path runtime = executable(record);
    Path root = rootFilesystem.mount(launch.directory(), launch.layers());
    String userName = text(record.config().user());
    ContainerUser user =
        ContainerUser.resolve(root, userName, list(record.hostConfig().groupAdd()));
    makeWorkingDirectory(root, record.config());
    SpecPlan plan =
        SpecPlan.of(
            new SpecPlan.Input(
                launch,
                root,
                user,
                host,
                DevicePlan.of(record.hostConfig()),
                MountTable.read(),
                paths.cgroup(record),
                settings.init(),
                sharedMemory(launch),
                Files.exists(UNPRIVILEGED_PORTS)));
    Path bundle = paths.bundle(id);
    createDirectories(bundle);
    createDirectories(paths.runtimeRoot(record.runtime()));
    write(paths.specification(id), plan.specification());
    Conmon.Report report = conmon.create(arguments(launch, runtime));
    if (report.pid() <= 0) {
      throw RuntimeFailure.ofContainer(report.message());
    }
    int conmonPid = readPid(bundle.resolve("conmon.pid"));
    new RunningProcesses(
            RunningProcesses.Identity.of(report.pid()), RunningProcesses.Identity.of(conmonPid))
        .write(paths.processFile(id));
    return new Created(report.pid(), conmonPid, plan.warnings());
  }

  private List<String> arguments(Launch launch, Path runtime) {
    ContainerRecord record = launch.record();
    ContainerConfig config = record.config();
    String id = record.id();
    List<String> arguments =
        Conmon.commonArguments(runtime, paths.runtimeRoot(record.runtime()), id, paths.bundle(id));
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

  private Path executable(ContainerRecord record) {
    Path runtime = settings.runtimes().get(record.runtime());
    if (runtime == null) {
      throw EngineException.invalid("unknown or invalid runtime name: " + record.runtime());
    }
    return programs.of(runtime);
  }

  private static void makeWorkingDirectory(Path root, ContainerConfig config) {
    String directory = SpecPlan.workingDirectory(config);
    try (RootedDirectory rooted = RootedDirectory.open(root)) {
      rooted.makeDirectories(directory, 0755, 0, 0);
    } catch (LinuxException failure) {
      if (failure.errno() == Errno.ENOTDIR) {
        throw EngineException.invalid("Cannot mkdir: " + directory + " is not a directory");
      }
      throw failure;
    }
  }

  /** A directory of the host for {@code /dev/shm}, where it is shared. */
  private @Nullable Path sharedMemory(Launch launch) {
    HostConfig hostConfig = launch.record().hostConfig();
    String mode = text(hostConfig.ipcMode());
    SharedNamespaces.Peer peer = launch.shared().ipc();
    if (peer != null) {
      return paths.sharedMemory(peer.id());
    }
    return switch (mode) {
      case "host" -> Path.of("/dev/shm");
      case "shareable" -> {
        Path directory = paths.sharedMemory(launch.record().id());
        createDirectories(directory);
        Mounts.mount(
            "shm",
            directory.toString(),
            "tmpfs",
            Mounts.NO_SET_USER_ID | Mounts.NO_EXECUTE | Mounts.NO_DEVICES,
            "mode=1777,size=" + MountPlan.shmBytes(hostConfig));
        yield directory;
      }
      default -> null;
    };
  }

  /**
   * Runs the command of a created container.
   *
   * @throws StartFailedException the runtime refused
   */
  public void start(ContainerRecord record) {
    RunningProcesses processes =
        RunningProcesses.read(paths.processFile(record.id()))
            .filter(both -> both.main().alive())
            .orElseThrow(() -> notRunning(record));
    if (!state(record).release(processes.main().pid())) {
      Output output = run(record, List.of("start", record.id()));
      if (output.exitCode() != 0) {
        throw RuntimeFailure.ofContainer(output.errors());
      }
    }
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
    Cgroup cgroup = cgroup(record);
    if (state(record).kind() == RuntimeState.Kind.OTHER) {
      Output output = run(record, List.of("delete", "--force", id));
      if (output.exitCode() != 0) {
        LOGGER.warn("{} delete {}: {}", record.runtime(), id, output.errors());
      }
    }
    cgroup.destroy();
    endConmon(id);
    deleteTree(stateDirectory(record));
    Path sharedMemory = paths.sharedMemory(id);
    if (Files.exists(sharedMemory)) {
      Mounts.unmount(sharedMemory);
      deleteTree(sharedMemory);
    }
    deleteTree(paths.bundle(id));
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
    Path file = paths.bundle(id).resolve("conmon.pid");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    int pid = readPid(file);
    RunningProcesses.Identity identity = RunningProcesses.Identity.of(pid);
    try {
      String commandLine = Files.readString(Path.of("/proc/" + pid + "/cmdline"));
      return commandLine.contains(id) ? Optional.of(identity) : Optional.empty();
    } catch (IOException gone) {
      return Optional.empty();
    }
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
    if (state(record).waiting()) {
      return new Observed.NotStarted(pid);
    }
    return cgroup(record).frozen() ? new Observed.Paused(pid) : new Observed.Running(pid);
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
    Path directory = paths.execDirectory(record.id(), execId);
    try {
      createDirectories(directory);
      write(directory.resolve("process.json"), execProcess(record, spec));
      return startExec(record, execId, spec, directory, listener);
    } catch (RuntimeException failure) {
      deleteTree(directory);
      throw failure;
    }
  }

  private OciSpec.ContainerProcess execProcess(ContainerRecord record, ExecSpec spec) {
    String userName = spec.user() == null ? text(record.config().user()) : spec.user();
    Path root = rootOf(record.id());
    ContainerUser user =
        ContainerUser.resolve(root, userName, list(record.hostConfig().groupAdd()));
    return ExecPlan.of(record.config(), container(record.id()).process(), spec, user, host);
  }

  private OciSpec container(String id) {
    try {
      return Json.PLAIN.readValue(Files.readAllBytes(paths.specification(id)), OciSpec.class);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private Path rootOf(String id) {
    return Path.of(container(id).root().path());
  }

  private ExecSession startExec(
      ContainerRecord record,
      String execId,
      ExecSpec spec,
      Path directory,
      Attachment.@Nullable Listener listener) {
    List<String> arguments =
        Conmon.commonArguments(
            executable(record), paths.runtimeRoot(record.runtime()), record.id(), directory);
    arguments.addAll(List.of("-u", execId, "-n", record.name(), "-e", "-l", "none"));
    arguments.addAll(List.of("--exec-process-spec", directory.resolve("process.json").toString()));
    if (spec.tty()) {
      arguments.addAll(List.of("-t", "--leave-stdin-open"));
    }
    if (spec.attachStdin()) {
      arguments.add("-i");
    }
    ConmonExec exec = new ConmonExec(execId, loop, directory, () -> deleteTree(directory));
    Conmon.Started started;
    if (listener == null) {
      started = conmon.exec(arguments);
    } else {
      arguments.add("--exec-attach");
      ConmonAttachment.Input input =
          !spec.attachStdin()
              ? ConmonAttachment.Input.NONE
              : spec.tty() ? ConmonAttachment.Input.STAYS : ConmonAttachment.Input.ENDS;
      started =
          conmon.exec(
              arguments,
              () ->
                  exec.attached(
                      ConmonAttachment.open(
                          loop,
                          packets,
                          directory.resolve("attach"),
                          input,
                          Optional.empty(),
                          exec.wrap(listener))));
    }
    if (started.report().pid() <= 0) {
      exec.abandon();
      throw RuntimeFailure.ofExec(started.report().message());
    }
    exec.started(started.report().pid(), started.sync());
    return exec;
  }

  /** Stops watching; containers go on. */
  @Override
  public void close() {
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

  private RuntimeState state(ContainerRecord record) {
    return new RuntimeState(stateDirectory(record));
  }

  private Path stateDirectory(ContainerRecord record) {
    return paths.runtimeRoot(record.runtime()).resolve(record.id());
  }

  private Cgroup cgroup(ContainerRecord record) {
    return cgroups.group(paths.cgroup(record));
  }

  private record Output(int exitCode, String errors) {}

  private Output run(ContainerRecord record, List<String> arguments) {
    List<String> all = new ArrayList<>();
    all.add("--root=" + paths.runtimeRoot(record.runtime()));
    all.addAll(arguments);
    try (Pipe errors = Pipe.open()) {
      ChildProcess child =
          Spawn.of(executable(record), all)
              .environment(Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"))
              .descriptor(2, errors.writeEnd())
              .start();
      errors.writeEnd().close();
      String words = read(errors);
      return new Output(child.await(), words);
    }
  }

  private static String read(Pipe pipe) {
    StringBuilder text = new StringBuilder();
    byte[] part = pipe.read(8192, PATIENCE);
    while (part.length > 0) {
      text.append(new String(part, StandardCharsets.UTF_8));
      part = pipe.read(8192, PATIENCE);
    }
    return text.toString().strip();
  }

  private static int readPid(Path file) {
    try {
      return Integer.parseInt(Files.readString(file).strip());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void write(Path file, Object content) {
    try {
      Files.write(file, Json.PLAIN.writeValueAsBytes(content));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void createDirectories(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void deleteTree(Path directory) {
    try {
      Files.walkFileTree(directory, new Deletion());
    } catch (NoSuchFileException nothing) {
      LOGGER.trace("{} is gone already", directory);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      if (failure instanceof NoSuchFileException) { // conmon removes its own files meanwhile
        return FileVisitResult.CONTINUE;
      }
      throw failure;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
        throws IOException {
      if (failure != null) {
        throw failure;
      }
      Files.deleteIfExists(directory);
      return FileVisitResult.CONTINUE;
    }
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  private static <T> List<T> list(@Nullable List<T> values) {
    return values == null ? List.of() : values;
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
      if (Files.exists(paths.bundle(id).resolve("oom"))) { // conmon saw it
        return true;
      }
      if (!Files.exists(paths.specification(id))) {
        return false;
      }
      return cgroups.group(container(id).linux().cgroupsPath()).outOfMemoryKills() > 0;
    }
  }
}
