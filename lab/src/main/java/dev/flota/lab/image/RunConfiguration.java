package dev.flota.lab.image;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * How containers of an image run unless told otherwise: the {@code config} of the OCI image
 * specification, as a Dockerfile's instructions fill it.
 */
record RunConfiguration(
    List<String> command,
    List<String> entrypoint,
    List<String> environment,
    List<String> exposedPorts,
    List<String> volumes,
    Optional<String> workingDirectory,
    Optional<String> stopSignal,
    Map<String, String> labels) {
  static final String PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  static RunConfiguration command(String... words) {
    return new RunConfiguration(
        List.of(words),
        List.of(),
        List.of(PATH),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Map.of());
  }

  RunConfiguration withEntrypoint(String... words) {
    return new RunConfiguration(
        command,
        List.of(words),
        environment,
        exposedPorts,
        volumes,
        workingDirectory,
        stopSignal,
        labels);
  }

  /** Instead of the usual, which is a {@code PATH}. */
  RunConfiguration withEnvironment(String... variables) {
    return new RunConfiguration(
        command,
        entrypoint,
        List.of(variables),
        exposedPorts,
        volumes,
        workingDirectory,
        stopSignal,
        labels);
  }

  RunConfiguration withWorkingDirectory(String path) {
    return new RunConfiguration(
        command,
        entrypoint,
        environment,
        exposedPorts,
        volumes,
        Optional.of(path),
        stopSignal,
        labels);
  }

  RunConfiguration withExposedPort(String port) {
    return new RunConfiguration(
        command,
        entrypoint,
        environment,
        List.of(port),
        volumes,
        workingDirectory,
        stopSignal,
        labels);
  }

  RunConfiguration withVolume(String path) {
    return new RunConfiguration(
        command,
        entrypoint,
        environment,
        exposedPorts,
        List.of(path),
        workingDirectory,
        stopSignal,
        labels);
  }

  RunConfiguration withStopSignal(String signal) {
    return new RunConfiguration(
        command,
        entrypoint,
        environment,
        exposedPorts,
        volumes,
        workingDirectory,
        Optional.of(signal),
        labels);
  }

  RunConfiguration withLabels(Map<String, String> added) {
    return new RunConfiguration(
        command,
        entrypoint,
        environment,
        exposedPorts,
        volumes,
        workingDirectory,
        stopSignal,
        added);
  }

  /** With the names and the shape of the specification; what is empty is left out. */
  Map<String, Object> toJson() {
    SequencedMap<String, Object> json = new LinkedHashMap<>();
    putIfAny(json, "ExposedPorts", keys(exposedPorts));
    json.put("Env", environment);
    if (!entrypoint.isEmpty()) {
      json.put("Entrypoint", entrypoint);
    }
    json.put("Cmd", command);
    putIfAny(json, "Volumes", keys(volumes));
    workingDirectory.ifPresent(path -> json.put("WorkingDir", path));
    putIfAny(json, "Labels", new TreeMap<>(labels));
    stopSignal.ifPresent(signal -> json.put("StopSignal", signal));
    return json;
  }

  private static void putIfAny(Map<String, Object> json, String name, Map<String, ?> value) {
    if (!value.isEmpty()) {
      json.put(name, value);
    }
  }

  /** Sets are written as objects whose values are empty. */
  private static Map<String, Map<String, String>> keys(List<String> names) {
    Map<String, Map<String, String>> keys = new TreeMap<>();
    names.forEach(name -> keys.put(name, Map.of()));
    return keys;
  }
}
