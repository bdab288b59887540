package dev.flota.lab.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/**
 * What a command left behind.
 *
 * @param exit its exit code
 * @param out all of its standard output
 * @param err all of its standard error
 */
public record Output(List<String> command, int exit, String out, String err) {
  /** Fails unless the command ended with this exit code. */
  public Output exited(int code) {
    assertThat(exit).as("exit code of %s", this).isEqualTo(code);
    return this;
  }

  /** Standard output without the blanks around it. */
  public String text() {
    return out.strip();
  }

  /** Standard output by lines. */
  public List<String> lines() {
    return out.lines().toList();
  }

  /** Both streams, for messages that may come on either. */
  public String all() {
    return out + err;
  }

  @Override
  public String toString() {
    return "%s%nexit code %d%n--- out%n%s%n--- err%n%s".formatted(command, exit, out, err);
  }
}
