package dev.flota.api.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.api.fleet.FanOut.Lists;
import dev.flota.engine.json.Json;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class FanOutTest {
  private static JsonNode json(String text) throws IOException {
    return Json.DOCKER.readTree(text.replace('\'', '"'));
  }

  @Test
  void whatTwoHostsHaveRemovedIsToldOnce() throws IOException {
    assertThat(
            FanOut.join(
                Lists.UNION,
                json("[{'Untagged':'a:1'},{'Deleted':'x'}]"),
                json("[{'Untagged':'a:1'},{'Deleted':'x'},{'Deleted':'y'}]")))
        .isEqualTo(json("[{'Untagged':'a:1'},{'Deleted':'x'},{'Deleted':'y'}]"));
  }

  @Test
  void whatTwoHostsHaveOccupiesTwice() throws IOException {
    assertThat(
            FanOut.join(
                Lists.ALL,
                json("{'LayersSize':2,'Images':[{'Id':'a'}],'BuildCache':null}"),
                json("{'LayersSize':3,'Images':[{'Id':'a'}],'BuildCache':[]}")))
        .hasToString(
            "{'LayersSize':5,'Images':[{'Id':'a'},{'Id':'a'}],'BuildCache':[]}".replace('\'', '"'));
  }
}
