package dev.flota.lab.bench.figure;

/** Whether a target was reached. */
public enum Verdict {
  REACHED("yes"),
  MISSED("no"),
  /** Something that the target is about was not measured. */
  NOT_COMPARED("?"),
  /** There is no target. */
  NOT_ASKED("");

  private final String text;

  Verdict(String text) {
    this.text = text;
  }

  static Verdict of(boolean reached) {
    return reached ? REACHED : MISSED;
  }

  /** For the table. */
  public String text() {
    return text;
  }
}
