package dev.flota.engine.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Builds tar archives byte by byte, so that tests can write what no sane program writes. */
public final class Tar {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** One header's fields; records go into a pax header before it. */
  public static final class Entry {
    private final String name;
    private final char type;
    private String link = "";
    private int mode = 0644;
    private long user;
    private long group;
    private long seconds = 1_700_000_000;
    private long major;
    private long minor;
    private byte[] content = {};
    private long claimedSize = -1;
    private final Map<String, byte[]> records = new LinkedHashMap<>();

    public Entry(char type, String name) {
      this.type = type;
      this.name = name;
    }

    public Entry link(String target) {
      link = target;
      return this;
    }

    public Entry mode(int newMode) {
      mode = newMode;
      return this;
    }

    public Entry owner(long newUser, long newGroup) {
      user = newUser;
      group = newGroup;
      return this;
    }

    public Entry seconds(long newSeconds) {
      seconds = newSeconds;
      return this;
    }

    public Entry device(long newMajor, long newMinor) {
      major = newMajor;
      minor = newMinor;
      return this;
    }

    public Entry content(String text) {
      return content(text.getBytes(UTF_8));
    }

    public Entry content(byte[] bytes) {
      content = bytes;
      return this;
    }

    /** A size in the header that the content does not have. */
    public Entry claim(long size) {
      claimedSize = size;
      return this;
    }

    public Entry record(String key, String value) {
      return record(key, value.getBytes(ISO_8859_1));
    }

    public Entry record(String key, byte[] value) {
      records.put(key, value);
      return this;
    }
  }

  public static Entry file(String name, String content) {
    return new Entry('0', name).content(content);
  }

  public static Entry directory(String name) {
    return new Entry('5', name).mode(0755);
  }

  public static Entry symbolicLink(String name, String target) {
    return new Entry('2', name).link(target).mode(0777);
  }

  public static Entry hardLink(String name, String target) {
    return new Entry('1', name).link(target);
  }

  public static byte[] of(Entry... entries) {
    Tar tar = new Tar();
    for (Entry entry : entries) {
      tar.add(entry);
    }
    return tar.finish();
  }

  public Tar add(Entry entry) {
    if (!entry.records.isEmpty()) {
      byte[] records = records(entry.records);
      header(new Entry('x', "pax").content(records), records.length);
      padded(records);
    }
    header(entry, entry.claimedSize >= 0 ? entry.claimedSize : entry.content.length);
    padded(entry.content);
    return this;
  }

  /** Bytes as they are. */
  public Tar raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  public byte[] finish() {
    out.writeBytes(new byte[1024]);
    return out.toByteArray();
  }

  public static byte[] records(Map<String, byte[]> records) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    records.forEach(
        (key, value) -> {
          int rest = key.length() + value.length + 3;
          int length = rest + Integer.toString(rest).length();
          length = rest + Integer.toString(length).length();
          data.writeBytes((length + " " + key + "=").getBytes(ISO_8859_1));
          data.writeBytes(value);
          data.write('\n');
        });
    return data.toByteArray();
  }

  private void header(Entry entry, long size) {
    byte[] block = new byte[512];
    text(block, 0, 100, entry.name);
    octal(block, 100, 8, entry.mode);
    octal(block, 108, 8, entry.user);
    octal(block, 116, 8, entry.group);
    octal(block, 124, 12, size);
    octal(block, 136, 12, entry.seconds);
    block[156] = (byte) entry.type;
    text(block, 157, 100, entry.link);
    text(block, 257, 6, "ustar");
    text(block, 263, 2, "00");
    octal(block, 329, 8, entry.major);
    octal(block, 337, 8, entry.minor);
    seal(block);
    out.writeBytes(block);
  }

  /** Puts the checksum into a header block. */
  public static void seal(byte[] block) {
    Arrays.fill(block, 148, 156, (byte) ' ');
    long sum = 0;
    for (byte each : block) {
      sum += each & 0xff;
    }
    text(block, 148, 8, String.format("%06o\0 ", sum));
  }

  private static void octal(byte[] block, int offset, int length, long value) {
    String digits = Long.toOctalString(value);
    if (value >= 0 && digits.length() < length) {
      text(block, offset, length, "0".repeat(length - 1 - digits.length()) + digits);
      return;
    }
    for (int i = length - 1, shift = 0; i >= 0; i--, shift += 8) {
      block[offset + i] = (byte) (shift < 64 ? value >> shift : value < 0 ? 0xff : 0);
    }
    block[offset] |= (byte) 0x80;
  }

  private static void text(byte[] block, int offset, int length, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, block, offset, Math.min(bytes.length, length));
  }

  private void padded(byte[] content) {
    out.writeBytes(content);
    out.writeBytes(new byte[-content.length & 511]);
  }
}
