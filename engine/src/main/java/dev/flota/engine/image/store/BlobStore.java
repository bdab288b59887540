package dev.flota.engine.image.store;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.Digest;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Bytes by their digest: manifests, configurations and layers as they came from the registry.
 *
 * <p>Layers are kept compressed beside their unpacked form. It costs a third of the disk again, and
 * is what lets an image be saved, pushed or handed to another host with the digests it came with.
 */
public final class BlobStore {
  private final Path root;
  private final Path temporary;

  /** Blobs under {@code root}; drafts in {@code temporary} on the same file system. */
  BlobStore(Path root, Path temporary) {
    this.root = root;
    this.temporary = temporary;
  }

  void makeDirectories() throws IOException {
    Files.createDirectories(root.resolve("sha256"));
    Files.createDirectories(root.resolve("sha512"));
  }

  /** Where a blob is, or would be. */
  public Path path(Digest digest) {
    return root.resolve(digest.algorithm()).resolve(digest.hex());
  }

  /** Whether a blob is here. */
  public boolean has(Digest digest) {
    return Files.exists(path(digest));
  }

  /** A small blob's bytes. */
  public byte[] read(Digest digest) throws IOException {
    return Files.readAllBytes(path(digest));
  }

  /** Keeps a small blob, to last; its digest must have been checked. */
  public void put(Digest digest, byte[] content) throws IOException {
    if (!has(digest)) {
      AtomicFile.write(path(digest), content, temporary);
    }
  }

  /** A new, empty file for a blob that is on its way. */
  public Path draft() throws IOException {
    return Files.createTempFile(temporary, "blob", "");
  }

  /** Makes a finished draft a blob. */
  public void adopt(Path draft, Digest digest) throws IOException {
    Files.move(draft, path(digest), StandardCopyOption.ATOMIC_MOVE);
  }

  void delete(Digest digest) throws IOException {
    Files.deleteIfExists(path(digest));
  }

  List<Digest> all() throws IOException {
    List<Digest> digests = new ArrayList<>();
    for (String algorithm : List.of("sha256", "sha512")) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(root.resolve(algorithm))) {
        for (Path file : files) {
          digests.add(named(algorithm, file));
        }
      }
    }
    return digests;
  }

  private static Digest named(String algorithm, Path file) {
    String hex = String.valueOf(file.getFileName());
    try {
      return Digest.parse(algorithm + ":" + hex);
    } catch (EngineException e) {
      throw EngineException.system("unexpected file among the blobs: " + file, e);
    }
  }
}
