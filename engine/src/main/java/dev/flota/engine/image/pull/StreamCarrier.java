package dev.flota.engine.image.pull;

import dev.flota.engine.image.Digest;
import dev.flota.engine.image.LayerStream;
import dev.flota.engine.image.registry.BlobDownload;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Brings what another host sends, once: there is always the registry to go to. */
record StreamCarrier(LayerStream stream) implements Carrier {
  private static final int BUFFER = 128 * 1024;

  private static int read(InputStream bytes, byte[] buffer, int most) throws IOException {
    try {
      return bytes.read(buffer, 0, most);
    } catch (IOException e) {
      if (e.getCause() instanceof InterruptedException interrupted) {
        throw Interruption.of(interrupted);
      }
      throw e;
    }
  }

  @Override
  public void to(BlobDownload.Sink sink) throws IOException {
    Digest digest = Digest.parse(stream.blob().digest());
    MessageDigest hash = digest.newHash();
    InputStream bytes = stream.bytes();
    byte[] buffer = new byte[BUFFER];
    long missing = stream.blob().size();
    while (missing > 0) {
      int count = read(bytes, buffer, (int) Math.min(buffer.length, missing));
      if (count < 0) {
        throw new EOFException(missing + " bytes are missing");
      }
      hash.update(buffer, 0, count);
      sink.accept(buffer, count);
      missing -= count;
    }
    if (!digest.sameKind(hash).equals(digest)) {
      throw new LayerException("filesystem layer verification failed for digest " + digest);
    }
  }
}
