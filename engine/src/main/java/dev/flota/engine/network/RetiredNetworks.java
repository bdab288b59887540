package dev.flota.engine.network;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Namespaces and interfaces of containers that ended, already cut off, let go in batches.
 *
 * <p>The kernel waits some 20 ms to let one go, with a lock that everybody needs who makes an
 * interface; for fifty together it waits about as long. So they are collected for a moment, and the
 * containers that start meanwhile do not wait. When the daemon dies the kernel closes the
 * descriptors, and {@link Networks#open} deletes the interfaces.
 */
final class RetiredNetworks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RetiredNetworks.class);

  private static final long COLLECT_MILLIS = 500;
  private static final int LARGEST_BATCH = 64;

  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("retired-networks").daemon().factory());
  private List<Integer> namespaces = new ArrayList<>();
  private boolean due;

  /** Takes a namespace's descriptor over. */
  synchronized void add(int namespace) {
    if (executor.isShutdown()) {
      SystemCalls.close(namespace);
      return;
    }
    namespaces.add(namespace);
    if (namespaces.size() == LARGEST_BATCH) {
      executor.execute(this::letGo);
    } else {
      soon();
    }
  }

  /** There are retired interfaces. */
  synchronized void soon() {
    if (!due && !executor.isShutdown()) {
      due = true;
      var _ = executor.schedule(this::letGo, COLLECT_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private synchronized List<Integer> take() {
    List<Integer> taken = namespaces;
    namespaces = new ArrayList<>();
    due = false;
    return taken;
  }

  private void letGo() {
    List<Integer> taken = take();
    // Interfaces first: a namespace that another container shares lives on, but without network.
    try (Links links = Links.open()) {
      links.deleteRetired();
    } catch (RuntimeException e) {
      LOG.warn("Interfaces are left until the next container ends", e);
    } finally {
      taken.forEach(SystemCalls::close);
    }
  }

  /** Lets all go that is left. */
  @Override
  public void close() {
    executor.shutdownNow();
    letGo();
  }
}
