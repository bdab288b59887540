package dev.flota.engine.image.pull;

import dev.flota.engine.image.Digest;
import dev.flota.engine.image.layer.HashingInputStream;
import dev.flota.engine.image.store.ImageStore;
import dev.flota.engine.image.store.Layer;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;

/** Makes a layer anew from the blob that was kept, after the machine stopped too early. */
public record BlobRepair(ImageStore store) implements ImageStore.LayerRepair {
  @Override
  public void unpackAgain(Layer damaged) throws IOException {
    Digest digest = Digest.parse(damaged.blob().digest());
    MessageDigest hash = digest.newHash();
    Path draft = store.layers().draft();
    try {
      FileInputStream file = new FileInputStream(store.blobs().path(digest).toFile());
      LayerUnpacking unpacked =
          LayerUnpacking.of(new HashingInputStream(file, hash), store.layers().filesOf(draft));
      boolean sound =
          digest.sameKind(hash).equals(digest)
              && unpacked.diffId().toString().equals(damaged.diffId());
      if (!sound) {
        throw new LayerException("filesystem layer verification failed for digest " + digest);
      }
      store.layers().adopt(draft, damaged);
    } finally {
      store.layers().discard(draft);
    }
  }
}
