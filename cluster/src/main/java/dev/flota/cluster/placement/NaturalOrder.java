package dev.flota.cluster.placement;

/** Digits within names count as numbers. */
public final class NaturalOrder {
  private NaturalOrder() {}

  /** As for a {@link java.util.Comparator}. */
  public static int compare(String left, String right) {
    int at = 0;
    int other = 0;
    while (at < left.length() && other < right.length()) {
      int end = endOfDigits(left, at);
      int otherEnd = endOfDigits(right, other);
      boolean numbers = end > at && otherEnd > other;
      int order =
          numbers
              ? compareNumbers(left, at, end, right, other, otherEnd)
              : Character.compare(left.charAt(at), right.charAt(other));
      if (order != 0) {
        return order;
      }
      at = numbers ? end : at + 1;
      other = numbers ? otherEnd : other + 1;
    }
    int rest = Integer.compare(left.length() - at, right.length() - other);
    return rest != 0 ? rest : left.compareTo(right);
  }

  private static int endOfDigits(String text, int from) {
    int end = from;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    return end;
  }

  private static int compareNumbers(
      String left, int at, int end, String right, int other, int otherEnd) {
    int from = afterZeros(left, at, end);
    int otherFrom = afterZeros(right, other, otherEnd);
    int length = Integer.compare(end - from, otherEnd - otherFrom);
    return length != 0
        ? length
        : left.substring(from, end).compareTo(right.substring(otherFrom, otherEnd));
  }

  private static int afterZeros(String text, int from, int end) {
    int at = from;
    while (at < end && text.charAt(at) == '0') {
      at++;
    }
    return at;
  }
}
