package dev.flota.engine.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread that waits for many descriptors, with {@code epoll(7)}. */
public final class EventLoop implements AutoCloseable {
  /** Something can be read, or the other side is done. */
  public static final int READABLE = 0x1;

  /** Something can be written. */
  public static final int WRITABLE = 0x4;

  /** Failed or hung up; told without being asked for. */
  public static final int FAILED = 0x8 | 0x10;

  private static final Logger LOGGER = LoggerFactory.getLogger(EventLoop.class);
  private static final int ADD = 1;
  private static final int DELETE = 2;
  private static final int MODIFY = 3;
  private static final int BATCH = 64;
  private static final int TOKEN_OFFSET = Platform.isIntel() ? 4 : 8;
  private static final int EVENT_BYTES = TOKEN_OFFSET + 8;
  private static final int NON_BLOCKING_CLOEXEC = 0x80800;

  private final Descriptor epoll;
  private final Descriptor wake;
  private final Map<Long, Registration> registrations = new ConcurrentHashMap<>();
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicLong tokens = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Thread thread;

  /** Called on the loop's thread; must not block. */
  @FunctionalInterface
  public interface Handler {
    /** {@code events} is a union of {@link #READABLE}, {@link #WRITABLE} and {@link #FAILED}. */
    void ready(int events);
  }

  /** Starts the thread. */
  public EventLoop(String name) {
    epoll = Descriptor.of(LibC.epoll_create1(Open.CLOSE_ON_EXEC), "epoll_create");
    wake = Descriptor.of(LibC.eventfd(0, NON_BLOCKING_CLOEXEC), "eventfd");
    register(wake, READABLE, this::drainWake);
    thread = Thread.ofPlatform().name(name).daemon().start(this::run);
  }

  /**
   * Watches a descriptor, which must stay open until the registration is cancelled.
   *
   * @param interest {@link #READABLE}, {@link #WRITABLE}, both or 0
   */
  public Registration register(Descriptor descriptor, int interest, Handler handler) {
    Registration registration =
        new Registration(tokens.incrementAndGet(), descriptor, interest, handler);
    registrations.put(registration.token, registration);
    control(ADD, registration, interest);
    return registration;
  }

  /** Runs a task on the loop's thread, soon. Dropped when the loop is closed. */
  public void execute(Runnable task) {
    tasks.add(task);
    wakeUp();
  }

  /** Whether the caller is on the loop's thread. */
  public boolean inLoop() {
    return Thread.currentThread().equals(thread);
  }

  /** Ends the thread after what it is doing now. Registered descriptors stay open. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      wakeUp();
      if (!inLoop()) {
        joinThread();
      }
    }
  }

  private void joinThread() {
    try {
      thread.join();
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
    }
  }

  private void wakeUp() {
    byte[] one = {1, 0, 0, 0, 0, 0, 0, 0};
    if (LibC.write(wake.number(), one, new NativeLong(8)).longValue() < 0) {
      int errno = Native.getLastError();
      if (errno != Errno.EAGAIN) { // full: it will wake up anyway
        throw new LinuxException("wake up event loop", errno);
      }
    }
  }

  private void drainWake(int events) {
    LibC.read(wake.number(), new byte[8], new NativeLong(8));
  }

  private void run() {
    try (Memory events = new Memory((long) EVENT_BYTES * BATCH)) {
      while (!closed.get()) {
        int count = LibC.epoll_wait(epoll.number(), events, BATCH, -1);
        if (count < 0 && Native.getLastError() != Errno.EINTR) {
          throw LinuxException.last("epoll_wait");
        }
        for (int index = 0; index < count; index++) {
          dispatch(events, (long) index * EVENT_BYTES);
        }
        runTasks();
      }
    } finally {
      epoll.close();
    }
  }

  private void dispatch(Memory events, long offset) {
    Registration registration = registrations.get(events.getLong(offset + TOKEN_OFFSET));
    if (registration == null) {
      return; // cancelled within the same batch
    }
    int ready = events.getInt(offset);
    guarded(() -> registration.handler.ready(ready));
  }

  private void runTasks() {
    Runnable task = tasks.poll();
    while (task != null) {
      guarded(task);
      task = tasks.poll();
    }
  }

  private static void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException failure) {
      LOGGER.error("a handler failed; the event loop goes on", failure);
    }
  }

  private void control(int operation, Registration registration, int interest) {
    try (Memory event = new Memory(EVENT_BYTES)) {
      event.clear();
      event.setInt(0, interest);
      event.setLong(TOKEN_OFFSET, registration.token);
      int descriptor = registration.descriptor.number();
      if (LibC.epoll_ctl(epoll.number(), operation, descriptor, event) < 0) {
        throw LinuxException.last("epoll_ctl");
      }
    }
  }

  /** A watched descriptor. */
  public final class Registration {
    private final long token;
    private final Descriptor descriptor;
    private final Handler handler;
    private int interest;

    private Registration(long token, Descriptor descriptor, int interest, Handler handler) {
      this.token = token;
      this.descriptor = descriptor;
      this.interest = interest;
      this.handler = handler;
    }

    /** Waits for other events from now on. */
    public synchronized void interest(int newInterest) {
      if (interest != newInterest && registrations.containsKey(token)) {
        interest = newInterest;
        control(MODIFY, this, newInterest);
      }
    }

    /** Watches no longer. The handler is not called any more if this is called on the loop. */
    public synchronized void cancel() {
      if (registrations.remove(token) != null && !closed.get()) {
        control(DELETE, this, 0);
      }
    }
  }
}
