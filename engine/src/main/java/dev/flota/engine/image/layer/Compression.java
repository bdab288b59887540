package dev.flota.engine.image.layer;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * How an archive is compressed. Told by its first bytes, as Docker does, whatever the media type
 * says.
 */
public enum Compression {
  /** Not at all. */
  NONE,
  /** RFC 1952. */
  GZIP,
  /** RFC 8878. */
  ZSTD,
  /** The format of {@code bzip2}. */
  BZIP2,
  /** The format of {@code xz}. */
  XZ;

  private static final int BUFFER = 64 * 1024;
  private static final int LONGEST_MAGIC = 6;
  private static final int XZ_MEMORY_LIMIT_KIB = 256 * 1024;

  /** The plain bytes of {@code compressed}. */
  public static InputStream decompress(InputStream compressed) throws IOException {
    BufferedInputStream in = new BufferedInputStream(compressed, BUFFER);
    in.mark(LONGEST_MAGIC);
    byte[] magic = in.readNBytes(LONGEST_MAGIC);
    in.reset();
    return switch (of(magic)) {
      case NONE -> in;
      case GZIP ->
          GzipCompressorInputStream.builder()
              .setInputStream(in)
              .setDecompressConcatenated(true)
              .setBufferSize(BUFFER)
              .get();
      case ZSTD -> new ZstdInputStream(in).setContinuous(false);
      case BZIP2 -> new BZip2CompressorInputStream(in, true);
      case XZ ->
          XZCompressorInputStream.builder()
              .setInputStream(in)
              .setDecompressConcatenated(true)
              .setMemoryLimitKiB(XZ_MEMORY_LIMIT_KIB)
              .get();
    };
  }

  /** How {@code in}, which is at its beginning, is compressed. */
  public static Compression detect(InputStream in) throws IOException {
    return of(in.readNBytes(LONGEST_MAGIC));
  }

  /** What the first six bytes tell. */
  static Compression of(byte[] magic) {
    if (startsWith(magic, 0x1f, 0x8b, 0x08)) {
      return GZIP;
    }
    boolean skippable =
        magic.length >= 4 && (magic[0] & 0xf0) == 0x50 && rest(magic, 0x2a, 0x4d, 0x18);
    if (skippable || startsWith(magic, 0x28, 0xb5, 0x2f, 0xfd)) {
      return ZSTD;
    }
    if (startsWith(magic, 'B', 'Z', 'h')) {
      return BZIP2;
    }
    return startsWith(magic, 0xfd, '7', 'z', 'X', 'Z', 0) ? XZ : NONE;
  }

  private static boolean rest(byte[] magic, int... wanted) {
    return startsWith(Arrays.copyOfRange(magic, 1, magic.length), wanted);
  }

  private static boolean startsWith(byte[] magic, int... wanted) {
    if (magic.length < wanted.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if ((magic[i] & 0xff) != wanted[i]) {
        return false;
      }
    }
    return true;
  }
}
