package dev.flota.lab.image;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;

/** How a layer travels. */
enum LayerCompression {
  GZIP {
    @Override
    OutputStream compress(OutputStream target) throws IOException {
      return new GZIPOutputStream(target, BUFFER_BYTES);
    }
  },
  ZSTD {
    @Override
    OutputStream compress(OutputStream target) throws IOException {
      return new ZstdOutputStream(target);
    }
  };

  private static final int BUFFER_BYTES = 1 << 16;

  abstract OutputStream compress(OutputStream target) throws IOException;
}
