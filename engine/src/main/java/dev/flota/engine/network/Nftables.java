package dev.flota.engine.network;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.flota.engine.EngineException;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's packet filter by way of libnftables ({@code man 3 libnftables}), the library inside
 * the {@code nft} tool: the same readable scripts, each one transaction, at 0.2 ms instead of the
 * 16 to 30 ms that a start of {@code nft} takes.
 */
final class Nftables implements Firewall {
  private @Nullable Pointer context;

  @Override
  public synchronized void apply(String script) {
    Pointer current = context();
    if (Library.nft_run_cmd_from_buffer(current, script) != 0) {
      throw EngineException.system(
          "nftables: " + Library.nft_ctx_get_error_buffer(current).strip());
    }
  }

  private Pointer context() {
    Pointer current = context;
    if (current == null) {
      current = open();
      context = current;
    }
    return current;
  }

  private static Pointer open() {
    try {
      Pointer opened = Library.nft_ctx_new(0);
      Library.nft_ctx_buffer_error(opened);
      return opened;
    } catch (LinkageError e) {
      throw EngineException.system("libnftables is missing; install nftables", e);
    }
  }

  @Override
  public synchronized void close() {
    Pointer current = context;
    context = null;
    if (current != null) {
      Library.nft_ctx_free(current);
    }
  }

  @SuppressWarnings("MethodName") // the library's names
  private static final class Library {
    static {
      Native.register(Library.class, "libnftables.so.1");
    }

    private Library() {}

    static native Pointer nft_ctx_new(int flags);

    static native void nft_ctx_free(Pointer context);

    static native int nft_ctx_buffer_error(Pointer context);

    static native String nft_ctx_get_error_buffer(Pointer context);

    static native int nft_run_cmd_from_buffer(Pointer context, String script);
  }
}
