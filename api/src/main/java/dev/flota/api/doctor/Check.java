package dev.flota.api.doctor;

/**
 * One thing that was looked at.
 *
 * @param detail what was found
 * @param remedy what to do about it, empty when nothing is wrong
 */
public record Check(String name, Verdict verdict, String detail, String remedy) {
  /** How it stands. */
  public enum Verdict {
    /** As it should be. */
    OK,
    /** The engine works, with less. */
    WARNING,
    /** The engine does not work like this. */
    FAILURE
  }

  static Check ok(String name, String detail) {
    return new Check(name, Verdict.OK, detail, "");
  }

  static Check warning(String name, String detail, String remedy) {
    return new Check(name, Verdict.WARNING, detail, remedy);
  }

  static Check failure(String name, String detail, String remedy) {
    return new Check(name, Verdict.FAILURE, detail, remedy);
  }
}
