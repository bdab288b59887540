package dev.flota.lab.harness;

import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

final class FleetExtension implements BeforeAllCallback, AfterEachCallback, ParameterResolver {
  FleetExtension() {}

  @Override
  public void beforeAll(ExtensionContext context) {
    FleetLab.get().awaitTogether();
  }

  /** Faults are undone; containers, networks and volumes go, images stay for the next test. */
  @Override
  public void afterEach(ExtensionContext context) {
    FleetLab.get().mend();
    Docker docker = FleetLab.get().docker(1);
    List<String> containers = docker.run("ps -aq").lines();
    if (!containers.isEmpty()) {
      docker.run("rm -fv " + String.join(" ", containers));
    }
    docker.run("network prune -f");
    docker.run("volume prune -af");
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType().equals(FleetLab.class);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return FleetLab.get();
  }
}
