package dev.flota.engine.runtime;

import dev.flota.engine.linux.EventLoop;
import dev.flota.engine.linux.PacketSocket;
import dev.flota.engine.spec.ContainerRecord;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Starts further processes in containers, each under a conmon of its own. */
final class ExecStarter {
  private final ContainerPaths paths;
  private final HostFacts host;
  private final Conmon conmon;
  private final EventLoop loop;
  private final PacketSocket.Packets packets;

  ExecStarter(
      ContainerPaths paths,
      HostFacts host,
      Conmon conmon,
      EventLoop loop,
      PacketSocket.Packets packets) {
    this.paths = paths;
    this.host = host;
    this.conmon = conmon;
    this.loop = loop;
    this.packets = packets;
  }

  /**
   * Starts one.
   *
   * @param listener {@code null} for nobody
   * @throws StartFailedException it cannot be started
   */
  ExecSession start(
      OciRuntime runtime,
      ContainerRecord record,
      String execId,
      ExecSpec spec,
      Attachment.@Nullable Listener listener) {
    Path directory = paths.execDirectory(record.id(), execId);
    ConmonExec exec = new ConmonExec(execId, loop, directory, () -> FileTree.delete(directory));
    try {
      FileTree.create(directory);
      FileTree.write(directory.resolve("process.json"), process(record, spec));
      Conmon.Started started = run(runtime, record, exec, spec, directory, listener);
      if (started.report().pid() <= 0) {
        throw RuntimeFailure.ofExec(started.report().message());
      }
      exec.started(started.report().pid(), started.sync());
      return exec;
    } catch (RuntimeException failure) {
      exec.abandon();
      FileTree.delete(directory);
      throw failure;
    }
  }

  private OciSpec.ContainerProcess process(ContainerRecord record, ExecSpec spec) {
    OciSpec container = specification(record);
    ContainerUser user = user(container, record, spec.user());
    return ExecPlan.of(record.config(), container.process(), spec, user, host);
  }

  /**
   * Looks up the user of an exec in the container's own files.
   *
   * @param user {@code null} for the container's
   */
  void checkUser(ContainerRecord record, @Nullable String user) {
    user(specification(record), record, user);
  }

  private OciSpec specification(ContainerRecord record) {
    return FileTree.read(paths.specification(record.id()), OciSpec.class);
  }

  private static ContainerUser user(
      OciSpec container, ContainerRecord record, @Nullable String name) {
    return BundleWriter.user(
        Path.of(container.root().path()), record, name == null ? record.config().user() : name);
  }

  private Conmon.Started run(
      OciRuntime runtime,
      ContainerRecord record,
      ConmonExec exec,
      ExecSpec spec,
      Path directory,
      Attachment.@Nullable Listener listener) {
    List<String> arguments =
        Conmon.commonArguments(runtime.executable(), runtime.root(), record.id(), directory);
    arguments.addAll(List.of("-u", exec.id(), "-n", record.name(), "-e", "-l", "none"));
    arguments.addAll(List.of("--exec-process-spec", directory.resolve("process.json").toString()));
    if (spec.tty()) {
      arguments.addAll(List.of("-t", "--leave-stdin-open"));
    }
    if (spec.attachStdin()) {
      arguments.add("-i");
    }
    if (listener == null) {
      return conmon.exec(arguments);
    }
    arguments.add("--exec-attach");
    return conmon.exec(
        arguments, () -> exec.attached(attach(directory, spec, exec.wrap(listener))));
  }

  private ConmonAttachment attach(Path directory, ExecSpec spec, Attachment.Listener listener) {
    return ConmonAttachment.open(
        loop, packets, directory.resolve("attach"), input(spec), Optional.empty(), listener);
  }

  private static ConmonAttachment.Input input(ExecSpec spec) {
    if (!spec.attachStdin()) {
      return ConmonAttachment.Input.NONE;
    }
    return spec.tty() ? ConmonAttachment.Input.STAYS : ConmonAttachment.Input.ENDS;
  }
}
