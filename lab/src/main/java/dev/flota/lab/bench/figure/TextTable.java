package dev.flota.lab.bench.figure;

import java.util.ArrayList;
import java.util.List;

/** A table for a terminal: the first column and those said so to the left, figures to the right. */
public final class TextTable {
  /** Which side of its column a cell keeps to. */
  public enum Side {
    LEFT,
    RIGHT
  }

  private static final String GAP = "  ";

  private final List<Side> sides = new ArrayList<>();
  private final List<List<String>> lines = new ArrayList<>();
  private final List<String> heading = new ArrayList<>();

  /** Adds a column; all columns come before the first row. */
  public TextTable column(String title, Side side) {
    heading.add(title);
    sides.add(side);
    return this;
  }

  /** Adds a row with one cell for each column. */
  public TextTable row(List<String> cells) {
    if (cells.size() != sides.size()) {
      throw new IllegalArgumentException(
          cells.size() + " cells for " + sides.size() + " columns: " + cells);
    }
    lines.add(List.copyOf(cells));
    return this;
  }

  /** The heading and the rows, each ended by a line break, without blanks at their ends. */
  public String render() {
    StringBuilder text = new StringBuilder();
    appendLine(text, heading);
    lines.forEach(line -> appendLine(text, line));
    return text.toString();
  }

  private void appendLine(StringBuilder text, List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < cells.size(); column++) {
      String cell = cells.get(column);
      String blanks = " ".repeat(width(column) - cell.length());
      line.append(column == 0 ? "" : GAP)
          .append(sides.get(column) == Side.LEFT ? cell + blanks : blanks + cell);
    }
    text.append(line.toString().stripTrailing()).append('\n');
  }

  private int width(int column) {
    int width = heading.get(column).length();
    for (List<String> line : lines) {
      width = Math.max(width, line.get(column).length());
    }
    return width;
  }
}
