package dev.flota.lab.contract;

import dev.flota.lab.contract.SchemaCheck.Breach;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where Docker Engine 28 itself does not keep to its description. Clients were written against the
 * engine, so we do as it does.
 */
final class RealDocker {
  private static final Pattern NIL = Pattern.compile("is null, should be (array|object)");

  private static final List<Habit> HABITS =
      List.of(
          // Pointers, where the file forgets to say x-nullable.
          habit(
              ".*",
              "HostConfig\\.(MemorySwappiness|OomKillDisable|PidsLimit)",
              "is null, should be .*"),
          // Of the time before events had types; still sent.
          habit("GET /events 200", "status|id|from", "is not in the description"));

  /**
   * Go writes nil slices, maps and pointers as null; only some fields are marked x-nullable. By
   * operation, the fields that the engine leaves nil when there is nothing to say.
   */
  private static final Map<String, Set<String>> NULLS =
      Map.ofEntries(
          Map.entry("GET /containers/{id}/json", inspection()),
          Map.entry("GET /containers/json", endpoint("[].NetworkSettings.Networks{}")),
          Map.entry("POST /containers/prune", Set.of("ContainersDeleted")),
          Map.entry("GET /images/json", Set.of("[].Labels")),
          Map.entry("GET /images/{name}/history", Set.of("[].Tags")),
          Map.entry("POST /images/prune", Set.of("ImagesDeleted")),
          Map.entry("GET /volumes", Set.of("Volumes[].Labels", "Volumes[].Options", "Warnings")),
          Map.entry("GET /volumes/{name}", Set.of("Labels", "Options")),
          Map.entry("POST /volumes/create", Set.of("Labels", "Options")),
          Map.entry("POST /volumes/prune", Set.of("VolumesDeleted")),
          Map.entry("GET /networks", Set.of("[].IPAM.Options", "[].IPAM.Config")),
          Map.entry("GET /networks/{id}", Set.of("IPAM.Options", "IPAM.Config")),
          Map.entry("POST /networks/prune", Set.of("NetworksDeleted")),
          Map.entry("GET /system/df", diskUsage()),
          Map.entry(
              "GET /info",
              Set.of(
                  "GenericResources",
                  "Plugins.Authorization",
                  "RegistryConfig.Mirrors",
                  "Swarm.RemoteManagers",
                  "Warnings")));

  private RealDocker() {}

  private record Habit(Pattern operation, Pattern place, Pattern problem) {
    boolean covers(String someOperation, Breach breach) {
      return operation.matcher(someOperation).matches()
          && place.matcher(breach.place()).matches()
          && problem.matcher(breach.problem()).matches();
    }
  }

  private static Habit habit(String operation, String place, String problem) {
    return new Habit(Pattern.compile(operation), Pattern.compile(place), Pattern.compile(problem));
  }

  private static Set<String> inspection() {
    Stream<String> own = Stream.of("ExecIDs", "HostConfig.LogConfig.Config");
    Stream<String> hostConfig =
        Stream.of(
                "Binds",
                "BlkioDeviceReadBps",
                "BlkioDeviceReadIOps",
                "BlkioDeviceWriteBps",
                "BlkioDeviceWriteIOps",
                "BlkioWeightDevice",
                "CapAdd",
                "CapDrop",
                "DeviceCgroupRules",
                "DeviceRequests",
                "Devices",
                "Dns",
                "DnsOptions",
                "DnsSearch",
                "ExtraHosts",
                "GroupAdd",
                "Links",
                "MaskedPaths",
                "PortBindings",
                "ReadonlyPaths",
                "SecurityOpt",
                "Ulimits",
                "VolumesFrom")
            .map("HostConfig."::concat);
    Stream<String> config =
        Stream.of("Cmd", "Entrypoint", "Env", "OnBuild", "Volumes").map("Config."::concat);
    return Stream.of(own, hostConfig, config, endpoint("NetworkSettings.Networks{}").stream())
        .flatMap(fields -> fields)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Set<String> diskUsage() {
    Stream<String> own =
        Stream.of(
            // a kind of object that was not asked for
            "BuildCache",
            "Containers",
            "Images",
            "Volumes",
            "Images[].Labels",
            "Volumes[].Labels",
            "Volumes[].Options");
    return Stream.concat(own, endpoint("Containers[].NetworkSettings.Networks{}").stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Set<String> endpoint(String place) {
    return Stream.of("Aliases", "DNSNames", "DriverOpts", "IPAMConfig", "Links")
        .map(field -> place + "." + field)
        .collect(Collectors.toUnmodifiableSet());
  }

  static boolean doesSo(String operation, Breach breach) {
    return HABITS.stream().anyMatch(habit -> habit.covers(operation, breach))
        || isNil(operation, breach);
  }

  private static boolean isNil(String operation, Breach breach) {
    String withoutStatus = operation.substring(0, operation.lastIndexOf(' '));
    return NIL.matcher(breach.problem()).matches()
        && NULLS.getOrDefault(withoutStatus, Set.of()).contains(breach.place());
  }
}
