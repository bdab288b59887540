package dev.flota.engine.image.pull;

import dev.flota.engine.image.Digest;
import dev.flota.engine.image.layer.Compression;
import dev.flota.engine.image.layer.HashingInputStream;
import dev.flota.engine.image.layer.LayerUnpacker;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;

/**
 * A compressed layer, unpacked.
 *
 * @param diffId digest of what was inside the compression
 * @param archiveSize bytes of what was inside the compression
 * @param size bytes of all regular files
 */
public record LayerUnpacking(Digest diffId, long archiveSize, long size) {

  /** Unpacks {@code compressed}, which it reads to the end and closes, into an empty directory. */
  public static LayerUnpacking of(InputStream compressed, Path directory) throws IOException {
    MessageDigest hash = Digest.sha256();
    try (InputStream raw = compressed;
        InputStream plain = Compression.decompress(raw);
        HashingInputStream hashed = new HashingInputStream(plain, hash)) {
      long size = LayerUnpacker.unpack(hashed, directory);
      return new LayerUnpacking(Digest.of(hash), hashed.count(), size);
    }
  }
}
