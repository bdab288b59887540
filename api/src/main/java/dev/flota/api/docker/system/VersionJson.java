package dev.flota.api.docker.system;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.flota.api.docker.ApiVersion;
import java.io.IOException;
import java.util.Collection;

/** {@code SystemVersion} of the Docker Engine API v1.50. */
record VersionJson(DaemonInfo daemon, Machine machine, Collection<Program> programs) {

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart("Platform");
    json.writeStringField("Name", "Flota");
    json.writeEndObject();
    json.writeArrayFieldStart("Components");
    engine(json);
    for (Program program : programs) {
      program(json, program);
    }
    json.writeEndArray();
    json.writeStringField("Version", daemon.version());
    details(json, false);
    json.writeEndObject();
  }

  private void engine(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("Name", "Engine");
    json.writeStringField("Version", daemon.version());
    json.writeObjectFieldStart("Details");
    details(json, true);
    json.writeEndObject();
    json.writeEndObject();
  }

  /** Once for the engine among the components and once, for old clients, for all. */
  private void details(JsonGenerator json, boolean component) throws IOException {
    json.writeStringField("ApiVersion", ApiVersion.CURRENT.toString());
    json.writeStringField("MinAPIVersion", ApiVersion.MINIMUM.toString());
    json.writeStringField("GitCommit", daemon.commit());
    json.writeStringField("GoVersion", "Java " + Runtime.version());
    json.writeStringField("Os", "linux");
    json.writeStringField("Arch", machine.architecture());
    json.writeStringField("KernelVersion", machine.kernel());
    if (component) {
      json.writeStringField("Experimental", "false");
    }
    if (component || !daemon.buildTime().isEmpty()) {
      json.writeStringField("BuildTime", daemon.buildTime());
    }
  }

  private static void program(JsonGenerator json, Program program) throws IOException {
    json.writeStartObject();
    json.writeStringField("Name", program.name());
    json.writeStringField("Version", program.version());
    json.writeObjectFieldStart("Details");
    json.writeStringField("GitCommit", program.commit());
    json.writeEndObject();
    json.writeEndObject();
  }
}
