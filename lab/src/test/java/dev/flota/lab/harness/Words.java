package dev.flota.lab.harness;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A command line cut into words as a shell does: blanks, single and double quotes. */
final class Words {
  /** Stands for a value that is put in after cutting, blanks and all. */
  private static final String PLACE = "{}";

  private Words() {}

  static List<String> of(String line, Object... values) {
    List<String> words = cut(line);
    int used = 0;
    for (int index = 0; index < words.size(); index++) {
      String word = words.get(index);
      for (int at = word.indexOf(PLACE); at >= 0; at = word.indexOf(PLACE, at)) {
        String value = String.valueOf(values[used++]);
        word = word.substring(0, at) + value + word.substring(at + PLACE.length());
        at += value.length();
      }
      words.set(index, word);
    }
    if (used != values.length) {
      throw new IllegalArgumentException(values.length + " values for " + used + " {} in " + line);
    }
    return words;
  }

  private static List<String> cut(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = null;
    char quote = 0;
    for (int index = 0; index < line.length(); index++) {
      char letter = line.charAt(index);
      if (quote != 0 && letter == quote) {
        quote = 0;
      } else if (quote == 0 && (letter == '\'' || letter == '"')) {
        quote = letter;
        word = begun(word);
      } else if (quote == 0 && letter == ' ') {
        finish(word, words);
        word = null;
      } else {
        word = begun(word).append(letter);
      }
    }
    if (quote != 0) {
      throw new IllegalArgumentException("an open quote in " + line);
    }
    finish(word, words);
    return words;
  }

  private static StringBuilder begun(@Nullable StringBuilder word) {
    return word == null ? new StringBuilder() : word;
  }

  private static void finish(@Nullable StringBuilder word, List<String> words) {
    if (word != null) {
      words.add(word.toString());
    }
  }
}
