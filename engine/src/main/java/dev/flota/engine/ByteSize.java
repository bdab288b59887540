package dev.flota.engine;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;

/** Sizes as docker/go-units' {@code HumanSize} writes them: four digits, powers of 1000. */
public final class ByteSize {
  private static final List<String> UNITS =
      List.of("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB");

  private ByteSize() {}

  /** Such as {@code 1.5kB}. */
  public static String human(long bytes) {
    BigDecimal size = BigDecimal.valueOf(bytes);
    int unit = 0;
    while (size.compareTo(BigDecimal.valueOf(1000)) >= 0 && unit < UNITS.size() - 1) {
      size = size.movePointLeft(3);
      unit++;
    }
    BigDecimal rounded = size.round(new MathContext(4));
    BigDecimal plain = rounded.signum() == 0 ? BigDecimal.ZERO : rounded.stripTrailingZeros();
    return plain.toPlainString() + UNITS.get(unit);
  }
}
