package dev.flota.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class MoveTableTest {
  private static final String MOVED =
      way("web", "done").replace("}", ",'result':'moved','frozenMillis':210,'bytes':1500000}");
  private static final String STAYS =
      way("db", "done").replace("}", ",'result':'stays','reason':'it uses a device'}");
  private static final String END =
      "{'phase':'end','moved':1,'stayed':1,'down':0,'waiting':0,'well':false}";

  private final StringWriter written = new StringWriter();
  private final PrintWriter out = new PrintWriter(written);

  private static String way(String container, String phase) {
    return "{'id':'%s','container':'%s','from':'host-1','to':'host-2','phase':'%s'}"
        .formatted(container, container, phase);
  }

  private static void show(MoveTable table, String... lines) throws JsonProcessingException {
    for (String line : lines) {
      table.show(Json.PLAIN.readTree(line.replace('\'', '"')));
    }
  }

  @Test
  void withoutATerminalEachChangeIsALine() throws Exception {
    MoveTable table = new MoveTable(out, false, false);
    show(table, way("web", "waiting"), way("web", "copy"), MOVED, STAYS, END);
    assertThat(written.toString().lines())
        .containsExactly(
            "web: host-1 → host-2: copy",
            "web: host-1 → host-2: moved, frozen for 210 ms, 1.5 MB",
            "db: host-1 → host-2: stays: it uses a device",
            "1 moved, 1 stayed");
    assertThat(table.exitCode()).isEqualTo(1);
  }

  @Test
  void onATerminalTheTableIsDrawnInItsPlaceAndReasonsFollow() throws Exception {
    MoveTable table = new MoveTable(out, false, true);
    show(table, way("web", "waiting"), way("db", "waiting"), MOVED, STAYS, END);
    String last = written.toString().substring(written.toString().lastIndexOf("\033[3A"));
    assertThat(last.replaceAll("\033\\[[?0-9]*[A-Za-z]", "").lines())
        .containsExactly(
            "CONTAINER   FROM     TO       PHASE   RESULT",
            "web         host-1   host-2   done    moved, frozen for 210 ms, 1.5 MB",
            "db          host-1   host-2   done    stays",
            "db: host-1 → host-2: stays: it uses a device",
            "1 moved, 1 stayed");
  }

  @Test
  void moreThanFitOnTheScreenAreToldByLines() throws Exception {
    MoveTable table = new MoveTable(out, false, true);
    for (int number = 0; number < 30; number++) {
      show(table, way("c" + number, "waiting"));
    }
    int before = written.toString().length();
    show(table, way("c7", "copy"));
    assertThat(written.toString().substring(before).lines())
        .containsExactly("c7: host-1 → host-2: copy");
  }

  @Test
  void asJsonItIsWhatTheDaemonSays() throws Exception {
    MoveTable table = new MoveTable(out, true, true);
    show(table, way("web", "copy"), END.replace("false", "true"));
    assertThat(written.toString().lines().map(line -> line.replace('"', '\'')))
        .containsExactly(way("web", "copy"), END.replace("false", "true"));
    assertThat(table.exitCode()).isZero();
  }

  @Test
  void errorsAndADaemonThatBreaksOffAreFailures() {
    MoveTable table = new MoveTable(out, false, false);
    assertThatThrownBy(() -> show(table, "{'error':'no majority'}"))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("no majority");
    assertThatThrownBy(table::exitCode).isInstanceOf(EngineException.class);
  }

  @Test
  void aPlanThatIsNotAppliedSaysSo() throws Exception {
    MoveTable table = new MoveTable(out, false, false);
    show(
        table,
        "{'phase':'plan','hosts':[{'host':'host-1','load':60.4,'then':40.0}],'moves':1,"
            + "'resting':2,'pinned':0}",
        way("web", "planned").replace("}", ",'reason':'host-1 60 → 40 %'}"),
        "{'phase':'end','planned':1,'well':true}");
    assertThat(written.toString().lines())
        .containsExactly(
            "HOST     FULL   THEN",
            "host-1   60 %   40 %",
            "1 to move, 2 left alone, moved lately",
            "web: host-1 → host-2: planned: host-1 60 → 40 %",
            "nothing is moved without --apply");
    assertThat(table.exitCode()).isZero();
  }
}
