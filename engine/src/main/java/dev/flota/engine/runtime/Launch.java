package dev.flota.engine.runtime;

import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.MountPoint;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything a container needs to be created on this host.
 *
 * @param record what it is
 * @param directory its own directory; bundle, root file system and attach socket go below it
 * @param layers unpacked image layers, lowest first
 * @param netns file of the network namespace to join; {@code null} for a new, empty one
 * @param hostNetwork whether it shares the host's network; {@code netns} is then ignored
 * @param hostsFile shown as {@code /etc/hosts}
 * @param hostnameFile shown as {@code /etc/hostname}
 * @param resolvFile shown as {@code /etc/resolv.conf}
 * @param mounts volumes and binds, whose sources exist; tmpfs mounts are taken from the host
 *     configuration
 * @param shared namespaces of other containers it joins
 */
public record Launch(
    ContainerRecord record,
    Path directory,
    List<Path> layers,
    @Nullable Path netns,
    boolean hostNetwork,
    Path hostsFile,
    Path hostnameFile,
    Path resolvFile,
    List<MountPoint> mounts,
    SharedNamespaces shared) {}
