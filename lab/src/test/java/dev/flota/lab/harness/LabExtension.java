package dev.flota.lab.harness;

import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

final class LabExtension implements BeforeAllCallback, AfterEachCallback, ParameterResolver {
  private static final Map<Class<?>, Function<Lab, Object>> PARTS =
      Map.of(
          Lab.class, lab -> lab,
          Docker.class, Lab::docker,
          LabHost.class, Lab::host,
          Api.class, Lab::api);

  LabExtension() {}

  @Override
  public void beforeAll(ExtensionContext context) {
    Lab.get().host().awaitAnswer();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Lab.get().leftovers().remove();
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return PARTS.containsKey(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Function<Lab, Object> part = PARTS.get(parameter.getParameter().getType());
    if (part == null) {
      throw new IllegalArgumentException("the lab has no " + parameter);
    }
    return part.apply(Lab.get());
  }
}
