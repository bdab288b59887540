package dev.flota.engine.volume;

import dev.flota.engine.EngineException;
import dev.flota.engine.linux.MountTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Volumes with options: a device, directory or remote file system that is mounted over the volume's
 * data while a container uses it. Done by {@code mount(8)}, which knows the words of {@code o}; no
 * helper of a file system is called, as dockerd calls none.
 */
final class DeviceMount {
  private static final Pattern ADDRESS = Pattern.compile("(?<=^|,)addr=([^,]+)");

  private DeviceMount() {}

  /** Mounts, unless something is mounted there already. */
  static void mount(Path data, Map<String, String> options) {
    if (MountTable.read().mounted(data)) {
      return;
    }
    String type = options.getOrDefault("type", "none");
    String device = options.getOrDefault("device", "");
    String words = options.getOrDefault("o", "");
    if (type.equals("nfs") || type.equals("cifs")) {
      words = withAddress(words);
    }
    List<String> command = new ArrayList<>(List.of("mount", "-i", "-t", type));
    if (!words.isEmpty()) {
      command.addAll(List.of("-o", words));
    }
    command.addAll(List.of("--", device, data.toString()));
    String failure = run(command);
    if (!failure.isEmpty()) {
      throw EngineException.system(
          "error while mounting volume '%1$s': failed to mount local volume: mount %2$s:%1$s, data: %3$s: %4$s"
              .formatted(data, device, words, failure));
    }
  }

  /** Unmounts what is mounted there, if anything. */
  static void unmount(Path data) {
    if (!MountTable.read().mounted(data)) {
      return;
    }
    String failure = run(List.of("umount", "--", data.toString()));
    if (!failure.isEmpty()) {
      throw EngineException.system("error while unmounting volume '" + data + "': " + failure);
    }
  }

  /** The kernel takes an address only, users write names. */
  private static String withAddress(String words) {
    Matcher matcher = ADDRESS.matcher(words);
    if (!matcher.find()) {
      return words;
    }
    try {
      String address = InetAddress.getByName(matcher.group(1)).getHostAddress();
      return matcher.replaceFirst(Matcher.quoteReplacement("addr=" + address));
    } catch (UnknownHostException e) {
      throw EngineException.system(
          "error resolving passed in network volume address: " + e.getMessage(), e);
    }
  }

  /** What a command complains of, empty when it succeeds. */
  private static String run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      int code = process.waitFor();
      return code == 0 ? "" : output + " (exit status " + code + ")";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }
}
