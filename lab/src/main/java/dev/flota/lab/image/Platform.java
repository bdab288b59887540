package dev.flota.lab.image;

import java.util.Map;

/** What an image runs on, in Go's names as the OCI specification demands. */
record Platform(String os, String architecture) {
  static final Platform LINUX_AMD64 = new Platform("linux", "amd64");
  static final Platform LINUX_ARM64 = new Platform("linux", "arm64");

  Map<String, Object> toJson() {
    return Map.of("architecture", architecture, "os", os);
  }
}
