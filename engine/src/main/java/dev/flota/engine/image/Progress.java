package dev.flota.engine.image;

import org.jspecify.annotations.Nullable;

/** One step of a pull or a load; each is one line of Docker's JSON progress stream. */
public sealed interface Progress {

  /**
   * {@code {"status": status, "id": id}}, without {@code id} where it is null: {@code Pulling from
   * library/alpine}, {@code Digest: …}, {@code Status: …}.
   */
  record Message(@Nullable String id, String status) implements Progress {}

  /**
   * {@code {"status": status, "progressDetail": {}, "id": id}}: a layer's state, such as {@code
   * Pulling fs layer} or {@code Pull complete}.
   */
  record LayerStatus(String id, String status) implements Progress {}

  /**
   * {@code {"status": status, "progressDetail": {"current": …, "total": …}, "progress": …, "id":
   * id}}: {@code Downloading}, {@code Extracting}, {@code Loading layer}.
   *
   * @param current bytes so far
   * @param total bytes in all, 0 when not known
   */
  record LayerBytes(String id, String status, long current, long total) implements Progress {}

  /** {@code {"stream": text}}: {@code Loaded image: alpine:latest} and a line feed. */
  record Stream(String text) implements Progress {}
}
